"""What an officer fills in to name a stand-in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from registry import delegation
from registry.access import Duty
from registry.forms.fields import DayField
from registry.models import User
from registry.policy import Tier


class StandInField(forms.ModelChoiceField):
    """People with their office: colleagues may share a name."""

    def label_from_instance(self, user: Any) -> str:
        return f"{user.name}（{user.authority.short_name}，{user.username}）"


class DelegationForm(forms.Form):
    stand_in = StandInField(
        label="委托给",
        queryset=User.objects.none(),
        empty_label="请选择",
        help_text="本部门、上一级或下一级主管部门的经办人员",
    )
    from_on = DayField("开始日期")
    until_on = DayField(
        "结束日期",
        help_text=f"含当日，一次最长 {delegation.LONGEST} 天，到期自动结束",
    )
    duties = forms.MultipleChoiceField(
        label="可代办的事项",
        choices=Duty.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="没有选的事项，代办人不能办理。撤销认定、批次管理等不能委托",
    )
    tiers = forms.MultipleChoiceField(
        label="限于等级",
        required=False,
        choices=[(tier.value, tier.label) for tier in Tier],
        widget=forms.CheckboxSelectMultiple,
        help_text="都不选，即不限等级",
    )
    reason = forms.CharField(label="委托原因", max_length=200, help_text="如出差、休假、培训")

    def __init__(self, *args: Any, giver: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stand_in"].queryset = delegation.candidates(giver)  # type: ignore[attr-defined]
        self.initial.setdefault("from_on", on)
        for name in ("from_on", "until_on"):
            self.fields[name].widget.attrs["min"] = f"{on:%Y-%m-%d}"

    @property
    def terms(self) -> delegation.Terms:
        return delegation.Terms(**self.cleaned_data)
