"""Giving a title up (主动放弃): the firm's declaration, and the office's confirmation."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from registry.access import OFFICERS, Request, Role, business_date, changing, role_required
from tiers import surrender
from tiers.forms.applications import add_refusals
from tiers.forms.revocation import SurrenderForm
from tiers.models import Surrender
from tiers.views import titles


@role_required(Role.ENTERPRISE)
@changing
def title_surrender(request: Request, pk: int) -> HttpResponse:
    title, at = titles.of(request, pk), request.received_at
    on = business_date(at)
    if not surrender.may_declare(title, request.user, on=on):
        raise PermissionDenied("放弃由企业管理员声明，且认定须在有效期内、还没有声明放弃")
    form = SurrenderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            surrender.declare(title, **form.cleaned_data, by=request.user, at=at)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            messages.success(request, "已声明放弃，认定部门确认后终止；确认前可以撤回")
            return redirect("tiers:title", pk=pk)
    banned_until = surrender.banned_until(title, on)
    context = {"title": title, "form": form, "banned_until": banned_until}
    return render(request, "tiers/titles/surrender.html", context)


def _of(request: Request, pk: int) -> Surrender:
    rows = Surrender.objects.visible_to(request.user)
    found: Surrender = get_object_or_404(rows.select_related("certification"), pk=pk)
    return found


@role_required(Role.ENTERPRISE)
@changing
@require_POST
def surrender_take_back(request: Request, pk: int) -> HttpResponse:
    one = _of(request, pk)
    try:
        surrender.take_back(one, by=request.user, at=request.received_at)
        messages.success(request, "已撤回放弃声明")
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    return redirect("tiers:title", pk=one.certification_id)


@role_required(*OFFICERS)
@changing
@require_POST
def surrender_confirm(request: Request, pk: int) -> HttpResponse:
    one = _of(request, pk)
    try:
        surrender.confirm(one, by=request.user, at=request.received_at)
        messages.success(request, "已确认放弃，认定自今天起终止")
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    return redirect("tiers:title", pk=one.certification_id)
