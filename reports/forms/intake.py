"""What is typed beside a workbook, and which of its columns is what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from registry.workbook.shapes import Field, letters
from reports.intake import Kind
from reports.models import Batch

ACCEPT = ".xlsx,.xls,.csv"


class UploadForm(forms.Form):
    """The file, and what no column of it says."""

    file = forms.FileField(
        label="文件",
        help_text=".xlsx、.xls 或 .csv，不超过 20 MB、20000 行。一个文件只放一份名单",
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}),
    )

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for ask in kind.asks:
            self.fields[ask.key] = forms.CharField(
                label=ask.label,
                help_text=ask.hint,
                required=ask.required,
                max_length=ask.max_length,
            )

    @property
    def given(self) -> dict[str, str]:
        return {name: text for name, text in self.cleaned_data.items() if name != "file"}


class ColumnsForm(forms.Form):
    """For each column of the sheet the field that it holds."""

    def __init__(self, *args: Any, batch: Batch, fields: Sequence[Field], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        layout = batch.layout
        held = {column: key for key, column in layout["mapping"].items()}
        unsure = {one["column"]: one for one in layout["unsure"]}
        choices = [("", "不导入这一列"), *((one.key, one.caption) for one in fields)]
        self.captions: dict[str, str] = {}
        for column, caption in sorted((int(at), said) for at, said in layout["captions"].items()):
            name, asked = f"column{column}", unsure.get(column)
            self.captions[name] = asked["caption"] if asked else caption
            self.fields[name] = forms.ChoiceField(
                label=f"{letters(column)} 列：{caption}",
                choices=choices,
                required=False,
                initial=held.get(column) or (asked["candidates"][0] if asked else ""),
                help_text="请核对这一列是什么" if asked else "",
            )
        self.asked = [self[f"column{column}"] for column in unsure]
        names = {field.name for field in self.asked}
        self.others = [field for field in self if field.name not in names]

    @property
    def answers(self) -> dict[str, str]:
        """By caption what it holds, for every column that was asked about or was said otherwise."""
        told = {field.name for field in self.asked} | set(self.changed_data)
        return {
            self.captions[name]: self.cleaned_data[name] for name in self.fields if name in told
        }
