"""What an officer fills in for site checks: who is visited beside the draw, plan and result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from registry.forms.fields import DayField
from tiers.inspection import Visit
from tiers.models import Inspection


class NameForm(forms.Form):
    """The cases that are named for a visit, and why."""

    cases = forms.TypedMultipleChoiceField(
        label="指定核查的申报",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择要核查的申报"},
    )
    reason = forms.CharField(
        label="指定原因",
        max_length=200,
        help_text="例如“数据异常”“补正后重新核查”。企业在办结后能看到",
    )

    def __init__(self, *args: Any, visits: Sequence[Visit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cases"].choices = [  # type: ignore[attr-defined]
            (
                one.application.pk,
                f"{one.application.number}　{one.application.factory.name}（{one.label}）",
            )
            for one in visits
            if one.may_be_named
        ]


class PlanForm(forms.Form):
    team = forms.CharField(
        label="核查组", max_length=200, help_text="成员姓名和单位，用顿号隔开，第一位为组长"
    )
    on = DayField(
        "核查日期",
        help_text="保存后通知企业，改日期会再通知",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)


class SignForm(forms.Form):
    result = forms.ChoiceField(
        label="核查结果",
        choices=Inspection.Result.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择核查结果"},
    )
    finding = forms.CharField(
        label="核查情况",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="看了哪些现场、核对了哪些资料、有什么差异。企业在办结后能看到",
        error_messages={"required": "请写明核查情况，企业在办结后能看到"},
    )
    name = forms.CharField(
        label="签名",
        max_length=40,
        help_text="输入本人姓名表示签字确认，签名后不能再改",
        error_messages={"required": "请输入本人姓名签名"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)
