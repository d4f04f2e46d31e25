"""Second factors on the screen and at the sign-in: allauth's flow, with codes that are good once,
wrong ones that are counted in the database, secrets that are encrypted, and our trail.
"""

from __future__ import annotations

import base64
from typing import Any

import structlog
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from config import lockout
from registry.models import User

log = structlog.get_logger("portal.factors")

WRONG = "验证码不正确或已用过，请等验证器显示下一个验证码再试；手机须设为自动校准时间"


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [salted_hmac("portal.factors", "", key, algorithm="sha256").digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(one)) for one in digests])


class FactorAdapter(DefaultMFAAdapter):
    """Our words, and secrets that a copy of the database does not give away."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": WRONG,
        "cannot_generate_recovery_codes": "还没有设置验证器或通行密钥，不需要恢复码",
    }

    def get_totp_issuer(self) -> str:
        return str(settings.SITE["name"])

    def _get_site_name(self) -> str:
        return str(settings.SITE["name"])

    def get_totp_label(self, user: Any) -> str:
        return user.get_username()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"通行密钥 {number + 1}"

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


@transaction.atomic
def accepted(user: User, code: str) -> Authenticator | None:
    """What this code opens, and opens only now: it is used up. None for a wrong one."""
    own = Authenticator.objects.select_for_update().filter(user=user)
    for one in own.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk"):
        try:
            if one.type == Authenticator.Type.TOTP and _counted(one, code):
                return one
            if one.type == Authenticator.Type.RECOVERY_CODES and one.wrap().validate_code(code):
                return one
        except InvalidToken:
            log.error("factor unreadable, was SECRET_KEY changed?", user=user.username)
    return None


def _counted(authenticator: Authenticator, code: str) -> bool:
    """Whether the code is of a step of time near now and after the last one used."""
    secret = FactorAdapter().decrypt(authenticator.data["secret"])
    last = authenticator.data.get("last_step", -1)
    for step in totp.yield_hotp_counters_from_time():
        value = totp.format_hotp_value(totp.hotp_value(secret, step))
        if step > last and totp.compare_user_code(actual=code, expected=value):
            authenticator.data["last_step"] = step
            authenticator.save(update_fields=["data"])
            return True
    return False


class OnceOnly(BaseAuthenticateForm):
    """A code from an authenticator, or a recovery code; wrong ones are counted and recorded."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "验证码或恢复码"
        self.fields["code"].max_length = 20
        del self.fields["code"].widget.attrs["placeholder"]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        key, request = lockout.of_factor(self.user), context.request
        until = lockout.taken(request, key, self.user.username)
        if until is not None:
            raise ValidationError(lockout.sentence(until))
        found = accepted(self.user, code)
        if found is None:
            lockout.recorded(request, self.user.username)
            raise ValidationError(WRONG)
        lockout.cleared(key)
        found.user = self.user
        self.authenticator = found
        return code


class CodeForm(OnceOnly, AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = "手机验证器显示的 6 位验证码；手机不在身边的，输入一个恢复码"
        self.fields["code"].help_text = said


class CodeAgainForm(OnceOnly, ReauthenticateForm):
    pass


class FirstCodeForm(ActivateTOTPForm):
    code = forms.CharField(
        label="验证器显示的 6 位验证码",
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class PasskeyForm(AddWebAuthnForm):
    name = forms.CharField(
        label="名称", max_length=40, required=False, help_text="例如：单位电脑、U 盾、本人手机"
    )
    passwordless = forms.BooleanField(
        label="以后登录时不输密码，只用它",
        required=False,
        initial=True,
        help_text="须用指纹、人脸或 PIN 码解锁。老式 U 盾不支持的，请不勾选",
    )


def proven(request: HttpRequest, authenticator: Authenticator) -> None:
    """Whoever has just set a factor up has shown it in this session."""
    record_authentication(
        request,
        authenticator.user,
        "mfa",
        id=authenticator.pk,
        type=authenticator.type,
        reauthenticated=True,
    )


def use_up(authenticator: Authenticator, code: str) -> None:
    """The code that set an authenticator up signs nobody in."""
    _counted(authenticator, code)
