"""Signing in by the province's unified identity, and linking an account to it.

Nobody gets an account this way. An account is linked by its person, who is signed in and has just
shown his password or factor again; whoever comes back unlinked is told what to do.
"""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account.internal.decorators import login_not_required
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core.ratelimit import consume_or_429
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from config import oidc
from registry import identities
from registry.access import Request
from registry.identities import PROVIDER, Subject

log = structlog.get_logger("portal.unified")

#: Status of each page that says why it did not work; the words are in the template.
STATUS = {"unlinked": 403, "away": 503, "error": 400, "stale": 400}


def _problem(request: HttpRequest, kind: str, fault: Exception | str = "") -> HttpResponse:
    address = request.META["REMOTE_ADDR"]
    log.warning("unified identity refused", kind=kind, fault=str(fault)[:200], address=address)
    context = {"kind": kind, "unified": settings.OIDC_NAME}
    return render(request, "account/unified_problem.html", context, status=STATUS[kind])


def _sent_there(request: HttpRequest, purpose: dict[str, Any]) -> HttpResponse:
    """By a page that moves on by itself: a browser lets no form be answered by a redirect to
    another site (form-action).
    """
    if not oidc.configured():
        raise Http404
    if too_often := consume_or_429(request, action="unified"):
        return too_often
    try:
        address = oidc.Client(request).address(purpose)
    except oidc.Unreachable as fault:
        return _problem(request, "away", fault)
    context = {"address": address, "unified": settings.OIDC_NAME}
    page = render(request, "account/unified_go.html", context)
    page["Refresh"] = f"0; url={address}"
    return page


@login_not_required
@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    if oidc.configured() and request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return _sent_there(request, {"process": "sign in", "next": get_next_redirect_url(request)})


@never_cache
@require_POST
def link(request: Request) -> HttpResponse:
    return _sent_there(request, {"process": "link", "user": request.user.pk})


@require_POST
def unlink(request: Request) -> HttpResponse:
    if not oidc.configured():
        raise Http404
    try:
        identities.unlink(request.user, at=request.received_at)
        messages.success(request, f"已解除关联，{settings.OIDC_NAME}不能再登录本账号")
    except ValidationError as error:
        messages.error(request, error.message)
    return redirect("mfa_index")


@login_not_required
@never_cache
@require_safe
def back(request: Request) -> HttpResponse:
    """Where the provider sends the browser back to."""
    if not oidc.configured():
        raise Http404
    client = oidc.Client(request)
    try:
        purpose = client.purpose()
    except oidc.Refused as fault:
        return _problem(request, "stale", fault)
    linking = purpose["process"] == "link"
    if request.GET.get("error") == "access_denied":
        messages.info(request, f"已取消，没有通过{settings.OIDC_NAME}办理")
        return redirect("mfa_index" if linking else "account_login")
    try:
        claims = client.claims(purpose)
    except oidc.Unreachable as fault:
        return _problem(request, "away", fault)
    except oidc.Refused as fault:
        return _problem(request, "error", fault)
    if linking:
        return _linked(request, oidc.subject(claims), purpose)
    return _signed_in(request, claims, purpose)


def _linked(request: Request, subject: Subject, purpose: dict[str, Any]) -> HttpResponse:
    if request.user.pk != purpose["user"]:
        return _problem(request, "stale", "linked by another person")
    try:
        identities.link(request.user, subject, at=request.received_at)
        messages.success(request, f"已关联，以后可以用{settings.OIDC_NAME}登录本账号")
    except ValidationError as error:
        messages.error(request, error.message)
    return redirect("mfa_index")


def _signed_in(request: Request, claims: dict[str, Any], purpose: dict[str, Any]) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    found = identities.holder(oidc.subject(claims))
    if found is None:
        return _problem(request, "unlinked")
    state: dict[str, Any] = {}
    record_authentication(request, found.user, "socialaccount", by=PROVIDER)
    if oidc.factor_shown(claims):
        record_authentication(request, found.user, "mfa", by=PROVIDER)
        state = {"stages": {AuthenticateStage.key: {"handled": True}}}
    if found.user.is_active:
        found.save(update_fields=["last_login"])
        log.info("unified identity accepted", user=found.user.get_username())
    return perform_login(request, Login(user=found.user, redirect_url=purpose["next"], state=state))
