"""The draw of a round, what the review has come to, and the draw as everybody can read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from registry.access import Request, Role, business_date, changing, may_change, role_required
from registry.views.pages import form_page
from tiers import chain, experts
from tiers.experts import draw, panels
from tiers.experts.sheet import ScoreSheet
from tiers.forms.experts import (
    AvoidanceDecisionForm,
    AvoidanceForm,
    ConclusionForm,
    ReasonForm,
)
from tiers.models import (
    Application,
    Assignment,
    AvoidanceRequest,
    ReviewOpinion,
    ReviewPanel,
    Round,
)


def reviewed_round(request: Request, pk: int) -> Round:
    """A round of the officer's own office that has a review by its rules."""
    own = Round.objects.visible_to(request.user).filter(authority=request.user.authority_id)
    batch = get_object_or_404(own.select_related("authority"), pk=pk)
    if not experts.has_review(batch):
        raise Http404
    return batch


# --- the draw ----------------------------------------


@role_required(Role.PROVINCE)
@require_safe
def round_experts(request: Request, pk: int) -> HttpResponse:
    """Where the drawing of a round stands: who waits, what is frozen, who has which case."""
    batch = reviewed_round(request, pk)
    cases = panels.in_review(batch)
    drawn = batch.panels.order_by("-number").select_related("replaces")
    given = set(drawn.filter(assignments__given_at__isnull=False).values_list("pk", flat=True))
    asked = AvoidanceRequest.objects.visible_to(request.user).filter(application__round=batch)
    context = {
        "round": batch,
        "rule": experts.rule_of(batch),
        "cases": [(case, panels.of_submission(case)) for case in cases],
        "lacking": sum(1 for case in cases if experts.seats_open(case)),
        "pool": len(experts.serving(batch.authority, business_date(request.received_at))),
        "panels": [(one, one.pk not in given and not one.superseded_at) for one in drawn],
        "frozen": next((one for one in drawn if not one.drawn_at and not one.superseded_at), None),
        "asked": asked.select_related("application__factory__enterprise", "expert").order_by("pk"),
        "may_change": may_change(request.user),
    }
    return render(request, "tiers/experts/round.html", context)


def _done(request: Request, act: Callable[[], object], words: str, back: str) -> HttpResponse:
    """Do it and say so, or say why not, on the page it was asked from."""
    try:
        act()
        messages.success(request, words)
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect(back)


@require_POST
@role_required(Role.PROVINCE)
@changing
def round_freeze(request: Request, pk: int) -> HttpResponse:
    batch = reviewed_round(request, pk)
    return _done(
        request,
        lambda: experts.freeze(batch, by=request.user, at=request.received_at),
        "名单已冻结并公开，请核对后抽取",
        reverse("tiers:round_experts", args=[batch.pk]),
    )


def _panel(request: Request, pk: int) -> ReviewPanel:
    found = ReviewPanel.objects.visible_to(request.user).select_related("round__authority")
    return get_object_or_404(found, pk=pk)


@require_POST
@role_required(Role.PROVINCE)
@changing
def panel_cast(request: Request, pk: int) -> HttpResponse:
    panel = _panel(request, pk)
    return _done(
        request,
        lambda: experts.cast(panel, by=request.user, at=request.received_at),
        "已抽取，种子和结果已公开，并通知被抽取的专家",
        reverse("tiers:round_experts", args=[panel.round_id]),
    )


@role_required(Role.PROVINCE)
@changing
def panel_redraw(request: Request, pk: int) -> HttpResponse:
    panel = _panel(request, pk)
    form = ReasonForm(request.POST or None)
    back = reverse("tiers:round_experts", args=[panel.round_id])
    return form_page(
        request,
        form,
        lambda: experts.redraw(panel, **form.cleaned_data, by=request.user, at=request.received_at),
        done="原抽取已作废，名单已重新冻结，请核对后抽取",
        then=back,
        title="重新抽取",
        lead="原来的名单、种子和结果仍然公开，原因一并公开。已分配的评审任务撤回。",
        crumbs=[
            (panel.round.title, reverse("tiers:round", args=[panel.round_id])),
            ("专家抽取", back),
        ],
        button="作废并重新冻结名单",
        back=back,
        back_label="返回专家抽取",
    )


# --- avoidance ----------------------------------------


@role_required(Role.PROVINCE)
@changing
def avoidance_decide(request: Request, pk: int) -> HttpResponse:
    """Grant or refuse what a firm asked for."""
    found = AvoidanceRequest.objects.visible_to(request.user).select_related(
        "application__round__authority", "application__factory__enterprise"
    )
    asked = get_object_or_404(found, pk=pk)
    batch = asked.application.round
    serving = experts.serving(batch.authority, business_date(request.received_at))
    form = AvoidanceDecisionForm(request.POST or None, experts=serving)
    back = reverse("tiers:round_experts", args=[batch.pk])

    def act() -> AvoidanceRequest:
        given = form.cleaned_data
        return experts.decide_avoidance(
            asked,
            granted=given["granted"] == "yes",
            answer=given["answer"],
            expert=given["expert"],
            by=request.user,
            at=request.received_at,
        )

    firm = asked.application.factory.enterprise.name
    employer = f"（{asked.employer}）" if asked.employer else ""
    return form_page(
        request,
        form,
        act,
        done="已决定，并通知企业",
        then=back,
        title="决定回避申请",
        lead=f"{asked.application.number} {firm}申请 {asked.person}{employer} 回避：{asked.reason}",
        crumbs=[(batch.title, reverse("tiers:round", args=[batch.pk])), ("专家抽取", back)],
        button="保存决定",
        back=back,
        back_label="返回专家抽取",
    )


