"""Formal check: the questions of one case, and the cases of a round with what machines found."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from registry.access import OFFICERS, Request, business_date, may_change, role_required
from registry.policy import StepKind
from tiers import formal_check, proceedings
from tiers.formal_check import Sheet
from tiers.forms.applications import add_refusals
from tiers.forms.formal_check import AnswerForm, BatchForm, given_in
from tiers.models import Application, Round
from tiers.progress import status_label
from tiers.views import stages


@role_required(*OFFICERS)
def case_check(request: Request, pk: int) -> HttpResponse:
    """The questions of one case: to fill in at its step, to read afterwards."""
    case = get_object_or_404(Application.objects.visible_to(request.user).for_page(), pk=pk)
    office = formal_check.office_of(case)
    if office is None or not stages.conducts(case, StepKind.CHECK, request.user):
        raise Http404
    sheet = formal_check.sheets([case], reader=office, on=business_date(request.received_at))[0]
    if request.method != "POST":
        return _page(request, sheet, [AnswerForm(None, line=line) for line in sheet.lines])
    rows = [AnswerForm(request.POST, line=line) for line in sheet.lines]
    if any(row.errors for row in rows):
        return _page(request, sheet, rows, status=422)
    try:
        changed = formal_check.answer(case, given_in(rows), by=request.user, at=request.received_at)
    except ValidationError as refusal:
        _put(rows, refusal)
        return _page(request, sheet, rows, status=422)
    messages.success(request, f"已保存 {changed} 项" if changed else "没有改动")
    return redirect("tiers:formal_check", pk)


def _put(rows: Sequence[AnswerForm], refusal: ValidationError) -> None:
    """Each sentence beside its question."""
    told = refusal.message_dict if hasattr(refusal, "error_dict") else {}
    for row in rows:
        for text in told.get(row.line.question.id, ()):
            row.add_error("note", text)


def _page(
    request: Request, sheet: Sheet, rows: Sequence[AnswerForm], *, status: int = 200
) -> HttpResponse:
    groups: dict[str, list[AnswerForm]] = {}
    for row in rows:
        groups.setdefault(row.line.question.group, []).append(row)
    may = formal_check.may_answer(sheet.case, request.user)
    at_step = formal_check.at_step(sheet.case)
    context = {
        "case": sheet.case,
        "label": status_label(sheet.case),
        "sheet": sheet,
        "groups": list(groups.items()),
        "may_answer": may,
        "stops": formal_check.open_points(sheet.case, on=business_date(request.received_at))
        if at_step
        else [],
        "at_step": at_step,
        "problems": [
            (row["note"].id_for_label, text)
            for row in rows
            for errors in row.errors.values()
            for text in errors
        ],
    }
    return render(request, "tiers/formal_check/case.html", context, status=status)


@role_required(*OFFICERS)
def round_check(request: Request, pk: int) -> HttpResponse:
    """The round's cases at this step with what machines found; those without a finding can be
    passed on together.
    """
    batch = get_object_or_404(
        Round.objects.visible_to(request.user).select_related("authority"), pk=pk
    )
    if not stages.runs(batch, StepKind.CHECK, request.user):
        raise Http404
    form = _batch_form(request, batch)
    if request.method == "POST":
        if not may_change(request.user, "complete", batch.tier):
            raise PermissionDenied
        if form.is_valid() and _complete(request, batch, form):
            return redirect("tiers:round_check", pk)
    cases = _waiting(request, batch)
    on = business_date(request.received_at)
    sheets = formal_check.sheets(cases, reader=batch.authority, on=on)
    chosen = request.POST.getlist("case")
    context = {
        "round": batch,
        "form": form,
        "rows": [
            (sheet, str(sheet.case.pk) in chosen if form.is_bound else not sheet.failed)
            for sheet in sheets
        ],
        "clean": sum(not sheet.failed for sheet in sheets),
        "questions": len(formal_check.edition_for(batch).questions),
        "desk_url": reverse("tiers:desk"),
    }
    return render(request, "tiers/formal_check/round.html", context)


def _batch_form(request: Request, batch: Round) -> BatchForm:
    asked = formal_check.edition_for(batch).by_people
    return BatchForm(request.POST or None, questions=asked)


def _waiting(request: Request, batch: Round) -> list[Application]:
    waiting = Application.objects.awaiting(request.user).filter(round=batch, step=StepKind.CHECK)
    return list(waiting.for_page().order_by("number", "pk"))


def _complete(request: Request, batch: Round, form: BatchForm) -> bool:
    chosen = {int(one) for one in request.POST.getlist("case") if one.isdecimal()}
    cases = [one for one in _waiting(request, batch) if one.pk in chosen]
    try:
        done = proceedings.complete_checks(
            cases,
            form.answers,
            opinion=form.cleaned_data["opinion"],
            by=request.user,
            at=request.received_at,
        )
    except ValidationError as refusal:
        add_refusals(form, refusal)
        return False
    messages.success(request, f"形式审查已办结 {done} 件，转入下一个环节")
    return True
