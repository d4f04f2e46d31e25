"""What is asked of a table of figures."""

from __future__ import annotations

from django import forms

from reports import titles


class Day(forms.Form):
    """The day the figures are of, at the earliest the first on which there could be any."""

    on = forms.DateField(
        label="截至",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "日期请按 2026-03-31 的格式填写"},
    )


class TitleTable(Day):
    by = forms.ChoiceField(label="分组", choices=list(titles.BY.items()), required=False)
