"""What somebody fills in for a token of the API."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from registry.forms.fields import DayField
from registry.models import ApiToken
from registry.tokens import LONGEST, Terms


class TokenForm(forms.Form):
    name = forms.CharField(
        label="使用令牌的应用",
        max_length=40,
        help_text="如“本企业 ERP 系统”。每个应用单独用一个令牌，可以分别停用",
    )
    scope = forms.ChoiceField(
        label="权限",
        choices=ApiToken.Scope.choices,
        widget=forms.RadioSelect,
        help_text="应用看到的、能办的，都不超过您本人当时的权限",
    )
    ends_on = DayField("最后有效日", help_text="含当日，最长一年")
    password = forms.CharField(
        label="登录密码",
        strip=False,
        max_length=128,
        help_text="为防他人冒用，请再输入一次",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("scope", ApiToken.Scope.READ)
        attrs = self.fields["ends_on"].widget.attrs
        attrs |= {"min": f"{on:%Y-%m-%d}", "max": f"{on + timedelta(days=LONGEST - 1):%Y-%m-%d}"}

    @property
    def terms(self) -> Terms:
        given = self.cleaned_data
        return Terms(given["name"], given["scope"], given["ends_on"])
