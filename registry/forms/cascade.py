"""A place or an industry chosen level by level, one select per level.

htmx asks for the next level; without JavaScript a button sends the form with ``next_level`` and
gets it back with what was typed and no errors (:func:`read`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from registry.models import Division, Industry

NEXT_LEVEL = "next_level"
F = TypeVar("F", bound=forms.Form)


@dataclass(frozen=True)
class Tree:
    """A code list that is chosen from the top down."""

    code: str
    roots: Callable[[], models.QuerySet]
    labels: tuple[str, ...]
    to_leaf: bool

    def levels(self, codes: list[str]) -> list[tuple[list[models.Model], models.Model | None]]:
        """Options and choice of every level that is open, given the choices from the top."""
        roots = self.roots().order_by("pk")
        below = roots.model._default_manager.filter(parent__in=[c for c in codes if c])
        options = list(roots)
        children: dict[Any, list[models.Model]] = {}
        for node in below.order_by("pk"):
            children.setdefault(node.parent_id, []).append(node)
        found: list[tuple[list[models.Model], models.Model | None]] = []
        for code in [*codes, *[""] * len(self.labels)][: len(self.labels)]:
            if not options:
                break
            chosen = next((option for option in options if option.pk == code), None)
            found.append((options, chosen))
            options = children.get(code, []) if chosen else []
        return found

    def codes_of(self, node: models.Model | str) -> list[str]:
        """What was chosen on every level to arrive at a node."""
        model = self.roots().model
        key = node.pk if isinstance(node, models.Model) else node
        chain: list[str] = []
        found = model.objects.select_related("parent__parent").filter(pk=key).first()
        roots = set(self.roots().values_list("pk", flat=True))
        while found is not None:
            chain.insert(0, found.pk)
            found = None if found.pk in roots else found.parent
        return chain


def _provinces() -> models.QuerySet[Division]:
    return Division.objects.filter(level=Division.Level.PROVINCE)


PLACE_LABELS = ("省（自治区、直辖市）", "市（地、州）", "县（市、区）")
TREES = {
    tree.code: tree
    for tree in (
        Tree("divisions", _provinces, PLACE_LABELS, to_leaf=True),
        Tree(
            "places-here",
            lambda: _provinces().filter(authority__isnull=False),
            PLACE_LABELS,
            to_leaf=True,
        ),
        Tree(
            "industries",
            lambda: Industry.objects.filter(level="division").order_by("pk"),
            ("大类", "中类", "小类"),
            to_leaf=False,
        ),
    )
}


class CascadeWidget(forms.MultiWidget):
    template_name = "registry/widgets/cascade.html"

    def __init__(self, tree: Tree, attrs: dict[str, Any] | None = None) -> None:
        self.tree = tree
        super().__init__([forms.Select() for _ in tree.labels], attrs)

    def decompress(self, value: Any) -> list[str]:
        return self.tree.codes_of(value) if value else []

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        codes = value if isinstance(value, list) else self.decompress(value)
        levels = self.tree.levels([code or "" for code in codes])
        for part, (options, _) in zip(self.widgets, levels, strict=False):
            choices = [(option.pk, str(option)) for option in options]
            part.choices = [("", "请选择"), *choices]  # type: ignore[attr-defined]
        context = super().get_context(name, [chosen and chosen.pk for _, chosen in levels], attrs)
        widget = context["widget"]
        widget["subwidgets"] = widget["subwidgets"][: len(levels)]
        for part, label in zip(widget["subwidgets"], self.tree.labels, strict=False):
            part["label"] = label
        last = levels[-1][1] if levels else None
        widget["open"] = len(levels) < len(self.tree.labels) and last is None
        widget["lookup"] = f"{reverse('registry:choices', args=[self.tree.code])}?field={name}"
        widget["next_level"] = NEXT_LEVEL
        return context


class CascadeField(forms.Field):
    """The lowest node chosen; where the tree says so, only the lowest level will do."""

    def __init__(self, tree: str, **kwargs: Any) -> None:
        self.tree = TREES[tree]
        super().__init__(widget=CascadeWidget(self.tree), **kwargs)

    def clean(self, value: Any) -> models.Model | None:
        levels = self.tree.levels([code or "" for code in value or []])
        chosen = [node for _, node in levels if node]
        if not chosen:
            if self.required:
                raise forms.ValidationError(f"请选择{self.label}", code="missing")
            return None
        unchosen = len(chosen) < len(levels)
        if self.tree.to_leaf and unchosen:
            raise forms.ValidationError(
                f"{self.label}还要选到{self.tree.labels[len(chosen)]}", code="incomplete"
            )
        return chosen[-1]


def read(form_class: type[F], request: HttpRequest, **kwargs: Any) -> F:
    """The form of this request: bound when it was sent in, else open.

    After "next level" it is open with what was typed.
    """
    if request.method != "POST":
        return form_class(**kwargs)
    if NEXT_LEVEL not in request.POST:
        return form_class(request.POST, request.FILES, **kwargs)
    form = form_class(**kwargs)
    typed = {
        name: field.widget.value_from_datadict(request.POST, request.FILES, form.add_prefix(name))
        for name, field in form.fields.items()
    }
    form.initial.update(typed)
    return form
