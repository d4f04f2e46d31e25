"""Who a person is and for which firm he acts."""

from __future__ import annotations

from typing import Any

from django import forms

from registry import enterprises, passwords
from registry.access import Seat
from registry.forms.cascade import CascadeField
from registry.forms.fields import CreditCodeField, NameField, PhoneField
from registry.models import User


class ClaimForm(forms.Form):
    """The firm a person says he acts for."""

    credit_code = CreditCodeField()
    enterprise_name = NameField(label="企业名称", help_text="与营业执照一致的全称", shortest=4)
    seat = CascadeField("divisions", label="注册地", help_text="营业执照上的住所所在地")
    factory_place = CascadeField(
        "places-here",
        label="工厂所在地",
        required=False,
        help_text="注册地不在本平台覆盖的省份时才选，用来确定由哪个部门确认",
    )

    def firm(self) -> dict[str, Any]:
        """What the act wants to know of the firm."""
        given = self.cleaned_data
        return {
            "credit_code": given["credit_code"],
            "name": given["enterprise_name"],
            "seat": given["seat"],
            "factory_place": given["factory_place"],
        }


class AccountForm(forms.Form):
    """A new account. The password comes last: it alone is not sent back to the page."""

    name = forms.CharField(
        label="姓名",
        max_length=40,
        help_text="经办人本人的姓名",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = PhoneField()
    email = forms.EmailField(
        label="电子邮箱",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    username = forms.CharField(
        label="用户名",
        min_length=4,
        max_length=30,
        help_text="4 至 30 位，可用字母、数字和 @ . + - _，登录时使用",
        validators=[User.username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label="密码",
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label="确认密码",
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = passwords.hint()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "password" in given and "password2" in given and given["password"] != given["password2"]:
            self.add_error("password2", "两次填写的密码不一致，请重新填写")
        return given

    def person(self) -> enterprises.Person:
        given = self.cleaned_data
        return enterprises.Person(
            **{key: given[key] for key in ("username", "password", "name", "phone", "email")}
        )


class SignUpForm(AccountForm, ClaimForm):
    """A new account, and the firm for which its person says he acts."""


class CodeField(forms.CharField):
    """The code of an invitation, however it was typed."""

    def __init__(self) -> None:
        super().__init__(
            label="邀请码",
            max_length=30,
            help_text="企业管理员告诉您的 10 位字母和数字，如 7KQ2M-X9PTA",
            widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        )


class JoinForm(forms.Form):
    """Join a firm with an account that one has."""

    code = CodeField()


class JoinAnewForm(AccountForm):
    """Join a firm with a new account."""

    code = CodeField()
    field_order = ("code", "name", "phone", "email", "username", "password", "password2")


class ContactField(PhoneField):
    """A telephone number or an e-mail address."""

    def clean(self, value: Any) -> str:
        text = str(value or "").strip()
        if "@" in text:
            return forms.EmailField(max_length=100).clean(text)
        return super().clean(text)


SEATS = [
    (Seat.EDITOR, "填报人员：填写企业、工厂、自评和申报，不能提交和撤回申报"),
    (Seat.READER, "查阅人员：只能查看"),
    (Seat.MANAGER, "管理员：除填报外，还能提交和撤回申报、管理人员"),
]


class SeatForm(forms.Form):
    """How far a person's hand reaches in his firm."""

    seat = forms.ChoiceField(label="席位", choices=SEATS, widget=forms.RadioSelect)


class InviteForm(SeatForm):
    """Whom a manager invites."""

    name = forms.CharField(
        label="姓名", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    contact = ContactField(
        label="手机号或邮箱", help_text="只用来分清邀请了谁。邀请码请您当面或打电话告诉对方"
    )
    field_order = ("name", "contact", "seat")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seat"].initial = Seat.EDITOR


class RefuseForm(forms.Form):
    """Why a person is not confirmed."""

    reason = forms.CharField(
        label="原因",
        max_length=200,
        help_text="申请人能看到，请写明缺什么、怎样重新申请",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
