"""Draws of supervision: the office's list, one draw with its factories, and its public record."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from registry.access import OFFICERS, Received, Request, business_date, changing, role_required
from registry.views.pages import list_page
from tiers import supervision
from tiers.filters import CHECK_TABS
from tiers.forms.applications import add_refusals
from tiers.forms.supervision import AssignForm, DrawForm
from tiers.listings import CHECKS
from tiers.models import Supervision, SupervisionCheck

PER_PAGE = 30


@role_required(*OFFICERS)
@require_safe
def supervision_list(request: Request) -> HttpResponse:
    """The inspections of this office under tabs, and its draws."""
    user, on = request.user, business_date(request.received_at)
    draws = Supervision.objects.visible_to(user).select_related("authority")
    return list_page(
        request,
        CHECKS,
        "tiers/supervision/list.html",
        tabs=CHECK_TABS,
        usual="open",
        draws=draws.order_by("-at", "-pk")[:PER_PAGE],
        may_draw=bool(supervision.tiers_of(user, on)),
    )


@role_required(*OFFICERS)
@changing
def supervision_new(request: Request) -> HttpResponse:
    on = business_date(request.received_at)
    tiers = supervision.tiers_of(request.user, on)
    if not tiers:
        raise PermissionDenied("按规则，本部门不组织监督抽查")
    form = DrawForm(request.POST or None, tiers=tiers)
    if request.method == "POST" and form.is_valid():
        try:
            made = supervision.draw(**form.cleaned_data, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            drawn, among = len(made.drawn), len(made.numbers)
            messages.success(request, f"已从 {among} 项认定中抽取 {drawn} 项，请分派检查人")
            return redirect("tiers:supervision", made.pk)
    status = 422 if form.errors else 200
    return render(request, "tiers/supervision/new.html", {"form": form}, status=status)


def _of(request: Request, pk: int) -> Supervision:
    seen = Supervision.objects.visible_to(request.user).select_related("authority")
    one: Supervision = get_object_or_404(seen, pk=pk)
    return one


@role_required(*OFFICERS)
@require_safe
def supervision_page(request: Request, pk: int) -> HttpResponse:
    return _page(request, _of(request, pk))


def _page(request: Request, one: Supervision, form: AssignForm | None = None) -> HttpResponse:
    checks = list(one.checks.for_list().order_by("certification__number"))
    on = business_date(request.received_at)
    ticked = form.data.getlist("checks") if form else []  # type: ignore[attr-defined]
    may = supervision.may_manage(one, request.user)
    context: dict[str, Any] = {
        "on": on,
        "one": one,
        "rows": [(check, check.is_overdue(on), str(check.pk) in ticked) for check in checks],
        "may_assign": may and any(check.signed_at is None for check in checks),
        "form": form or _assign_form(one, checks),
        "published": all(check.signed_at for check in checks),
    }
    status = 422 if form else 200
    return render(request, "tiers/supervision/page.html", context, status=status)


def _assign_form(one: Supervision, checks: list[SupervisionCheck], data: Any = None) -> AssignForm:
    unsigned = [check for check in checks if check.signed_at is None]
    return AssignForm(data, checks=unsigned, officers=supervision.inspectors(one))


@role_required(*OFFICERS)
@changing
@require_POST
def supervision_assign(request: Request, pk: int) -> HttpResponse:
    one = _of(request, pk)
    if one.authority_id != request.user.authority_id:
        raise Http404
    form = _assign_form(one, list(one.checks.for_list()), request.POST)
    if form.is_valid():
        try:
            count = supervision.assign(
                one, **form.cleaned_data, by=request.user, at=request.received_at
            )
            messages.success(request, f"已分派 {count} 座工厂，检查人会收到站内信")
            return redirect("tiers:supervision", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _page(request, one, form)


# --- for everybody ----------------------------------------


def _published(pk: int) -> Supervision:
    found = Supervision.objects.published().select_related("authority")
    one: Supervision = get_object_or_404(found, pk=pk)
    return one


@login_not_required
@require_safe
def supervision_draw(request: Received, pk: int) -> HttpResponse:
    """All it takes to repeat the draw, once every inspection of it is signed."""
    return render(
        request, "tiers/supervision/draw.html", {"shell": "public", "one": _published(pk)}
    )


@login_not_required
@require_safe
def supervision_data(request: Received, pk: int) -> JsonResponse:
    """The same for a program."""
    one = _published(pk)
    names = ("title", "numbers", "digest", "seed", "share", "drawn")
    content = {name: getattr(one, name) for name in names}
    return JsonResponse(content, json_dumps_params={"ensure_ascii": False})
