"""Site checks: the plan of a round, the form that is filled in on site, its photos, its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from assessments.views.evidence import PREVIEW_POLICY
from registry.access import OFFICERS, Duty, Request, Role, on_duty, role_required
from tiers import agreement, inspection, proceedings
from tiers.forms.applications import add_refusals
from tiers.forms.inspection import NameForm, PlanForm, SignForm
from tiers.models import Application, Inspection, InspectionPhoto, Round
from tiers.progress import status_label

# --- the round ----------------------------------------


def owned_round(request: Request, pk: int) -> Round:
    """A round of the officer's own office whose rules know that the province works on it."""
    own = Round.objects.visible_to(request.user).filter(authority=request.user.authority_id)
    batch: Round = get_object_or_404(own.select_related("authority"), pk=pk)
    if inspection.share(batch) is None:
        raise Http404
    return batch


@role_required(*OFFICERS)
@require_safe
def round_inspect(request: Request, pk: int) -> HttpResponse:
    """Which cases are visited, by whom and when, and how far that is."""
    return _plan_page(request, owned_round(request, pk))


def _plan_page(
    request: Request, batch: Round, form: NameForm | None = None, status: int = 200
) -> HttpResponse:
    visited = Q(inspections__isnull=False)
    here = Q(status=Application.Status.IN_PROGRESS, step="inspect")
    cases = Application.objects.filter(visited | here, round=batch).for_list().distinct()
    visits = inspection.visits(batch, cases.order_by("number"))
    waiting = [one for one in visits if one.waits]
    may = inspection.may_arrange(batch, request.user)
    context = {
        "round": batch,
        "share": inspection.share(batch),
        "visits": visits,
        "undrawn": sum(one.state == "open" for one in waiting),
        "ready": sum(one.passes for one in waiting),
        "nameable": any(one.may_be_named for one in waiting),
        "form": form or NameForm(visits=waiting),
        "may_arrange": may,
        "draws": batch.inspection_draws.order_by("pk"),
    }
    return render(request, "tiers/rounds/inspect.html", context, status=status)


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def round_inspect_draw(request: Request, pk: int) -> HttpResponse:
    batch = owned_round(request, pk)
    try:
        made = inspection.draw(batch, by=request.user, at=request.received_at)
        drawn, among = len(made.drawn), len(made.cases)
        messages.success(request, f"已从 {among} 件中抽取 {drawn} 件，抽取依据列在本页下方")
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:round_inspect", pk)


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def round_inspect_name(request: Request, pk: int) -> HttpResponse:
    batch = owned_round(request, pk)
    waiting = inspection.visits(batch, inspection.waiting(batch))
    form = NameForm(request.POST, visits=waiting)
    if form.is_valid():
        try:
            number = inspection.name(
                batch, **form.cleaned_data, by=request.user, at=request.received_at
            )
            messages.success(request, f"已指定 {number} 件现场核查")
            return redirect("tiers:round_inspect", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _plan_page(request, batch, form, status=422)


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def round_inspect_pass(request: Request, pk: int) -> HttpResponse:
    """Pass on every case that was not drawn or was found fit."""
    batch = owned_round(request, pk)
    try:
        number = proceedings.pass_on(batch, by=request.user, at=request.received_at)
        messages.success(request, f"已办结 {number} 件的现场核查")
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:round_inspect", pk)


# --- the visit ----------------------------------------


def _visit(request: Request, pk: int) -> tuple[Application, Inspection | None]:
    """The case with the latest visit that this person sees."""
    case = get_object_or_404(Application.objects.visible_to(request.user).for_page(), pk=pk)
    seen = Inspection.objects.visible_to(request.user).filter(application=case)
    found = seen.select_related("draw", "application").order_by("-submission").first()
    if found is None and (case.step != "inspect" or request.user.role == Role.ENTERPRISE):
        raise Http404
    if found is not None:
        found.application = case
    return case, found


@role_required(Role.ENTERPRISE, *OFFICERS)
@require_safe
def inspection_page(request: Request, pk: int) -> HttpResponse:
    """To whoever writes it up the form, to everybody else who sees it what was found."""
    return _visit_page(request, *_visit(request, pk))


def _visit_page(
    request: Request,
    case: Application,
    visit: Inspection | None,
    *,
    filled: PlanForm | SignForm | None = None,
    problems: list[str] | None = None,
) -> HttpResponse:
    may = visit is not None and inspection.may_fill_in(visit, request.user)
    context: dict[str, Any] = {
        "case": case,
        "visit": visit,
        "label": status_label(case),
        "officer": request.user.role in OFFICERS,
        "may_fill_in": may,
        "problems": problems or [],
        "shown_form": filled,
    }
    if visit is None:
        context["state"] = inspection.visits(case.round, [case])[0]
    else:
        seen = InspectionPhoto.objects.visible_to(request.user).live()
        context["photos"] = seen.filter(inspection=visit).order_by("pk")
    if visit is not None and may:
        given = {"team": visit.team, "on": visit.on, "seen": visit.version}
        context |= {
            "plan": PlanForm(initial=given),
            "sign": SignForm(initial={"seen": visit.version}),
            "held": agreement.of(case),
        }
    if filled is not None:
        context["plan" if isinstance(filled, PlanForm) else "sign"] = filled
    status = 422 if filled or problems else 200
    return render(request, "tiers/inspection/page.html", context, status=status)


def _writable(request: Request, pk: int) -> tuple[Application, Inspection]:
    case, visit = _visit(request, pk)
    if visit is None:
        raise Http404
    return case, visit


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def inspection_plan(request: Request, pk: int) -> HttpResponse:
    """Who goes and when."""
    return _write(request, pk, PlanForm(request.POST), inspection.plan, "已保存核查安排")


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def inspection_sign(request: Request, pk: int) -> HttpResponse:
    """Put one's name to the result."""
    done = "已签名，核查结果不再改动"
    return _write(request, pk, SignForm(request.POST), inspection.sign, done)


def _write(
    request: Request,
    pk: int,
    form: PlanForm | SignForm,
    act: Callable[..., Inspection],
    done: str,
) -> HttpResponse:
    case, visit = _writable(request, pk)
    if form.is_valid():
        try:
            act(visit, **form.cleaned_data, by=request.user, at=request.received_at)
            messages.success(request, done)
            return redirect("tiers:inspection", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _visit_page(request, case, visit, filled=form)


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def inspection_photo_add(request: Request, pk: int) -> HttpResponse:
    """Keep each photo sent; those refused are said by name."""
    case, visit = _writable(request, pk)
    uploads, problems = request.FILES.getlist("file"), []
    for one in uploads:
        try:
            inspection.add_photo(
                visit, one, name=one.name or "照片", by=request.user, at=request.received_at
            )
        except ValidationError as refusal:
            problems += refusal.messages
    if not uploads:
        problems = ["请拍照或选择照片后再上传"]
    if problems:
        return _visit_page(request, case, visit, problems=problems)
    messages.success(request, f"已上传 {len(uploads)} 张照片")
    return redirect("tiers:inspection", pk)


def _photo(request: Request, pk: int) -> InspectionPhoto:
    seen = InspectionPhoto.objects.visible_to(request.user).live()
    photo: InspectionPhoto = get_object_or_404(seen.select_related("inspection"), pk=pk)
    return photo


@role_required(Role.ENTERPRISE, *OFFICERS)
@require_safe
def inspection_photo(request: Request, pk: int) -> FileResponse:
    photo = _photo(request, pk)
    answer = FileResponse(
        photo.file.open("rb"), filename=photo.name, content_type=photo.content_type
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = PREVIEW_POLICY
    return answer


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def inspection_photo_remove(request: Request, pk: int) -> HttpResponse:
    photo = _photo(request, pk)
    inspection.remove_photo(photo, by=request.user, at=request.received_at)
    messages.success(request, f"已移除“{photo.name}”")
    return redirect("tiers:inspection", photo.inspection.application_id)
