"""What a visitor may ask of a factory's page."""

from __future__ import annotations

from django import forms

from tiers.forms.filing import day


class DayForm(forms.Form):
    on = day("查询日期", required=False)
