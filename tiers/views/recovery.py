"""Lost accounts: asked back by the public page, checked by the bureau, stopped by the firm."""

from __future__ import annotations

from typing import Any

from allauth.core.ratelimit import consume_or_429
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry.access import (
    OFFICERS,
    Duty,
    Received,
    Request,
    Role,
    may_change,
    on_duty,
    role_required,
)
from registry.forms.fields import show_refusal
from registry.models import Recovery
from registry.views.pages import paged
from tiers import recovery
from tiers.forms.applications import add_refusals
from tiers.forms.recovery import (
    CheckedForm,
    NewPasswordForm,
    RecoveryForm,
    RecoveryReceiptForm,
    RefusedForm,
)

#: In the session: the request whose secret was given.
KNOWN = "recovery"

# --- the public -----------------------------------------------------------


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def recover(request: Received) -> HttpResponse:
    """File a request. Whoever files is told the same, whatever he named."""
    if too_often := request.method == "POST" and consume_or_429(request, action="recovery"):
        return too_often
    form = RecoveryForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = recovery.file(form.filed(), at=request.received_at)
        except ValidationError as refusal:
            show_refusal(form, refusal, file="letter")
        else:
            context = {"shell": "public", "recovery": made, "secret": secret, **_times()}
            return render(request, "tiers/recovery/filed.html", context)
    return render(
        request, "tiers/recovery/file.html", {"shell": "public", "form": form, **_times()}
    )


def _times() -> dict[str, int]:
    return {"hours": settings.RECOVERY_WAIT_HOURS, "days": settings.RECOVERY_OPEN_DAYS}


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def recovery_receipt(request: Received) -> HttpResponse:
    """How far a request is, for whoever has its receipt and its secret."""
    if too_often := request.method == "POST" and consume_or_429(request, action="recovery_receipt"):
        return too_often
    form, found = RecoveryReceiptForm(request.POST or None), None
    context: dict[str, Any] = {"shell": "public", "form": form, **_times()}
    if request.method == "POST" and form.is_valid():
        found = recovery.found_by(form.cleaned_data["receipt"], form.cleaned_data["secret"])
        if found is None:
            form.add_error(None, "没有查到，请核对回执号和查询码")
        else:
            request.session[KNOWN] = found.pk
            badge, state, reason = recovery.said(found, request.received_at)
            ready = found.may_set_password(request.received_at)
            context |= {"badge": badge, "state": state, "reason": reason, "ready": ready}
    return render(request, "tiers/recovery/receipt.html", context | {"recovery": found})


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def recovery_password(request: Received) -> HttpResponse:
    """Set the new password, once, after the receipt was looked up in this browser."""
    one = Recovery.objects.filter(pk=request.session.get(KNOWN, 0)).first()
    if one is None or not one.may_set_password(request.received_at):
        return redirect("tiers:recovery_receipt")
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            recovery.set_password(one, form.cleaned_data["password"], at=request.received_at)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            request.session.flush()
            messages.success(request, "新密码已设置，请用它登录")
            return redirect("account_login")
    return render(request, "tiers/recovery/password.html", {"shell": "public", "form": form})


# --- the bureau -----------------------------------------------------------


@require_safe
@role_required(*OFFICERS)
def recovery_list(request: Request) -> HttpResponse:
    """Requests for firms of the office: those that wait, oldest first, or those it has decided."""
    rows = Recovery.objects.visible_to(request.user).select_related("account", "enterprise")
    done = request.GET.get("tab") == "done"
    waiting, decided = rows.waiting(), rows.exclude(status=Recovery.Status.WAITING)
    page = paged(request, decided.order_by("-filed_at") if done else waiting.order_by("filed_at"))
    counts = {"waiting": waiting.count(), "done": decided.count()}
    context = {"page": page, "done": done, "counts": counts}
    return render(request, "tiers/recovery/list.html", context)


def _of(request: Request, pk: int) -> Recovery:
    related = ("account", "enterprise", "authority", "decided_by", "closed_by")
    found: Recovery = get_object_or_404(
        Recovery.objects.visible_to(request.user).select_related(*related), pk=pk
    )
    return found


@role_required(*OFFICERS)
@require_safe
def recovery_page(request: Request, pk: int) -> HttpResponse:
    return _page(request, _of(request, pk))


def _page(request: Request, one: Recovery, **more: object) -> HttpResponse:
    waits = one.status == Recovery.Status.WAITING
    people = one.enterprise.users.filter(is_active=True).order_by("pk") if one.enterprise else ()
    context = {
        "recovery": one,
        "people": people,
        "may_decide": waits and may_change(request.user, Duty.PEOPLE),
        "checked_form": CheckedForm(),
        "refused_form": RefusedForm(),
        "hours": settings.RECOVERY_WAIT_HOURS,
        "over": one.is_over(request.received_at),
        **more,
    }
    return render(request, "tiers/recovery/page.html", context)


@role_required(*OFFICERS)
@require_safe
def recovery_letter(request: Request, pk: int) -> FileResponse:
    """The letter, never shown inside the browser's own page of ours."""
    one = _of(request, pk)
    response = FileResponse(
        one.file.open("rb"),
        as_attachment=True,
        filename=one.name,
        content_type=one.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@role_required(*OFFICERS)
@on_duty(Duty.PEOPLE)
def recovery_approve(request: Request, pk: int) -> HttpResponse:
    one, form = _of(request, pk), CheckedForm(request.POST)
    if form.is_valid():
        try:
            recovery.approve(one, **form.cleaned_data, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            messages.success(request, "已通过，等待期开始，企业全体人员会收到通知")
            return redirect("tiers:recovery_page", pk)
    return _page(request, one, checked_form=form, form=form)


@require_POST
@role_required(*OFFICERS)
@on_duty(Duty.PEOPLE)
def recovery_refuse(request: Request, pk: int) -> HttpResponse:
    one, form = _of(request, pk), RefusedForm(request.POST)
    if form.is_valid():
        try:
            recovery.refuse(one, **form.cleaned_data, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            messages.success(request, "已办理，申请人凭回执能看到原因")
            return redirect("tiers:recovery_list")
    return _page(request, one, refused_form=form, form=form)


# --- the firm -------------------------------------------------------------


@require_POST
@role_required(Role.ENTERPRISE)
def recovery_stop(request: Request, pk: int) -> HttpResponse:
    """It was not the firm that asked."""
    one = _of(request, pk)
    try:
        recovery.stop(one, by=request.user, at=request.received_at)
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, "已终止，这件申请不能再用来设置密码。主管部门会收到通知")
    return redirect("registry:people")
