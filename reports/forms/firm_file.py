"""The day and the topics of a firm's file."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from registry.forms.fields import DayField
from reports.firm_file import LABELS


class FileForm(forms.Form):
    on = DayField("截至日期", required=False)
    topic = forms.MultipleChoiceField(
        label="内容",
        choices=list(LABELS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-columns"}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["on"].widget.attrs["max"] = today.isoformat()
        self.initial = {"on": today}

    def clean_on(self) -> date:
        asked: date | None = self.cleaned_data["on"]
        if asked is not None and asked > self.today:
            raise ValidationError("截至日期不能晚于今天")
        return asked or self.today

    @property
    def asked(self) -> tuple[date, list[str]]:
        """The day and the topics; today and everything where nothing sensible is asked."""
        if not self.is_bound or not self.is_valid():
            return self.today, []
        return self.cleaned_data["on"], self.cleaned_data["topic"]
