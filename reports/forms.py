"""What is asked of a table of figures."""

from __future__ import annotations

from django import forms

from reports import titles
from tiers.forms.public import DayForm


class TitleTable(DayForm):
    """The day the figures are of, and what they are grouped by."""

    by = forms.ChoiceField(label="分组", choices=list(titles.BY.items()), required=False)
