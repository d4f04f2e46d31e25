"""How people sign in: allauth's flow with our field names, and no public sign-up of allauth's own.

A firm's people register on our own page, and the bureau confirms them; officers are entered by an
administrator.
"""

from typing import Any, cast

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.account.views import LoginView, PasswordChangeView
from allauth.core import context
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from config import gate, lockout
from registry import passwords
from registry.models import User

log = structlog.get_logger("portal.accounts")


class PortalAccountAdapter(DefaultAccountAdapter):
    """Every sign-in leaves a line in the log, which outlives whatever is rolled back."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Saves that alone: whoever stands in for somebody has the other's place on him."""
        user.set_password(password)
        passwords.changed_by_himself(cast(User, user), at=context.request.received_at)

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        log.info("signed in", user=user.get_username(), address=request.META["REMOTE_ADDR"])

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> Any:
        answer = super().post_login(request, user, **kwargs)
        lockout.remember(request, answer, cast(User, user))
        return answer

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """By a passkey; a password of such an account is simply wrong."""
        messages.error(request, "这个账号已停用，不能登录。有疑问请联系系统管理员")
        return redirect("account_login")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user = super().authenticate(request, **credentials)
        if user is not None:
            lockout.right(request)
        return user

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not while the gate's own proof is fresh: the sign-in itself counts as one."""
        return settings.SIGN_IN_GUARDS and not gate.proven(context.request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        address = request.META["REMOTE_ADDR"]
        log.warning("sign-in refused", user=credentials.get("username"), address=address)


def _without_placeholders(form: Form) -> None:
    """allauth repeats each label inside its field, where it looks filled in."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class SignInForm(LoginForm):
    """allauth calls its first field ``login``; on our page, and for axes, it is ``username``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix("username" if field_name == "login" else field_name)

    def clean_login(self) -> str:
        """A name typed in full-width letters is the same name."""
        return User.normalize_username(super().clean_login())


class SignInView(LoginView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        unified = settings.OIDC_NAME if settings.OIDC_SERVER_URL else ""
        return super().get_context_data(**kwargs) | {"unified": unified}


class PasswordAgainForm(ReauthenticateForm):
    """Asked once more who one is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)


class NewPasswordForm(ChangePasswordForm):
    """What is asked of the new one stands beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)
        self.fields["oldpassword"].label = "现在的密码"
        self.fields["password1"].label = "新密码"
        self.fields["password1"].help_text = passwords.hint()
        self.fields["password2"].label = "再输入一次新密码"


class PasswordChange(PasswordChangeView):
    """Also where those are led whose password has to be changed first, and onward from there."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        why = passwords.why_change(self.request.user, at=self.request.received_at)
        return super().get_context_data(**kwargs) | {"why": why}

    def get_default_success_url(self) -> str:
        wished = gate.WISH in self.request.session
        return gate.wish(self.request) if wished else reverse("mfa_index")


password_change = PasswordChange.as_view()
