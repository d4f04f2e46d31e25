"""What an office fills in for a campaign of re-review: its announcement, findings, its document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from registry.forms.fields import DayField
from tiers.models import RereviewItem
from tiers.rereview import Plan, Row, Subject, Word


class OpenForm(forms.Form):
    subject = forms.ChoiceField(label="称号和等级", widget=forms.RadioSelect)
    title = forms.CharField(
        label="批次名称",
        max_length=80,
        help_text="企业看到的名称，例如“2026年既有省级智能工厂集中复核”",
    )
    opens_on = DayField("开始日期")
    closes_on = DayField(
        "自评截止日期",
        help_text="这一天 24:00 前锁定的自评有效，以后可以延长",
    )
    asks = forms.CharField(
        label="复核要求",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="写明依据的文件、要企业准备什么、各市怎么配合",
    )

    def __init__(self, *args: Any, subjects: Sequence[Subject], on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].choices = [(one.key, one.label) for one in subjects]  # type: ignore[attr-defined]
        if len(subjects) == 1:
            self.initial.setdefault("subject", subjects[0].key)
        self.initial.setdefault("opens_on", on)

    @property
    def plan(self) -> Plan:
        given = self.cleaned_data
        return Plan(given["title"], given["asks"], given["opens_on"], given["closes_on"])


class ExtendForm(forms.Form):
    closes_on = DayField(
        "新的自评截止日期",
        help_text="当天 24:00 截止",
    )
    reason = forms.CharField(
        label="延长原因", max_length=200, help_text="会通知还没有复核意见的企业"
    )


class WordForm(forms.Form):
    """A finding, for one holder."""

    outcome = forms.ChoiceField(
        label="复核意见",
        choices=RereviewItem.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择复核意见"},
    )
    reason = forms.CharField(
        label="情况和理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明核实了什么、结论的依据。企业在认定后能看到",
        error_messages={"required": "请写明复核的情况和理由，企业能看到"},
    )
    performance_confirmed = forms.BooleanField(
        label="已核实主要技术经济指标（填“通过”时须勾选）", required=False
    )

    @property
    def word(self) -> Word:
        given = self.cleaned_data
        return Word(given["outcome"], given["reason"], given["performance_confirmed"])


def box_of(row: Row) -> str:
    """What a ticked row sends: the honour, and the mark of what was on the screen."""
    return f"{row.honour.pk}.{row.mark}"


class AnyBoxes(forms.MultipleChoiceField):
    """Takes every mark: what has changed since is told row by row."""

    def valid_value(self, value: Any) -> bool:
        return True


class ManyForm(WordForm):
    """The same finding for many: those ticked, or all whose self-assessment reaches the tier."""

    extent = forms.ChoiceField(
        label="范围",
        choices=[("ticked", "上面勾选的工厂"), ("reached", "全部“自评已达到”的工厂")],
        widget=forms.RadioSelect,
        initial="ticked",
    )
    holders = AnyBoxes(label="工厂", required=False, widget=forms.CheckboxSelectMultiple)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    field_order = ("extent", "outcome", "reason", "performance_confirmed")

    def is_ticked(self, row: Row) -> bool:
        return self.is_bound and box_of(row) in self["holders"].data

    @property
    def ticked(self) -> dict[int, str]:
        """The marks by honour, of what can be read as one."""
        pairs = (value.partition(".") for value in self.cleaned_data["holders"])
        return {int(pk): mark for pk, _, mark in pairs if pk.isascii() and pk.isdigit()}


class DetermineForm(forms.Form):
    document_no = forms.CharField(
        label="认定文号",
        max_length=80,
        help_text="按文件原样填写，全部通过的工厂用同一文号",
        error_messages={"required": "请填写认定文件的文号"},
    )
    seen = forms.CharField(widget=forms.HiddenInput)
