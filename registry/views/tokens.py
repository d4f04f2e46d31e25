"""Pages of a person's API tokens (接口令牌): those there are, a new one, the end of one."""

from __future__ import annotations

from datetime import date
from typing import Any

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from registry import tokens
from registry.access import Request, business_date
from registry.forms.cascade import read
from registry.forms.tokens import TokenForm
from registry.models import ApiToken
from registry.views.pages import form_page, paged

LIST = "registry:token_list"
SHOWN_ONCE = "new_token"
STATES = {
    "open": ("open", "有效"),
    "revoked": ("closed", "已停用"),
    "ended": ("closed", "已到期"),
    "lost": ("closed", "已失效"),
}


@require_safe
def token_list(request: Request) -> HttpResponse:
    """One's own, for a manager those of all his firm; a new one shows itself here, once."""
    on = business_date(request.received_at)
    found = ApiToken.objects.visible_to(request.user).select_related("owner", "revoked_by")
    page = paged(request, found.order_by("-made_at", "-pk"))
    context = {
        "page": page,
        "rows": [_row(one, on) for one in page],
        "new": request.session.pop(SHOWN_ONCE, None),
        "may_hold": tokens.may_hold(request.user),
    }
    response = render(request, "registry/token_list.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _row(one: ApiToken, on: date) -> dict[str, Any]:
    state = one.state(on)
    return {"token": one, "state": STATES[state], "may_revoke": state in ("open", "lost")}


def token_new(request: Request) -> HttpResponse:
    if not tokens.may_hold(request.user):
        raise PermissionDenied("代他人办理时，或还没有所属单位，不能生成接口令牌")
    if too_often := request.method == "POST" and consume_or_429(
        request, action="reauthenticate", user=request.user
    ):
        return too_often
    form = read(TokenForm, request, on=business_date(request.received_at))

    def act() -> None:
        password = form.cleaned_data["password"]
        made, secret = tokens.issue(
            form.terms, password=password, by=request.user, at=request.received_at
        )
        request.session[SHOWN_ONCE] = {"name": made.name, "secret": secret}

    return form_page(
        request,
        form,
        act,
        done="令牌已生成",
        then=LIST,
        title="生成接口令牌",
        lead="供一个应用通过数据接口读取您能看到的数据，或代您办理。",
        crumbs=[("接口令牌", reverse(LIST))],
        button="生成令牌",
        back=reverse(LIST),
    )


@require_POST
def token_revoke(request: Request, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.visible_to(request.user), pk=pk)
    try:
        tokens.revoke(token, by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"令牌已停用：{token.name}")
    return redirect(LIST)
