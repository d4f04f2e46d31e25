"""What a firm fills in to renew a title: why so late, and what has become of each item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from tiers.renewal import Line
from tiers.renewing import LATE_LENGTH

SAME, CHANGED = "same", "changed"


class LateForm(forms.Form):
    """Asked only where the title has ended already."""

    late_reason = forms.CharField(
        label="逾期原因",
        max_length=LATE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明没有在到期前申请的原因，主管部门能看到",
        error_messages={
            "required": "认定已到期，请写明没有在到期前申请的原因",
            "max_length": f"逾期原因不超过 {LATE_LENGTH} 个字",
        },
    )


class MarkForm(forms.Form):
    """One item. Only what differs from what was on the screen counts as said: a colleague's word
    stays.
    """

    said = forms.ChoiceField(
        label="与取得称号时相比", required=False, widget=forms.RadioSelect, show_hidden_initial=True
    )

    def __init__(self, data: QueryDict | None, *, line: Line) -> None:
        told = line.mark
        if line.anew and told and told.same:
            told = None
        initial = {"said": "" if told is None else SAME if told.same else CHANGED}
        super().__init__(data, prefix=line.key, initial=initial)
        self.line = line
        choices = [(SAME, "无变化"), (CHANGED, "有变化")]
        if line.anew:
            choices = [(CHANGED, "已按新条款填写")]
        self.fields["said"].choices = choices  # type: ignore[attr-defined]

    @property
    def asked(self) -> bool:
        """What has been changed in the assessment has changed: there is nothing to ask."""
        return self.line.anew or not self.line.changes


class DeclarationForm(forms.Form):
    """One word for all that was called the same."""

    declared = forms.BooleanField(
        label="我代表本企业声明：勾选“无变化”的各项，与取得本称号时的自评相比没有变化，"
        "原有佐证材料仍然真实、有效",
        required=False,
    )


def said_in(rows: Iterable[MarkForm], rest: str) -> dict[str, bool]:
    """What was said on a page, by item; ``rest`` is the section whose open items are all the
    same.
    """
    found: dict[str, bool] = {}
    for row in rows:
        said: Any = row.cleaned_data.get("said") if row.asked else ""
        if said and row.has_changed():
            found[row.line.key] = said == SAME
        elif not said and row.line.part == rest and row.line.state == "todo" and not row.line.anew:
            found[row.line.key] = True
    return found
