"""What an authority fills in to suspend a title and to restore it."""

from __future__ import annotations

from django import forms

from registry.forms.fields import DayField
from tiers.models import Suspension


class SuspendForm(forms.Form):
    kind = forms.ChoiceField(
        label="暂停情形",
        choices=[("", "请选择"), *Suspension.Reason.choices],
        help_text="在公开名录上显示",
    )
    reason = forms.CharField(
        label="暂停原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="企业能看到，不公开；写明事实和依据",
    )
    document_no = forms.CharField(
        label="暂停文件文号", max_length=120, help_text="按文件原样填写，含年份和序号"
    )
    from_on = DayField("开始日期", help_text="今天或以后的日期，当天起不再有效")
    until_on = DayField(
        "截止日期", required=False, help_text="含当日；期限未定的不填，以后办理恢复"
    )


class RestoreForm(forms.Form):
    reason = forms.CharField(
        label="恢复原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="企业能看到，写明核实、整改的结果",
    )
    document_no = forms.CharField(
        label="恢复文件文号", max_length=120, help_text="按文件原样填写，含年份和序号"
    )
