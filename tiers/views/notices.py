"""Public notices (公示): what the public reads, and the office's page in the round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F, Value
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_POST, require_safe

from registry import workdays
from registry.access import (
    OFFICERS,
    Received,
    Request,
    business_date,
    changing,
    ensure_may_change,
    role_required,
)
from registry.views.pages import list_page
from tiers import notice, objections, proceedings
from tiers.forms.applications import add_refusals
from tiers.forms.notices import NoticeForm, WithdrawForm
from tiers.listings import DETERMINATIONS, NOTICES
from tiers.models import Determination, Notice, Objection, Rereview, Round, Supervision

PER_PAGE = 20
ABOVE = ("公示公告", reverse_lazy("tiers:notice_list"))


# --- the public -----------------------------------------------------------------


@require_safe
@login_not_required
def notice_list(request: Received) -> HttpResponse:
    """Every notice that was ever published and every list of titles issued, the latest first."""
    shown = Notice.objects.published().annotate(kind=Value("notice"), day=F("published_at"))
    issued = Determination.objects.issued().annotate(kind=Value("list"), day=F("issued_at"))
    wanted = ("kind", "pk", "day")
    both = shown.values_list(*wanted).union(issued.values_list(*wanted))
    page = Paginator(both.order_by("-day", "-kind"), PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = _papers(list(page.object_list))
    context = {
        "shell": "public",
        "on": business_date(request.received_at),
        "page": page,
        "officer": getattr(request.user, "role", "") in OFFICERS,
        "rereviews": Rereview.objects.published().order_by("-published_at")[:PER_PAGE],
        "draws": Supervision.objects.published().order_by("-at")[:PER_PAGE],
    }
    return render(request, "tiers/notices/list.html", context)


def _papers(keys: list[tuple[str, int, datetime]]) -> list[tuple[str, Notice | Determination]]:
    """The rows of one page, of both kinds."""
    shown = Notice.objects.select_related("authority")
    issued = Determination.objects.select_related("round__authority")
    rows: dict[str, dict[int, Any]] = {
        "notice": shown.in_bulk([pk for kind, pk, _ in keys if kind == "notice"]),
        "list": issued.in_bulk([pk for kind, pk, _ in keys if kind == "list"]),
    }
    return [(kind, rows[kind][pk]) for kind, pk, _ in keys]


@require_safe
@login_not_required
def notice_page(request: Received, pk: int) -> HttpResponse:
    """One notice as it was frozen, how long it runs, and how to object."""
    found = Notice.objects.published().select_related("authority", "round")
    shown, on = get_object_or_404(found, pk=pk), business_date(request.received_at)
    running = shown.is_running(on)
    context = {
        "shell": "public",
        "notice": shown,
        "running": running,
        "left": workdays.between(on, shown.ends_on) if running and shown.ends_on else 0,
        "on": on,
    }
    return render(request, "tiers/notices/page.html", context)


@require_safe
@login_not_required
def notice_data(request: Received, pk: int) -> HttpResponse:
    """The list as a file whose SHA-256 is the digest on the page."""
    shown = get_object_or_404(Notice.objects.published(), pk=pk)
    response = HttpResponse(notice.as_text(shown.content), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="notice-{shown.pk}.json"'
    return response


# --- the office -----------------------------------------------------------------


@role_required(*OFFICERS)
@require_safe
def notice_records(request: Request) -> HttpResponse:
    """Notices as a list to narrow, sort and take out; with what the office itself prepares."""
    return list_page(
        request,
        NOTICES,
        "registry/list.html",
        lead="已发布的公示，和本部门待发布的公示。",
        crumbs=[ABOVE],
        ways=[
            ("认定公告台账", reverse("tiers:determination_records")),
            ("公示异议", reverse("tiers:objection_list")),
        ],
        none="还没有公示",
        why="拟认定名单公示以后列在这里。",
    )


@role_required(*OFFICERS)
@require_safe
def determination_records(request: Request) -> HttpResponse:
    """Lists of titles issued, likewise."""
    return list_page(
        request,
        DETERMINATIONS,
        "registry/list.html",
        lead="已印发的认定名单公告。",
        crumbs=[ABOVE],
        ways=[("公示台账", reverse("tiers:notice_records"))],
        none="还没有认定公告",
        why="认定名单印发以后列在这里。",
    )


@role_required(*OFFICERS)
def round_notice(request: Request, pk: int) -> HttpResponse:
    """The round's notices: what waits, the draft, the one that runs, and those before."""
    batch = _batch(request, pk)
    shown = list(
        batch.notices.select_related("authority", "prepared_by", "published_by").order_by("-pk")
    )
    form = NoticeForm(request.POST or None, batch=batch, last=_last(batch))
    if request.method == "POST":
        ensure_may_change(request.user)
        if form.is_valid():
            given = {"title": form.cleaned_data["title"], "contact": form.contact()}
            try:
                notice.prepare(batch, **given, by=request.user, at=request.received_at)
                messages.success(request, "名单已准备，请同事核对后发布")
                return redirect("tiers:round_notice", pk)
            except ValidationError as refusal:
                add_refusals(form, refusal)
    context = {
        "round": batch,
        "form": form,
        "waiting": notice.waiting(batch),
        "drafted": next((one for one in shown if one.status == Notice.Status.DRAFT), None),
        "rows": [_row(request, one) for one in shown if one.status != Notice.Status.DRAFT],
        "withdraw_form": WithdrawForm(),
        "may_manage": notice.may_manage(batch, request.user),
    }
    return render(request, "tiers/notices/office.html", context)


