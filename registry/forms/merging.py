"""A form that knows what it was opened with, and shows both contents where two changed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from registry.merging import BOTH, Overlap, Seen, mark

TAKE = "take"


@dataclass(frozen=True)
class Theirs:
    """What somebody else has put into a field, and what this person has, in words; ``taken`` once
    the other's is preferred.
    """

    words: str
    mine: str = ""
    taken: bool = False


class SeenWidget(forms.HiddenInput):
    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        taken = data.getlist(TAKE) if hasattr(data, "getlist") else data.get(TAKE, [])
        return data.get(name), taken

    def format_value(self, value: Any) -> str:
        return value[0] or "" if isinstance(value, tuple) else value


class SeenField(forms.Field):
    widget = SeenWidget

    def clean(self, value: Any) -> Seen | None:
        text, taken = value
        try:
            marks = json.loads(text or "")
        except ValueError:
            return None
        return Seen(marks, frozenset(taken)) if isinstance(marks, dict) else None


class Merging:
    """Put before a form class: with ``held``, the facts as the act knows them, the form carries
    their marks and its ``cleaned_data`` the :class:`Seen` that the act asks for.
    """

    fields: dict[str, forms.Field]
    data: Any
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, held: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.theirs: dict[str, Theirs] = {}
        if held is None:
            return
        self.fields["seen"] = SeenField(required=False)
        self.fields["seen"].initial = json.dumps({name: mark(held[name]) for name in held})
        if self.data and hasattr(self.data, "getlist"):
            for name in set(self.data.getlist(TAKE)) & set(held):
                self.theirs[name] = Theirs(in_words(self.fields[name], held[name]), taken=True)

    def hear(self, overlap: Overlap) -> None:
        """Show what somebody else has put there; pressed again, the form has seen it."""
        marks = json.loads(self.data.get("seen") or "{}")
        for name, value in overlap.theirs.items():
            field = self.fields[name]
            mine = in_words(field, self.cleaned_data[name])
            self.theirs[name] = Theirs(in_words(field, value), mine)
            self.add_error(name, f"{field.label}：{BOTH}")  # type: ignore[attr-defined]
            marks[name] = mark(value)
        self.data = self.data.copy()
        self.data["seen"] = json.dumps(marks)


def in_words(field: forms.Field, value: Any) -> str:
    """A stored value as the page would show it."""
    if value in (None, ""):
        return "未填写"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(field, forms.MultipleChoiceField) and isinstance(value, str):
        chosen = value.split(",")
        return "、".join(str(label) for code, label in list(field.choices) if code in chosen)  # type: ignore[arg-type]
    for code, label in getattr(field, "choices", ()):
        options = label if isinstance(label, list | tuple) else [(code, label)]
        for one, words in options:
            if str(one) == str(value):
                return str(words)
    return str(value)
