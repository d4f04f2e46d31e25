"""What an office fills in about an honour: check it, grant its tier, withdraw it, check a list."""

from __future__ import annotations

from typing import Any

from django import forms

from registry.forms.fields import DayField
from registry.policy import Tier
from tiers.derivation import Candidate


def textarea(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class CheckForm(forms.Form):
    """复核表: does the factory still fit, and what was found."""

    passed = forms.TypedChoiceField(
        label="复核结果",
        choices=[("yes", "符合"), ("no", "不符合")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择复核结果"},
    )
    finding = forms.CharField(
        label="复核意见",
        max_length=300,
        widget=textarea(),
        help_text="写明看了什么、什么时候看的、结论的依据",
        error_messages={"required": "请填写复核意见"},
    )


class GrantForm(forms.Form):
    """对应认定: the document, and the officer's word where the rules ask for it."""

    document_no = forms.CharField(
        label="认定文号",
        max_length=80,
        help_text="按文件原样填写，含年份和序号",
        error_messages={"required": "请填写认定文件的文号"},
    )
    opinion = forms.CharField(
        label="核查意见",
        max_length=300,
        widget=textarea(),
        help_text="写明核查的情况和结论",
        error_messages={"required": "请填写核查意见"},
    )
    performance_confirmed = forms.BooleanField(
        label="已核实主要技术经济指标",
        error_messages={"required": "请核实主要技术经济指标并勾选"},
    )

    def __init__(self, *args: Any, candidate: Candidate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if candidate.rule.automatic:
            del self.fields["opinion"]
        if not candidate.rule.reassessed:
            del self.fields["performance_confirmed"]


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="取消原因",
        max_length=200,
        widget=textarea(),
        help_text="企业能看到，写明事实和依据",
        error_messages={"required": "请填写取消原因"},
    )
    document_no = forms.CharField(
        label="取消文件文号",
        max_length=80,
        help_text="按文件原样填写，含年份和序号",
        error_messages={"required": "请填写取消称号文件的文号"},
    )
    withdrawn_on = DayField(
        "取消日期",
        help_text="文件载明的日期；由称号对应的认定自这一天终止，禁止申报期自这一天起算",
        error_messages={"required": "请填写取消日期"},
    )


class TierForm(forms.Form):
    """Which tier of an honour an act is about."""

    tier = forms.TypedChoiceField(choices=Tier.choices, coerce=Tier)


class YearlyListForm(forms.Form):
    on = DayField("名单日期")


class RecheckForm(forms.Form):
    passed = forms.TypedChoiceField(
        label="抽检结果",
        choices=[("yes", "符合"), ("no", "不符合")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择抽检结果"},
    )
    finding = forms.CharField(
        label="抽检情况",
        max_length=300,
        widget=textarea(2),
        error_messages={"required": "请填写抽检情况"},
    )
