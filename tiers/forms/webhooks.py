"""What somebody fills in for an address that changes are pushed to."""

from __future__ import annotations

from django import forms

from registry.outcalls import LONGEST


class SubscriptionForm(forms.Form):
    name = forms.CharField(
        label="接收变更的应用", max_length=40, help_text="如“本行企业信息系统”，便于日后辨认"
    )
    address = forms.CharField(
        label="接收地址",
        max_length=LONGEST,
        help_text="以 https:// 开头的域名地址。平台先推送一个验证码，接收程序原样返回后才开始推送",
        widget=forms.URLInput(attrs={"placeholder": "https://erp.example.com/hook"}),
    )
