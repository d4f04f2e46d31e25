"""Acts before which a person shows once more who he is, when the last proof is older than a quarter
of an hour: password, code or passkey.

Asked when the form is opened. If the time runs out between, what was sent is kept in the session
and sent again, by the person himself, from a page of its own: so it passes every check once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account import views as account
from allauth.mfa.base import views as base
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_safe

from config import gate
from registry.access import Request

FACTORS = "登录验证方式决定谁能以你的名义办理"
ACCOUNTS = "账号决定谁能登录、能办什么"
TITLES = "认定一经确定，就写入名录并对外公布"
ENDINGS = "确认以后，称号终止并对外公布"
#: Why, by the name of the address. New tokens ask for the password in their own form.
ACTS: dict[str, str] = {
    "tiers:round_determine_confirm": TITLES,
    "tiers:round_determine_issue": TITLES,
    "tiers:rereview_determine": TITLES,
    "tiers:delisting_confirm": ENDINGS,
    "tiers:revocation_decide": ENDINGS,
    "tiers:revocation_answer": ENDINGS,
    "tiers:round_select_confirm": "推荐名单一经确认，就上报国家",
    "tiers:round_result_confirm": "国家公布的结果一经确认，就写入名录",
    "tiers:certificates_issue": "证书一经签发，就不能收回，只能换发",
    "registry:seat": "席位决定同事能看什么、办什么",
    "tiers:take_over": "接任的管理员管理企业的全部人员",
    "account_unified_link": FACTORS,
    "account_unified_unlink": FACTORS,
    "mfa_activate_totp": FACTORS,
    "mfa_deactivate_totp": FACTORS,
    "mfa_add_webauthn": FACTORS,
    "mfa_remove_webauthn": FACTORS,
    "mfa_view_recovery_codes": FACTORS,
    "mfa_download_recovery_codes": FACTORS,
    "mfa_generate_recovery_codes": FACTORS,
    "admin:registry_user_add": ACCOUNTS,
    "admin:registry_user_change": ACCOUNTS,
    "admin:auth_user_password_change": ACCOUNTS,
}
#: Pages that are opened to read; only what is sent from them is asked about.
ON_SENDING = {"admin:registry_user_changelist": ACCOUNTS}
SENT = "sent_before_proof"
#: Typed again, if at all.
UNKEPT = re.compile("csrf|password")


def wanted(request: HttpRequest, name: str) -> bool:
    """Whether this request has to wait until the person has shown who he is."""
    asked = name in ACTS or request.method == "POST"
    return asked and not gate.proven(request)


def ask(request: HttpRequest, name: str) -> HttpResponse:
    """To the proof, and from there to where this was going."""
    onward = request.get_full_path()
    if request.method == "POST":
        fields = [one for one in request.POST.lists() if not UNKEPT.search(one[0])]
        files = [(key, [one.name for one in given]) for key, given in request.FILES.lists()]
        kept = {"path": onward, "name": name, "fields": fields, "files": files}
        request.session[SENT] = kept
        onward = reverse("account_go_on")
    return gate.not_done(
        redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': onward})}")
    )


class Reproof:
    """Before the view, and behind the check of the form's token: what others make a browser send is
    refused, not kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name not in ACTS and name not in ON_SENDING:
            return None
        if not settings.SIGN_IN_GUARDS or not request.user.is_authenticated:
            return None
        if wanted(request, name):
            return ask(request, name)
        if request.method == "POST":
            request.session.pop(SENT, None)
        return None


@require_safe
def go_on(request: Request) -> HttpResponse:
    """What was sent before, to be sent by one press; files have to be chosen again."""
    kept = request.session.get(SENT)
    if not kept:
        return redirect("reports:home")
    why = {**ACTS, **ON_SENDING}.get(kept["name"], "")
    return render(request, "account/go_on.html", {"sent": kept, "why": why})


def why(request: HttpRequest) -> str:
    """What the proof is for, told on its page."""
    onward = request.POST.get("next") or request.GET.get("next", "")
    name = request.session.get(SENT, {}).get("name", "")
    if onward != reverse("account_go_on"):
        try:
            name = resolve(urlsplit(onward).path).view_name
        except Resolver404:
            return ""
    return {**ACTS, **ON_SENDING}.get(name, "")


class Told:
    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"why": why(self.request)}  # type: ignore[misc]


class ByPassword(Told, account.ReauthenticateView):
    pass


class ByCode(Told, base.ReauthenticateView):
    pass


class ByPasskey(Told, webauthn.ReauthenticateWebAuthnView):
    pass


by_password = ByPassword.as_view()
by_code = ByCode.as_view()
by_passkey = ByPasskey.as_view()
