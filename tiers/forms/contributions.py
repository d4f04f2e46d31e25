"""What a firm says of one thing its factory gave others."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from tiers.contributions import EARLIEST, Given
from tiers.models import Contribution


class ContributionForm(forms.Form):
    kind = forms.ChoiceField(label="类别", choices=Contribution.Kind.choices)
    title = forms.CharField(
        label="名称", max_length=150, help_text="例如标准名称、解决方案名称、复制推广的工厂"
    )
    year = forms.IntegerField(
        label="年份", min_value=EARLIEST, error_messages={"invalid": "年份请填 4 位数字"}
    )
    partner = forms.CharField(
        label="服务对象或编号", max_length=150, help_text="对方单位、标准编号或合同编号"
    )
    upload = forms.FileField(label="证明材料", help_text="PDF、图片或 Office 文件")
    consented = forms.BooleanField(
        label="同意确认后在公开名录上展示名称、年份和服务对象或编号", required=False
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("year", on.year)

    @property
    def given(self) -> Given:
        kept = self.cleaned_data
        return Given(kept["kind"], kept["title"], kept["year"], kept["partner"], kept["consented"])
