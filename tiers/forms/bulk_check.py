"""What a visitor pastes or uploads to have it checked against the register."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from registry.forms.fields import DayField
from registry.workbook import reading
from tiers import bulk_check

SIZE = 2 * 2**20


class LinesForm(forms.Form):
    """Lines typed or pasted, or a file; ``asked`` is what came of them."""

    lines = forms.CharField(
        label="名称、代码或编号",
        required=False,
        max_length=bulk_check.MOST * bulk_check.LONGEST,
        help_text="每行一个：企业或工厂全称（含曾用名）、统一社会信用代码，或证书编号",
        widget=forms.Textarea(attrs={"rows": 10, "autocomplete": "off"}),
    )
    file = forms.FileField(
        label="或上传文件",
        required=False,
        help_text="Excel 或 CSV，不超过 2 MB。按表头找代码、编号或名称列，没有表头的取第一列",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )
    on = DayField("查询日期", required=False, help_text="查某一天的状态，留空查今天")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        text, file = given.get("lines", ""), given.get("file")
        if self.errors:
            return given
        if text.strip() and file:
            raise ValidationError("粘贴的内容和文件只能选一种，请删去其中一种再核验")
        if file and file.size > SIZE:
            self.add_error("file", "文件超过 2 MB，请只留名单所在的工作表，或分成几次核验")
            return given
        try:
            if file:
                grid = reading.read(file, file.name)
                self.asked = bulk_check.lines_of_grid(grid)
            else:
                self.asked = bulk_check.lines_of(text.splitlines())
        except ValidationError as refusal:
            self.add_error("file" if file else "lines", refusal)
        return given