@role_required(Role.ENTERPRISE)
@changing
def avoidance_new(request: Request, pk: int) -> HttpResponse:
    """A firm asks that somebody be kept from its case."""
    found = Application.objects.visible_to(request.user).select_related("factory", "round")
    case = get_object_or_404(found, pk=pk)
    if not experts.may_request(case, request.user):
        raise PermissionDenied("专家抽取以后不再受理回避申请")
    form = AvoidanceForm(request.POST or None)
    back = reverse("tiers:application", args=[case.pk])
    return form_page(
        request,
        form,
        lambda: experts.request_avoidance(
            case, **form.cleaned_data, by=request.user, at=request.received_at
        ),
        done="已提交回避申请",
        then=back,
        title="申请专家回避",
        lead="专家名单不公开。认为某位专家不宜评审本件的，在抽取专家以前提出，由省级主管部门决定。",
        crumbs=[("我的申报", reverse("tiers:application_list")), (str(case), back)],
        button="提交回避申请",
        back=back,
        back_label="返回申报",
    )


# --- what it has come to ----------------------------------------


@role_required(Role.PROVINCE)
@require_safe
def round_review(request: Request, pk: int) -> HttpResponse:
    """Marks, spread, outliers and both ranks of every case in review."""
    batch = reviewed_round(request, pk)
    context = {
        "round": batch,
        "rule": experts.rule_of(batch),
        "sheet": experts.sheet_of(batch),
        "lines": experts.summary(batch),
        "may_change": may_change(request.user),
    }
    return render(request, "tiers/experts/summary.html", context)


@role_required(Role.PROVINCE)
@changing
def review_conclude(request: Request, pk: int) -> HttpResponse:
    """The 评审意见 of one case, beside what its experts wrote without their names."""
    found = Application.objects.visible_to(request.user).select_related(
        "round__authority", "factory__enterprise"
    )
    case = get_object_or_404(found.prefetch_related("assignments__expert"), pk=pk)
    if not (experts.may_run(case.round, request.user) and chain.at_desk(case, request.user)):
        raise Http404
    written = ReviewOpinion.objects.filter(application=case, submission=case.submissions).first()
    form = ConclusionForm(request.POST or None, initial={"text": written.text if written else ""})
    back = reverse("tiers:round_review", args=[case.round_id])
    sheet = experts.sheet_of(case.round)
    given = [one for one in panels.live(case) if one.given_at]
    return form_page(
        request,
        form,
        lambda: experts.conclude(
            case, text=form.cleaned_data["text"], by=request.user, at=request.received_at
        ),
        done=f"已保存 {case.number} 的评审意见",
        then=back,
        template="tiers/experts/conclude.html",
        case=case,
        given=[(one, sheet_lines(sheet, one)) for one in given],
        back=back,
    )


def sheet_lines(sheet: ScoreSheet, task: Assignment) -> list[dict[str, object]]:
    """Dimension, mark and note of one sheet as it was filled in."""
    return [
        {"of": one, "mark": task.scores.get(one.key), "note": task.notes.get(one.key, "")}
        for one in sheet.dimensions
    ]


# --- what everybody can read ----------------------------------------


@login_not_required
@require_safe
def draw_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One draw: the frozen lists by numbers and codes, digest, seed and result."""
    found = ReviewPanel.objects.select_related("round__authority", "replaces", "replaced_by")
    panel = get_object_or_404(found, pk=pk)
    barred: dict[str, list[str]] = {}
    for number, code in panel.lists["conflicts"]:
        barred.setdefault(number, []).append(code)
    context = {
        "panel": panel,
        "replaced_by": getattr(panel, "replaced_by", None),
        "known": experts.fields_known(),
        "cases": [
            (one, barred.get(one["number"], []), panel.result.get(one["number"], []))
            for one in panel.lists["cases"]
        ],
    }
    return render(request, "tiers/experts/draw.html", context)


@login_not_required
@require_safe
def draw_record(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as JSON, for the script that repeats it."""
    panel = get_object_or_404(ReviewPanel, pk=pk)
    record = {
        "lists": panel.lists,
        "digest": panel.digest,
        "seed": panel.seed,
        "result": panel.result,
    }
    response = JsonResponse(record, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="draw-{panel.pk}.json"'
    return response


@login_not_required
@require_safe
def draw_script(request: HttpRequest) -> HttpResponse:
    """The draw itself as a file that runs by itself."""
    text = Path(draw.__file__).read_text(encoding="utf-8")
    response = HttpResponse(text, content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="draw.py"'
    return response
