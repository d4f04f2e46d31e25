"""Which columns of a list go out, in what order, under which captions, as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from registry.listing import Column, Listing
from reports.layouts import LONGEST_CAPTION
from reports.models import FileForm


@dataclass(frozen=True)
class Line:
    """One column of the list on the form."""

    column: Column
    use: BoundField
    at: BoundField
    caption: BoundField
    always: bool


class ExportForm(forms.Form):
    form = forms.ChoiceField(
        label="文件格式",
        choices=FileForm.choices,
        initial=FileForm.XLSX,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label="模板名称",
        required=False,
        max_length=40,
        help_text="全部门共用；同名的会被替换",
    )

    def __init__(
        self, *args: Any, listing: Listing, chosen: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        """``chosen`` are the columns, with their captions, that the form begins with."""
        super().__init__(*args, **kwargs)
        self.listing = listing
        places = {key: place for place, (key, _) in enumerate(chosen, start=1)}
        captions = dict(chosen)
        last = len(places)
        for column in listing.columns:
            key = column.key
            if key not in places:
                last += 1
            always = key == listing.identity
            self.fields[f"use-{key}"] = forms.BooleanField(
                label=f"导出{column.caption}",
                required=False,
                initial=key in places or always,
                disabled=always,
            )
            self.fields[f"at-{key}"] = forms.IntegerField(
                label=f"{column.caption}排第几",
                required=False,
                min_value=1,
                max_value=999,
                initial=places.get(key, last),
            )
            self.fields[f"as-{key}"] = forms.CharField(
                label=f"{column.caption}的列名",
                required=False,
                max_length=LONGEST_CAPTION,
                initial=captions.get(key, column.caption),
            )

    @property
    def lines(self) -> list[Line]:
        """In the order the form begins with."""
        found = [
            Line(
                column,
                self[f"use-{column.key}"],
                self[f"at-{column.key}"],
                self[f"as-{column.key}"],
                column.key == self.listing.identity,
            )
            for column in self.listing.columns
        ]
        return sorted(found, key=lambda line: line.at.initial)

    @property
    def columns(self) -> list[tuple[str, str]]:
        """What was chosen, by the numbers given; equal numbers keep the list's own order."""
        given = self.cleaned_data
        used = [column for column in self.listing.columns if given[f"use-{column.key}"]]
        used.sort(key=lambda column: given[f"at-{column.key}"] or 1_000)
        return [(column.key, given[f"as-{column.key}"] or column.caption) for column in used]
