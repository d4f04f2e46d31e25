"""Campaigns of re-review: opened, followed, worked through and determined; what a firm sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from registry import policy
from registry.access import (
    OFFICERS,
    Received,
    Request,
    Role,
    business_date,
    changing,
    of_a_firm,
    role_required,
)
from registry.models import Honour
from registry.views.pages import list_page
from tiers import rereview
from tiers.forms.applications import add_refusals
from tiers.forms.rereview import (
    DetermineForm,
    ExtendForm,
    ManyForm,
    OpenForm,
    WordForm,
    box_of,
)
from tiers.listings import FORMER_TITLES, REREVIEW_ITEMS, REREVIEWS
from tiers.models import Rereview, RereviewItem
from tiers.rereview import Line, Row

PER_PAGE = 50
SHOWN_REFUSALS = 10


@role_required(Role.ENTERPRISE, *OFFICERS)
@of_a_firm
@require_safe
def rereview_list(request: Request) -> HttpResponse:
    """The campaigns there are for this person, newest first."""
    may = bool(rereview.subjects(request.user, business_date(request.received_at)))
    return list_page(request, REREVIEWS, "tiers/rereview/list.html", may_open=may)


@role_required(*OFFICERS)
@require_safe
def rereview_findings(request: Request) -> HttpResponse:
    """What was found of every holder, campaign by campaign, to whoever may see it."""
    return list_page(
        request,
        REREVIEW_ITEMS,
        "registry/list.html",
        lead="各批次对持有称号的工厂的复核意见。认定以前只有组织部门和上级能看到。",
        crumbs=[("集中复核", reverse("tiers:rereview_list"))],
        none="还没有复核意见",
        why="集中复核中填写意见以后列在这里。",
    )


@role_required(*OFFICERS)
@require_safe
def former_titles(request: Request) -> HttpResponse:
    """The honours that are, or were, looked at again together."""
    return list_page(
        request,
        FORMER_TITLES,
        "registry/list.html",
        lead="按规则集中复核的称号，和持有它们的企业、工厂。",
        crumbs=[("集中复核", reverse("tiers:rereview_list"))],
        none="还没有以往称号",
        why="规则要求集中复核的称号导入或登记以后列在这里。",
    )


@role_required(*OFFICERS)
@changing
def rereview_new(request: Request) -> HttpResponse:
    on = business_date(request.received_at)
    subjects = rereview.subjects(request.user, on)
    if not subjects:
        raise PermissionDenied("按规则，本部门没有要集中复核的称号")
    form = OpenForm(request.POST or None, subjects=subjects, on=on)
    if request.method == "POST" and form.is_valid():
        try:
            made = rereview.open_campaign(
                form.cleaned_data["subject"], form.plan, by=request.user, at=request.received_at
            )
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            messages.success(request, "已开展集中复核，持有称号的企业会收到站内信")
            return redirect("tiers:rereview", made.pk)
    return render(request, "tiers/rereview/new.html", {"form": form})


def _of(request: Request, pk: int) -> Rereview:
    found = Rereview.objects.visible_to(request.user).select_related("authority")
    campaign: Rereview = get_object_or_404(found, pk=pk)
    return campaign


@role_required(Role.ENTERPRISE, *OFFICERS)
@require_safe
def rereview_page(request: Request, pk: int) -> HttpResponse:
    """To a firm how its own factories stand; to an office every holder below it."""
    campaign, on = _of(request, pk), business_date(request.received_at)
    if request.user.role == Role.ENTERPRISE:
        return _firm_page(request, campaign, on)
    if campaign.determined_at is not None:
        return _settled_page(request, campaign)
    return _page(request, campaign, on)


def _firm_page(request: Request, campaign: Rereview, on: date) -> HttpResponse:
    rows = dict(rereview.of_firm(request.user, on)).get(campaign, [])
    mine = RereviewItem.objects.visible_to(request.user).filter(rereview=campaign)
    context = {
        "on": on,
        "campaign": campaign,
        "honour_name": _honour_name(campaign),
        "rows": rows,
        "to_assess": on <= campaign.closes_on and any(r.state in rereview.UNASSESSED for r in rows),
        "items": mine.select_related("honour", "factory", "title").order_by("pk"),
    }
    return render(request, "tiers/rereview/firm.html", context)


def _honour_name(campaign: Rereview) -> str:
    return policy.get(campaign.policy).honour_kind(campaign.honour_kind).name


def _settled_page(request: Request, campaign: Rereview) -> HttpResponse:
    rows = rereview.results(campaign, request.user.authority_path)
    context = {
        "campaign": campaign,
        "honour_name": _honour_name(campaign),
        "counts": _counts(rows),
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "may_publish": rereview.may_publish(campaign, request.user),
    }
    return render(request, "tiers/rereview/settled.html", context)


def _counts(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [
        (outcome.label, sum(row["outcome"] == outcome for row in rows))
        for outcome in RereviewItem.Outcome
    ]


def _page(
    request: Request,
    campaign: Rereview,
    on: date,
    *,
    many: ManyForm | None = None,
    determining: DetermineForm | None = None,
) -> HttpResponse:
    sees = rereview.sees_findings(campaign, request.user)
    path = request.user.authority_path
    now = rereview.table(campaign, on=on, path=path, findings=sees)
    asked = request.GET.get("state", "")
    rows = now.of(asked) if asked in rereview.STATES else list(now.rows)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    filled = many or ManyForm(initial={"seen": now.digest})
    context = {
        "on": on,
        "campaign": campaign,
        "honour_name": _honour_name(campaign),
        "table": now,
        "sees": sees,
        "asked": asked if asked in rereview.STATES else "",
        "page": page,
        "lines": [(row, box_of(row), filled.is_ticked(row)) for row in page],
        "may_handle": rereview.may_handle(campaign, request.user),
        "over": on > campaign.closes_on,
        "passing": len(now.of(RereviewItem.Outcome.PASS)),
        "unassessed": len(now.of(*rereview.UNASSESSED)),
        "many": filled,
        "determining": determining or DetermineForm(initial={"seen": now.digest}),
    }
    status = 422 if many or determining else 200
    return render(request, "tiers/rereview/page.html", context, status=status)


# --- work ----------------------------------------


def _handled(request: Request, pk: int) -> Rereview:
    """A campaign that this person works on; a determined one is left to the act's own words."""
    campaign = _of(request, pk)
    if campaign.authority_id != request.user.authority_id:
        raise Http404
    return campaign


