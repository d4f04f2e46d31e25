"""What a visitor types or pastes to have a certificate checked."""

from __future__ import annotations

from django import forms


class CheckForm(forms.Form):
    q = forms.CharField(
        label="查验码、扫码得到的网址或证书编号",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": "请粘贴查验码、扫码得到的网址，或填写证书编号"},
    )
