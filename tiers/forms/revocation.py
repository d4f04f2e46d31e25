"""What is filled in while a title is being revoked, and to give one up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files import File

from registry.forms.fields import DayField
from registry.policy import Ground
from tiers.models import Revocation

FILE_RULE = "PDF、JPG、PNG 或 Office 文件，每个不超过 20 MB，最多 10 个"


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files in one field."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=_Files(), **{"help_text": FILE_RULE, **kwargs})

    def clean(self, data: Any, initial: Any = None) -> Sequence[File]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given if one]


def _text(label: str, rows: int = 4, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **more)


class ProposeForm(forms.Form):
    ground = forms.ChoiceField(label="撤销情形")
    facts = _text("事实和依据", 6, max_length=4000, help_text="写入告知书，企业能看到")
    papers = FilesField(label="证据材料", help_text=f"企业能查看和下载。{FILE_RULE}")

    def __init__(self, *args: Any, grounds: Sequence[Ground], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["ground"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "请选择"), *((one.code, _after(one)) for one in grounds)]


def _after(ground: Ground) -> str:
    after = f"撤销后 {ground.ban_years} 年内禁止申报" if ground.ban_years else "不禁止再次申报"
    return f"{ground.name}（{after}）"


class StateForm(forms.Form):
    statement = _text("陈述申辩意见", 6, max_length=4000, required=False)
    hearing = forms.BooleanField(label="要求听证", required=False)
    papers = FilesField(label="证明材料")


class ArrangeForm(forms.Form):
    on = DayField("听证日期")
    place = forms.CharField(label="听证地点", max_length=120)


class HearForm(forms.Form):
    who = forms.CharField(label="听证参加人", max_length=300, help_text="主持人和双方参加人")
    summary = _text("听证情况", max_length=4000)
    papers = FilesField(label="听证笔录")


class DecideForm(forms.Form):
    outcome = forms.ChoiceField(
        label="决定", choices=Revocation.Outcome.choices, widget=forms.RadioSelect
    )
    reason = _text("决定理由", 3, max_length=300, help_text="企业能看到；写明对企业意见的采纳情况")
    document_no = forms.CharField(
        label="决定文件文号", max_length=120, required=False, help_text="撤销的必填，按文件原样填写"
    )


class AppealForm(forms.Form):
    words = _text("申请复核的理由", 6, max_length=4000)
    papers = FilesField(label="证明材料")


class AnswerForm(forms.Form):
    finding = forms.ChoiceField(
        label="复核结论", choices=Revocation.Finding.choices, widget=forms.RadioSelect
    )
    answer = _text("答复和理由", 3, max_length=300, help_text="企业能看到")
    document_no = forms.CharField(
        label="复核决定文号", max_length=120, help_text="按文件原样填写，含年份和序号"
    )


class SurrenderForm(forms.Form):
    reason = _text("放弃原因", 3, max_length=300, help_text="认定部门能看到，不公开")
    declared = forms.BooleanField(
        label="本企业自愿放弃这项认定，知道确认后认定终止、不能恢复", required=False
    )
