"""What is said with a reminder."""

from __future__ import annotations

from django import forms


class UrgeForm(forms.Form):
    note = forms.CharField(
        label="催办说明",
        required=False,
        max_length=200,
        help_text="办理单位能看到，不超过 200 字",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
