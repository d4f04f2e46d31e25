"""Delegation pages: who stands in for whom, naming one, taking it up and laying it down."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from registry import delegation
from registry.access import OFFICERS, Request, business_date, changing, role_required
from registry.forms.cascade import read
from registry.forms.delegations import DelegationForm
from registry.listings import DELEGATIONS
from registry.models import Delegation
from registry.views.pages import form_page, list_page


@require_safe
@role_required(*OFFICERS)
def delegation_list(request: Request) -> HttpResponse:
    """Those the person gave or was given, and those of the offices below him, newest first."""
    return list_page(request, DELEGATIONS, "registry/delegation_list.html")


@role_required(*OFFICERS)
@changing
def delegation_new(request: Request) -> HttpResponse:
    on = business_date(request.received_at)
    form = read(DelegationForm, request, giver=request.user, on=on)
    return form_page(
        request,
        form,
        lambda: delegation.give(form.terms, by=request.user, at=request.received_at),
        done="已委托，双方都会收到站内信",
        then="registry:delegation_list",
        title="委托他人办理",
        lead="离岗期间由他人代为办理。委托期间本人仍可办理；每件代办都同时记下代办人和委托人。",
        crumbs=[("委托办理", reverse("registry:delegation_list"))],
        button="委托",
        back=reverse("registry:delegation_list"),
    )


def _own(request: Request, pk: int) -> Delegation:
    return get_object_or_404(Delegation.objects.visible_to(request.user), pk=pk)


@require_POST
@role_required(*OFFICERS)
def delegation_enter(request: Request, pk: int) -> HttpResponse:
    """Begin to act in the giver's place in this browser."""
    try:
        found = delegation.take_up(_own(request, pk), by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("registry:delegation_list")
    request.session[delegation.SESSION_KEY] = found.pk
    return redirect("reports:home")


@require_POST
@role_required(*OFFICERS)
def delegation_leave(request: Request) -> HttpResponse:
    """Act as oneself again."""
    delegation.lay_down(request.user, at=request.received_at)
    if request.session.pop(delegation.SESSION_KEY, None):
        messages.success(request, "已退出代办，现在以本人身份办理")
    return redirect("reports:home")


@require_POST
@role_required(*OFFICERS)
def delegation_revoke(request: Request, pk: int) -> HttpResponse:
    """End a delegation before its day."""
    try:
        delegation.revoke(_own(request, pk), by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, "委托已终止，双方都会收到站内信")
    return redirect("registry:delegation_list")
