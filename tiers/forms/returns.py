"""What an officer writes to send an application back, and what the firm answers, item by item."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.http import QueryDict

from tiers.mending import ANSWER_LENGTH, Reply
from tiers.models import ReturnItem
from tiers.reasons import NAME_LENGTH, TEXT_LENGTH
from tiers.returns import Remark, Target

PREFIX = "items"
PARTS = ("target", "reason", "text")
MOST = 60
_NAME = re.compile(rf"{PREFIX}-([0-9]{{1,3}})-(target|reason|text|drop)")


class ReasonSelect(forms.Select):
    """Each option carries the bureau's text, which the script puts into an empty field."""

    texts: Mapping[str, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-text"] = self.texts.get(str(value), "")
        return option


class ItemForm(forms.Form):
    """One thing to mend. What must be given is the act's to say; here only its shape."""

    target = forms.ChoiceField(
        label="退回哪一项",
        required=False,
        error_messages={"invalid_choice": "请选本件申报里的一项"},
    )
    reason = forms.ChoiceField(
        label="理由",
        required=False,
        widget=ReasonSelect,
        error_messages={"invalid_choice": "请从本部门的退回理由里选"},
    )
    text = forms.CharField(
        label="说明（企业能看到）",
        required=False,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, *args: Any, targets: Sequence[Any], reasons: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].choices = [("", "请选择"), *targets]  # type: ignore[attr-defined]
        reason: Any = self.fields["reason"]
        reason.widget.texts = reasons
        reason.choices = [("", "请选择"), *((name, name) for name in reasons)]

    @property
    def remark(self) -> Remark:
        kind, _, key = self.cleaned_data["target"].partition(":")
        return Remark(kind, key, self.cleaned_data["reason"], self.cleaned_data["text"])


class ItemRows:
    """The items of a return as rows of a form, as many as were sent, or one blank one."""

    def __init__(
        self,
        rows: Sequence[Mapping[str, str]],
        *,
        targets: Iterable[Target],
        reasons: Mapping[str, str],
        bound: bool,
    ) -> None:
        targets = list(targets)
        self.labels = {target.value: target.label for target in targets}
        self.choices = [
            (group, [(target.value, shortened(target.label)) for target in members])
            for group, members in groupby(targets, key=lambda target: target.group)
        ]
        self.reasons = reasons
        self.bound = bound
        given = [dict(row) for row in rows] or [{}]
        self.forms = [self._form(f"{PREFIX}-{number}", row) for number, row in enumerate(given)]

    def _form(self, prefix: str, row: Mapping[str, str]) -> ItemForm:
        named = {f"{prefix}-{part}": text for part, text in row.items()}
        given: dict[str, Any] = {"data": named} if self.bound and row else {"initial": row}
        return ItemForm(**given, prefix=prefix, targets=self.choices, reasons=self.reasons)

    @property
    def blank(self) -> ItemForm:
        """The pattern from which the script makes another row."""
        return self._form(f"{PREFIX}-__prefix__", {})

    @property
    def filled(self) -> list[ItemForm]:
        return [form for form in self.forms if form.is_bound]

    def is_valid(self) -> bool:
        return all(form.is_valid() for form in self.filled)

    @property
    def in_words(self) -> list[dict[str, str]]:
        """What the rows say, for reading through."""
        return [
            {"label": self.labels.get(one.value, ""), "reason": one.reason, "text": one.text}
            for one in self.remarks
        ]

    @property
    def remarks(self) -> list[Remark]:
        return [form.remark for form in self.filled]


def rows_in(data: QueryDict, reasons: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows that were sent and have something in them, in their order; a dropped one is gone.

    A chosen reason fills an empty text, and one that is still another reason's, for whoever has no
    script to do it while typing.
    """
    rows: dict[int, dict[str, str]] = {}
    for name in data:
        if match := _NAME.fullmatch(name):
            rows.setdefault(int(match[1]), {})[match[2]] = (
                str(data[name]).replace("\r\n", "\n").strip()
            )
    kept = [row for _, row in sorted(rows.items()) if not row.get("drop")]
    found = [
        {part: row.get(part, "") for part in PARTS}
        for row in kept
        if any(row.get(part) for part in PARTS)
    ]
    for row in found:
        ready = set(reasons.values()) - {reasons.get(row["reason"], "")}
        if row["reason"] in reasons and (not row["text"] or row["text"] in ready):
            row["text"] = reasons[row["reason"]]
    return found[:MOST]


def shortened(label: str) -> str:
    return label if len(label) <= 60 else f"{label[:59]}…"


class ReplyForm(forms.Form):
    """What the firm says to one item."""

    outcome = forms.ChoiceField(
        label="处理情况",
        required=False,
        choices=ReturnItem.Outcome.choices,
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="改了什么，或不改的理由",
        required=False,
        max_length=ANSWER_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: QueryDict | None = None, *, item: ReturnItem) -> None:
        initial = {"outcome": item.outcome, "answer": item.answer}
        super().__init__(data, prefix=f"item-{item.pk}", initial=initial)
        self.item = item

    @property
    def given(self) -> bool:
        """Whether something is said that was not said before."""
        return bool(self.changed_data) and any(self[name].value() for name in self.fields)

    @property
    def reply(self) -> Reply:
        return Reply(self.cleaned_data["outcome"], self.cleaned_data["answer"])


class ReasonForm(forms.Form):
    """A reason of the bureau: its name where it is new, and the text it starts with."""

    name = forms.CharField(
        label="理由名称",
        max_length=NAME_LENGTH,
        help_text="几个字，按它统计，例如“检测报告超期”",
        error_messages={"required": "请填写理由名称"},
    )
    text = forms.CharField(
        label="说明",
        error_messages={"required": "请填写说明：哪里不行，怎样改"},
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="退回时自动带出，可以再改。写明哪里不行、要怎样改",
    )
