"""What is filled in for inspections of titles in force, by the office and by the firm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from registry.forms.fields import DayField
from registry.models import User
from registry.policy import Tier
from tiers.models import SupervisionCheck
from tiers.supervision import Finding, Record

Result, Severity = SupervisionCheck.Result, SupervisionCheck.Severity
MOST_FINDINGS = 40


def textarea(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class DrawForm(forms.Form):
    tier = forms.TypedChoiceField(label="等级", coerce=Tier, widget=forms.RadioSelect)
    title = forms.CharField(
        label="抽查名称", max_length=80, help_text="例如“2026年上半年基础级智能工厂监督抽查”"
    )
    due_on = DayField(
        "检查截止日期",
        help_text="检查人员最迟在这一天签署结果",
    )

    def __init__(self, *args: Any, tiers: Sequence[Tier], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"].choices = [(tier.value, tier.label) for tier in tiers]  # type: ignore[attr-defined]
        self.initial.setdefault("tier", tiers[0])


class AssignForm(forms.Form):
    checks = forms.TypedMultipleChoiceField(
        label="工厂",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择要分派的工厂"},
    )
    officer = forms.ModelChoiceField(
        User.objects.none(),
        label="检查人",
        empty_label="请选择",
        error_messages={"required": "请选择检查人"},
    )

    def __init__(
        self,
        *args: Any,
        checks: Sequence[SupervisionCheck],
        officers: Sequence[User],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["checks"].choices = [(one.pk, str(one)) for one in checks]  # type: ignore[attr-defined]
        people = User.objects.filter(pk__in=[one.pk for one in officers])
        self.fields["officer"].queryset = people.order_by("name", "pk")  # type: ignore[attr-defined]


class FindingForm(forms.Form):
    item = forms.ChoiceField(label="要素条件", required=False)
    severity = forms.ChoiceField(label="程度", choices=Severity.choices, initial=Severity.MINOR)
    text = forms.CharField(label="问题", max_length=500, required=False, widget=textarea(2))

    def __init__(self, *args: Any, items: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        short = [(id, f"{id}　{text[:40]}") for id, text in items.items()]
        self.fields["item"].choices = [("", "不对应具体条目"), *short]  # type: ignore[attr-defined]


class _Findings(forms.BaseFormSet):
    @property
    def given(self) -> list[Finding]:
        """Those with words; a row emptied of them is taken out."""
        rows = [form.cleaned_data for form in self.forms if form.is_valid()]
        return [
            Finding(row["text"], row["severity"], row["item"]) for row in rows if row.get("text")
        ]


Findings = forms.formset_factory(
    FindingForm, formset=_Findings, extra=3, max_num=MOST_FINDINGS, absolute_max=MOST_FINDINGS
)


class RecordForm(forms.Form):
    team = forms.CharField(label="检查人员", max_length=200, help_text="姓名和单位，用顿号隔开")
    visited_on = DayField("检查日期")
    summary = forms.CharField(
        label="检查情况",
        max_length=2000,
        widget=textarea(4),
        help_text="看了哪些现场和资料。签名后企业能看到",
    )
    result = forms.ChoiceField(label="检查结果", choices=Result.choices, widget=forms.RadioSelect)
    name = forms.CharField(
        label="签名",
        max_length=40,
        help_text="输入本人姓名表示签字确认，签名后不能再改。只保存的不用填",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What is missing the act says, which knows whether the record is signed or only kept.
        for field in self.fields.values():
            field.required = field.required and not self.is_bound

    def record(self, findings: Sequence[Finding]) -> Record:
        given = self.cleaned_data
        day: date | None = given["visited_on"]
        return Record(given["team"], day, findings, given["summary"])


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="整改情况",
        max_length=2000,
        widget=textarea(5),
        help_text="按问题逐项写明做了什么、什么时候完成，证明材料在下面上传",
        error_messages={"required": "请逐项写明整改情况"},
    )


class RecheckForm(forms.Form):
    result = forms.ChoiceField(
        label="复查结果",
        choices=[(one.value, one.label) for one in (Result.FIT, Result.UNFIT)],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择复查结果"},
    )
    finding = forms.CharField(
        label="复查情况",
        max_length=2000,
        widget=textarea(4),
        help_text="企业能看到",
        error_messages={"required": "请写明复查情况，企业能看到"},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)