def _batch(request: Request, pk: int) -> Round:
    """A round whose cases this officer's office publicises."""
    own = Round.objects.visible_to(request.user).filter(authority=request.user.authority_id)
    batch: Round = get_object_or_404(own.select_related("authority"), pk=pk)
    if notice.level(batch) != request.user.role:
        raise Http404
    return batch


def _last(batch: Round) -> Notice | None:
    """The office's latest notice, for its telephone and addresses."""
    found: Notice | None = Notice.objects.filter(authority=batch.authority).order_by("-pk").first()
    return found


def _row(request: Request, shown: Notice) -> dict[str, object]:
    """One published notice with its objections: what they say is for those who may open them."""
    on = business_date(request.received_at)
    found = Objection.objects.filter(notice=shown).select_related("application__factory")
    brought = list(found.order_by("pk"))
    mine = set(Objection.objects.visible_to(request.user).values_list("pk", flat=True))
    stuck = objections.stuck(brought, shown.authority)
    return {
        "notice": shown,
        "objections": [(one, one.pk in mine, one.pk in stuck) for one in brought],
        "stuck": f"{objections.NOBODY}。{objections.MEND}" if stuck else "",
        "stops": notice.closing_stops(shown, on) if shown.status == "notice" else [],
        "running": shown.is_running(on),
    }


def _managed(request: Request, pk: int) -> Notice:
    shown: Notice = get_object_or_404(
        Notice.objects.visible_to(request.user).select_related("round__authority"), pk=pk
    )
    return shown


def _do(request: Request, shown: Notice, act: Callable[[], Notice], done: str) -> HttpResponse:
    try:
        act()
        messages.success(request, done)
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:round_notice", shown.round_id)


@role_required(*OFFICERS)
@changing
@require_POST
def notice_publish(request: Request, pk: int) -> HttpResponse:
    shown, at = _managed(request, pk), request.received_at
    done = "已发布，公示从今天开始"
    return _do(request, shown, lambda: notice.publish(shown, by=request.user, at=at), done)


@role_required(*OFFICERS)
@changing
@require_POST
def notice_withdraw(request: Request, pk: int) -> HttpResponse:
    shown, at, reason = _managed(request, pk), request.received_at, request.POST.get("reason", "")
    done = "已撤回，申报回到等待公示"
    return _do(
        request,
        shown,
        lambda: notice.withdraw(shown, reason=reason, by=request.user, at=at),
        done,
    )


@role_required(*OFFICERS)
@changing
@require_POST
def notice_close(request: Request, pk: int) -> HttpResponse:
    shown, at = _managed(request, pk), request.received_at
    done = "公示已办结，没有成立异议的申报进入认定"
    return _do(
        request, shown, lambda: proceedings.close_notice(shown, by=request.user, at=at), done
    )
