"""What a visitor may ask of a factory's page."""

from __future__ import annotations

from django import forms

from registry.forms.fields import DayField


class DayForm(forms.Form):
    on = DayField("查询日期", required=False)
