"""An event that bars a title: its kind and grade in the words of the standard."""

from __future__ import annotations

from typing import Any

from django import forms

from assessments.standard import Standard
from registry.forms.fields import DayField


class VetoForm(forms.Form):
    kind = forms.ChoiceField(label="类别")
    grade = forms.ChoiceField(
        label="等级", required=False, help_text="事故按等级填写；信用记录和违法行为不分等级"
    )
    happened_on = DayField(
        "发生日期",
    )
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="事项名称、处理决定的文号等",
    )

    def __init__(self, *args: Any, edition: Standard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = edition
        kinds = [(kind.id, kind.name) for kind in edition.veto_kinds]
        grades = [(grade.id, grade.name) for grade in edition.veto_grades]
        self.fields["kind"].choices = [("", "请选择"), *kinds]  # type: ignore[attr-defined]
        self.fields["grade"].choices = [("", "不分等级"), *grades]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A kind that bars from some grade upward needs its grade; one without grades has none."""
        given = super().clean() or {}
        kind = next((k for k in self.edition.veto_kinds if k.id == given.get("kind")), None)
        if kind and kind.bar_from and not given.get("grade"):
            self.add_error("grade", f"请选择{kind.name}的等级")
        elif kind and not kind.bar_from:
            given["grade"] = ""
        return given