@role_required(*OFFICERS)
@changing
@require_POST
def rereview_find(request: Request, pk: int) -> HttpResponse:
    """The same finding for many holders; those refused are named with the reason."""
    campaign, at = _handled(request, pk), request.received_at
    form = ManyForm(request.POST)
    if form.is_valid():
        try:
            seen = _chosen(campaign, form, business_date(at))
            _report(request, rereview.find(campaign, form.word, seen, by=request.user, at=at))
            return redirect("tiers:rereview", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _page(request, campaign, business_date(at), many=form)


def _chosen(campaign: Rereview, form: ManyForm, on: date) -> dict[int, str]:
    """The rows ticked, or all that reach the tier if they still are what was on the screen."""
    if form.cleaned_data["extent"] == "ticked":
        return form.ticked
    now = rereview.table(campaign, on=on)
    if now.digest != form.cleaned_data["seen"]:
        raise ValidationError(rereview.STALE, code="stale")
    return {row.honour.pk: row.mark for row in now.of(rereview.REACHED)}


def _report(request: Request, lines: list[Line]) -> None:
    refused = [line for line in lines if line.refusal]
    if len(refused) < len(lines):
        messages.success(request, f"已填写 {len(lines) - len(refused)} 座工厂的复核意见")
    for line in refused[:SHOWN_REFUSALS]:
        messages.warning(request, f"{line.name}没有填写：{line.refusal}")
    if len(refused) > SHOWN_REFUSALS:
        more = len(refused) - SHOWN_REFUSALS
        messages.warning(request, f"另有 {more} 座没有填写，请逐座办理")


@role_required(*OFFICERS)
def rereview_holder(request: Request, pk: int, entry: int) -> HttpResponse:
    """One holder: its honour, what the machine says, earlier campaigns, and the finding."""
    campaign, on = _of(request, pk), business_date(request.received_at)
    if campaign.determined_at is not None:
        honour = get_object_or_404(Honour.objects.visible_to(request.user), pk=entry)
        return redirect("tiers:honour", honour.pk)
    sees = rereview.sees_findings(campaign, request.user)
    rows = rereview.table(
        campaign, on=on, path=request.user.authority_path, findings=sees, pk=entry
    ).rows
    if not rows:
        raise Http404
    row, may = rows[0], rereview.may_handle(campaign, request.user)
    form = WordForm(request.POST or None, initial=_initial(row))
    if request.method == "POST" and not may:
        raise PermissionDenied("集中复核由组织部门办理")
    if request.method == "POST" and form.is_valid():
        try:
            seen = {entry: request.POST.get("mark", "")}
            lines = rereview.find(
                campaign, form.word, seen, by=request.user, at=request.received_at
            )
            if lines[0].refusal:
                raise ValidationError(lines[0].refusal)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            messages.success(request, f"已填写{row.name}的复核意见")
            return redirect("tiers:rereview", pk)
    return _holder_page(request, campaign, row, form if may else None)


def _initial(row: Row) -> dict[str, Any]:
    return {"outcome": row.item.outcome, "reason": row.item.reason} if row.item else {}


def _holder_page(
    request: Request, campaign: Rereview, row: Row, form: WordForm | None
) -> HttpResponse:
    earlier = RereviewItem.objects.visible_to(request.user).determined()
    context = {
        "campaign": campaign,
        "honour_name": _honour_name(campaign),
        "row": row,
        "form": form,
        "earlier": earlier.filter(honour=row.honour).select_related("rereview").order_by("-at"),
        "checks": row.honour.checks.filter(tier=campaign.tier).order_by("-at"),
    }
    return render(
        request,
        "tiers/rereview/holder.html",
        context,
        status=422 if form and form.errors else 200,
    )


@role_required(*OFFICERS)
@changing
def rereview_extend(request: Request, pk: int) -> HttpResponse:
    campaign = _handled(request, pk)
    form = ExtendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rereview.extend(campaign, **form.cleaned_data, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            messages.success(request, "已延长自评截止日期，并通知企业")
            return redirect("tiers:rereview", pk)
    return render(request, "tiers/rereview/extend.html", {"campaign": campaign, "form": form})


@role_required(*OFFICERS)
@changing
@require_POST
def rereview_remind(request: Request, pk: int) -> HttpResponse:
    def act(campaign: Rereview) -> str:
        told = rereview.remind(campaign, by=request.user, at=request.received_at)
        return f"已催报 {told} 座工厂的自评"

    return _act(request, pk, act)


@role_required(*OFFICERS)
@changing
@require_POST
def rereview_confirm(request: Request, pk: int) -> HttpResponse:
    """A second person puts his name to the list that was on the screen."""

    def act(campaign: Rereview) -> str:
        seen = request.POST.get("seen", "")
        rereview.confirm(campaign, seen=seen, by=request.user, at=request.received_at)
        return "已确认。名单或意见再有变化，确认即失效"

    return _act(request, pk, act)


@role_required(*OFFICERS)
@changing
@require_POST
def rereview_publish(request: Request, pk: int) -> HttpResponse:
    def act(campaign: Rereview) -> str:
        rereview.publish(campaign, by=request.user, at=request.received_at)
        return "已公布集中复核结果"

    return _act(request, pk, act)


def _act(request: Request, pk: int, act: Callable[[Rereview], str]) -> HttpResponse:
    campaign = _handled(request, pk)
    try:
        messages.success(request, act(campaign))
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:rereview", pk)


@role_required(*OFFICERS)
@changing
@require_POST
def rereview_determine(request: Request, pk: int) -> HttpResponse:
    """All titles of the confirmed list under one document."""
    campaign, at = _handled(request, pk), request.received_at
    form = DetermineForm(request.POST)
    if form.is_valid():
        try:
            rereview.determine(campaign, **form.cleaned_data, by=request.user, at=at)
            messages.success(request, "已认定，企业会收到站内信")
            return redirect("tiers:rereview", pk)
        except ValidationError as refusal:
            if campaign.determined_at is not None:
                messages.error(request, "；".join(refusal.messages))
                return redirect("tiers:rereview", pk)
            add_refusals(form, refusal)
    return _page(request, campaign, business_date(at), determining=form)


# --- for everybody ----------------------------------------


@login_not_required
@require_safe
def rereview_result(request: Received, pk: int) -> HttpResponse:
    """What came of a campaign, once its office has published it."""
    published = Rereview.objects.published().select_related("authority")
    campaign = get_object_or_404(published, pk=pk)
    context = {
        "shell": "public",
        "campaign": campaign,
        "honour_name": _honour_name(campaign),
        "parts": [
            (outcome.label, [row for row in campaign.frozen if row["outcome"] == outcome])
            for outcome in (RereviewItem.Outcome.PASS, RereviewItem.Outcome.FAIL)
        ],
    }
    return render(request, "tiers/rereview/result.html", context)
