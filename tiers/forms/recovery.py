"""找回账号: what is asked of whoever lost his account, and of the bureau that checks it."""

from __future__ import annotations

from typing import Any

from django import forms

from registry import passwords
from registry.forms.fields import CreditCodeField, PhoneField
from tiers import recovery

PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class RecoveryForm(forms.Form):
    credit_code = CreditCodeField()
    username = forms.CharField(
        label="用户名",
        max_length=150,
        help_text="要找回的账号，登录时填写的用户名",
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    phone = PhoneField(
        label="新联系电话", help_text="找回后作为本账号的联系电话；手机号，或带区号的固定电话"
    )
    letter = forms.FileField(
        label="申请函",
        help_text="法定代表人签字并加盖公章的扫描件或照片，PDF、JPG 或 PNG，不超过 20 MB",
    )

    def filed(self) -> recovery.Filed:
        return recovery.Filed(**self.cleaned_data)


class RecoveryReceiptForm(forms.Form):
    receipt = forms.CharField(label="回执号", max_length=30, help_text="例如 ZH-2AB3C4D5E6")
    secret = forms.CharField(
        label="查询码",
        max_length=40,
        help_text="提交申请时与回执号一起显示的 20 位字母和数字，中间的横线可以不填",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class NewPasswordForm(forms.Form):
    password = forms.CharField(label="新密码", strip=False, max_length=128, widget=PASSWORD)
    password2 = forms.CharField(label="确认新密码", strip=False, max_length=128, widget=PASSWORD)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = passwords.hint()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "password" in given and "password2" in given and given["password"] != given["password2"]:
            self.add_error("password2", "两次填写的密码不一致，请重新填写")
        return given


class CheckedForm(forms.Form):
    checked = forms.CharField(
        label="核实方式",
        max_length=100,
        help_text="何时、拨打哪个登记电话、与谁核实。记入操作留痕，请不要写个人电话号码",
    )


class RefusedForm(forms.Form):
    reason = forms.CharField(label="不予通过的原因", max_length=200, help_text="申请人凭回执能看到")
