"""What an authority fills in to revoke a title."""

from __future__ import annotations

from django import forms


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label="撤销原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="企业能看到，写明事实和依据",
    )
    document_no = forms.CharField(
        label="撤销文件文号", max_length=80, help_text="按文件原样填写，含年份和序号"
    )
