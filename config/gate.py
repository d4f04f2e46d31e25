"""What a session must have shown before it may go on: whoever is forced to have a second factor
has used it (``registry.factors``), and a password that has run out was changed
(``registry.passwords``).

Asks the session and the person's own row, nothing else, except on the few pages where factors are
set up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from config import problems
from registry import factors, identities, passwords
from registry.models import User

#: What anybody signed in may always do.
ALWAYS = (
    "account_login",
    "account_logout",
    "account_change_password",
    "account_reauthenticate",
    "account_go_on",
    "account_unified_back",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "registry:session",
    "healthz",
    "readyz",
)
#: Where a second factor is set up; with one in place these pages ask for it first.
SETTING_UP = (
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_deactivate_totp",
    "mfa_remove_webauthn",
)
#: Where somebody wanted to go who had to do something else first.
WISH = "wished_for"

RUN_OUT = "本账号须先修改密码，请在浏览器登录后修改"
NO_FACTOR = "本账号须先设置第二重验证（验证器或通行密钥）才能使用，请在浏览器登录后到“登录安全”设置"


def records(request: HttpRequest) -> list[dict[str, Any]]:
    """How this session has been authenticated, step by step, as the sign-in wrote it down."""
    return get_authentication_records(request, request.user)


def not_done(answer: HttpResponse) -> HttpResponse:
    """Mark a redirect in the place of an act, so that ``once`` lets the act be sent again."""
    answer.not_done = True  # type: ignore[attr-defined]
    return answer


def with_factor(request: HttpRequest) -> bool:
    return any(one.get("method") == "mfa" for one in records(request))


def proven(request: HttpRequest) -> bool:
    """Whether this session has shown password or factor within the last quarter of an hour. Another
    portal may let somebody through unasked, so its word is none.
    """
    own = (one for one in records(request) if one.get("by") != identities.PROVIDER)
    last = max((one["at"] for one in own), default=0.0)
    at: datetime = request.received_at  # type: ignore[attr-defined]
    return at.timestamp() - last < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


class SignInGate:
    """Lead whoever lacks something to where he gets it, and keep in mind where he wanted to go."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        if not settings.SIGN_IN_GUARDS or not isinstance(user, User):
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        at: datetime = request.received_at  # type: ignore[attr-defined]
        lacking = factors.required_of(user) and not with_factor(request)
        stale = bool(passwords.why_change(user, at=at))
        request.held = lacking or stale  # type: ignore[attr-defined]
        if name in ALWAYS:
            return None
        if stale:
            return self._held(request, "account_change_password", RUN_OUT)
        if name in SETTING_UP:
            return None if with_factor(request) else self._asked_first(request, user)
        return self._held(request, "mfa_index", NO_FACTOR) if lacking else None

    @staticmethod
    def _asked_first(request: HttpRequest, user: User) -> HttpResponse | None:
        """The password alone neither shows nor changes the factors of whoever has one."""
        if not factors.has_one(user):
            return None
        again = reverse("mfa_index") if request.method == "POST" else request.get_full_path()
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': again})}")

    @staticmethod
    def _held(request: HttpRequest, where: str, why: str) -> HttpResponse:
        if request.path.startswith("/api/"):
            return problems.answer(request, "forbidden", why)
        if request.method == "GET":
            request.session[WISH] = request.get_full_path()
        return not_done(redirect(where))


def wish(request: HttpRequest) -> str:
    """Where this person wanted to go before, told once."""
    found: str = request.session.pop(WISH, "")
    return found or settings.LOGIN_REDIRECT_URL
