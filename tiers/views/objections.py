"""Objections to a notice: sent in by the public, and opened, given out and answered by the office.

A sealed objection is shown in the answer to the form that states why it is opened: to see it again
is to open it again.
"""

from __future__ import annotations

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from registry.access import (
    OFFICERS,
    Received,
    Request,
    business_date,
    changing,
    ensure_may_change,
    may_change,
    role_required,
)
from registry.views.pages import list_page
from tiers import objections
from tiers.filters import OBJECTION_TABS
from tiers.forms.applications import add_refusals
from tiers.forms.notices import (
    AssignForm,
    FindingForm,
    LetterForm,
    ObjectionForm,
    ReceiptForm,
    UnsealForm,
)
from tiers.listings import OBJECTIONS
from tiers.models import Notice, Objection

KEEP_IT = "请抄下或打印本页，凭回执号和联系电话后四位在这里查询处理结果"

# --- the public -----------------------------------------------------------------


@login_not_required
@never_cache
def notice_object(request: Received, pk: int) -> HttpResponse:
    """Object to a factory on the list, over one's real name."""
    shown = get_object_or_404(Notice.objects.published().select_related("authority"), pk=pk)
    if too_often := request.method == "POST" and consume_or_429(request, action="objection"):
        return too_often
    on = business_date(request.received_at)
    form = ObjectionForm(
        request.POST or None,
        request.FILES or None,
        shown=shown,
        chosen=request.GET.get("case", ""),
    )
    if request.method == "POST" and form.is_valid():
        case = int(form.cleaned_data["application"])
        try:
            made = objections.receive(shown, case, form.said(), at=request.received_at)
            messages.success(request, f"已收到，回执号 {made.receipt}。{KEEP_IT}")
            return redirect("tiers:objection_receipt")
        except ValidationError as refusal:
            add_refusals(form, refusal)
    context = {"shell": "public", "notice": shown, "form": form, "running": shown.is_running(on)}
    return render(request, "tiers/notices/object.html", context)


@login_not_required
@never_cache
def objection_receipt(request: Received) -> HttpResponse:
    """How far an objection is, for whoever has its receipt and the telephone's last digits."""
    if too_often := request.method == "POST" and consume_or_429(request, action="objection"):
        return too_often
    form, found = ReceiptForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        found = objections.found_by(form.cleaned_data["receipt"], form.cleaned_data["digits"])
        if found is None:
            form.add_error(None, "没有查到，请核对回执号和联系电话后四位")
    context = {"shell": "public", "form": form, "objection": found}
    return render(request, "tiers/notices/receipt.html", context)


# --- the office -----------------------------------------------------------------


@role_required(*OFFICERS)
@require_safe
def objection_list(request: Request) -> HttpResponse:
    """Those this person may handle: neither who objects nor what he says is on the list."""
    return list_page(
        request,
        OBJECTIONS,
        "registry/list.html",
        tabs=OBJECTION_TABS,
        lead="对本部门公示提出的异议。您办理过的申报，异议由其他同事处理，不列在这里。",
        crumbs=[("公示公告", reverse("tiers:notice_list"))],
        ways=[("公示台账", reverse("tiers:notice_records"))],
        none="没有异议",
        why="公示期内收到的异议列在这里；异议人和异议内容只在办理时查看，每次都有记录。",
    )


@role_required(*OFFICERS)
@changing
def objection_enter(request: Request, pk: int) -> HttpResponse:
    """收到书面异议: enter a letter that came to the office."""
    own = Notice.objects.visible_to(request.user).published().select_related("round", "authority")
    shown = get_object_or_404(own, pk=pk)
    on = business_date(request.received_at)
    form = LetterForm(request.POST or None, request.FILES or None, shown=shown, on=on)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = objections.enter(
                shown,
                int(given["application"]),
                form.said(),
                received_on=given["received_on"],
                by=request.user,
                at=request.received_at,
            )
            messages.success(request, f"已登记，回执号 {made.receipt}，请告知异议人")
            return redirect("tiers:objection", made.pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return render(request, "tiers/notices/letter.html", {"notice": shown, "form": form})


def _objection(request: Request, pk: int) -> Objection:
    related = ("notice__round", "notice__authority", "handler", "application__factory__enterprise")
    found: Objection = get_object_or_404(
        Objection.objects.visible_to(request.user).select_related(*related), pk=pk
    )
    return found


@role_required(*OFFICERS)
@never_cache
def objection(request: Request, pk: int) -> HttpResponse:
    """How far it is, and what may be done with it; sent a reason, its sealed words."""
    one, form = _objection(request, pk), UnsealForm(request.POST or None)
    opened = False
    if request.method == "POST":
        ensure_may_change(request.user)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            objections.unseal(one, reason=reason, by=request.user, at=request.received_at)
            opened = True
    return _page(request, one, opened=opened, unseal_form=form)


def _page(request: Request, one: Objection, **more: object) -> HttpResponse:
    among = objections.candidates(one)
    context = {
        "objection": one,
        "opened": False,
        "unseal_form": UnsealForm(),
        "assign_form": AssignForm(among=among),
        "finding_form": FindingForm(),
        "may_change": may_change(request.user),
        "is_handler": one.handler_id == request.user.pk,
        **more,
    }
    return render(request, "tiers/notices/objection.html", context)


@role_required(*OFFICERS)
@changing
@require_POST
def objection_proof(request: Request, pk: int) -> HttpResponseBase:
    """The file that came with it: opened like its words, with a reason on record."""
    one = _objection(request, pk)
    if not one.proof:
        raise Http404
    reason = f"下载证明材料：{request.POST.get('reason', '')}"
    objections.unseal(one, reason=reason, by=request.user, at=request.received_at)
    response = FileResponse(
        one.proof.open("rb"),
        as_attachment=True,
        filename=one.proof_name,
        content_type=one.proof_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@role_required(*OFFICERS)
@changing
@require_POST
def objection_assign(request: Request, pk: int) -> HttpResponse:
    """Give it to somebody of the office who had no part in the case."""
    one = _objection(request, pk)
    form = AssignForm(request.POST, among=objections.candidates(one))
    if form.is_valid():
        handler = form.cleaned_data["handler"]
        try:
            objections.assign(one, handler, by=request.user, at=request.received_at)
            messages.success(request, f"已分办给 {handler}")
            return redirect("tiers:objection", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _page(request, one, assign_form=form, form=form)


@role_required(*OFFICERS)
@changing
@require_POST
def objection_handle(request: Request, pk: int) -> HttpResponse:
    """The handler's finding and his answer to the objector."""
    one, form = _objection(request, pk), FindingForm(request.POST)
    if form.is_valid():
        try:
            objections.handle(one, **form.cleaned_data, by=request.user, at=request.received_at)
            messages.success(request, "异议已办结，异议人凭回执号可以看到答复")
            return redirect("tiers:round_notice", one.notice.round_id)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _page(request, one, finding_form=form, form=form)
