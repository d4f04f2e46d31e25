"""Departments asked: the officers' pages of a case and of a round, and the departments' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from assessments.views.evidence import file_answer
from registry import policy
from registry.access import OFFICERS, Request, Role, business_date, may_change, role_required
from registry.policy import StepKind
from registry.views.pages import list_page
from tiers import consultation
from tiers.filters import CONSULTATION_TABS
from tiers.forms.applications import add_refusals
from tiers.forms.consultation import ReasonForm, ReplyForm, SendForm
from tiers.listings import CONSULTATIONS
from tiers.models import Application, Consultation, DepartmentOpinion, Round, SentFile
from tiers.progress import status_label
from tiers.views import stages

# --- officers -------------------------------------------------------------------------------------


@role_required(*OFFICERS)
def case_consultation(request: Request, pk: int) -> HttpResponse:
    """What was sent about one case and what came back; at its step also sending."""
    case = get_object_or_404(Application.objects.visible_to(request.user).for_page(), pk=pk)
    if not stages.conducts(case, StepKind.CONSULT, request.user):
        raise Http404
    on = business_date(request.received_at)
    form = SendForm(request.POST or None, due_on=consultation.default_due(case, on))
    if request.method == "POST" and form.is_valid() and _send(request, [case], form):
        return redirect("tiers:consultation", pk)
    rows = _sent(consultation.current(case), request)
    asked = consultation.departments(case)
    known = {row["sent"].department.code for row in rows}
    rules = policy.get(case.round.policy)
    context = {
        "case": case,
        "label": status_label(case),
        "rows": rows,
        "unsent": [one for one in asked if rules.department_code(one) not in known],
        "earlier": _sent(
            Consultation.objects.filter(application=case).exclude(submission=case.submissions),
            request,
        ),
        "may_conduct": consultation.may_conduct(case, request.user),
        "at_step": consultation.at_step(case),
        "stops": consultation.open_points(case, on=on) if consultation.at_step(case) else [],
        "content": consultation.content_of(case, asked[0]),
        "form": form,
    }
    return render(request, "tiers/consultation/case.html", context)


def _sent(found: Any, request: Request) -> list[dict[str, Any]]:
    """Each department with its words, the latest first."""
    on = business_date(request.received_at)
    rows = found.select_related("department", "application__round")
    rows = rows.prefetch_related("opinions", "files")
    return [_row(one, on) for one in rows.order_by("submission", "department__path")]


def _row(one: Consultation, on: Any) -> dict[str, Any]:
    words = sorted(one.opinions.all(), key=lambda word: word.pk, reverse=True)
    said = words[0] if words else None
    return {
        "sent": one,
        "said": said,
        "words": [
            (word, consultation.veto_name(one, word.veto) if word.veto else "") for word in words
        ],
        "state": consultation.state_of(one, said, on),
        "overdue": said is None and not one.waived_at and one.is_overdue(on),
    }


def _send(request: Request, cases: list[Application], form: SendForm) -> bool:
    try:
        made = consultation.send(
            cases, due_on=form.cleaned_data["due_on"], by=request.user, at=request.received_at
        )
    except ValidationError as refusal:
        add_refusals(form, refusal)
        return False
    messages.success(request, f"已向各部门发出 {len(made)} 份，并通知部门人员")
    return True


@role_required(*OFFICERS)
def round_consult(request: Request, pk: int) -> HttpResponse:
    """The round's cases at this step, department by department; sending all at once."""
    batch = get_object_or_404(
        Round.objects.visible_to(request.user).select_related("authority"), pk=pk
    )
    if not stages.runs(batch, StepKind.CONSULT, request.user):
        raise Http404
    on = business_date(request.received_at)
    waiting = Application.objects.awaiting(request.user).filter(round=batch, step=StepKind.CONSULT)
    cases = list(waiting.for_page().order_by("number", "pk"))
    due_on = consultation.due_under(policy.get(batch.policy), on)
    form = SendForm(request.POST or None, due_on=due_on)
    if request.method == "POST" and form.is_valid():
        chosen = {int(one) for one in request.POST.getlist("case") if one.isdecimal()}
        if _send_chosen(request, [one for one in cases if one.pk in chosen], form):
            return redirect("tiers:round_consult", pk)
    rules = policy.get(batch.policy)
    rows = _table(cases, rules, request)
    context = {
        "round": batch,
        "departments": rules.departments,
        "rows": rows,
        "to_send": sum(row["unsent"] for row in rows),
        "form": form,
        "may_send": may_change(request.user, "complete", batch.tier),
    }
    return render(request, "tiers/consultation/round.html", context)


def _send_chosen(request: Request, cases: list[Application], form: SendForm) -> bool:
    if not cases:
        form.add_error(None, "请选择要发出的申报")
        return False
    return _send(request, cases, form)


def _table(
    cases: list[Application], rules: policy.Policy, request: Request
) -> list[dict[str, Any]]:
    """A line a case with a cell a department, in two queries."""
    on = business_date(request.received_at)
    turns = {case.pk: case.submissions for case in cases}
    sent = (
        Consultation.objects.filter(application__in=cases)
        .select_related("department")
        .prefetch_related("opinions")
    )
    cells = {
        (one.application_id, one.department.code): consultation.state_of(
            one, consultation.latest(one), on
        )
        for one in sent
        if one.submission == turns[one.application_id]
    }
    codes = [rules.department_code(one) for one in rules.departments]
    return [
        {
            "case": case,
            "cells": [cells.get((case.pk, code)) for code in codes],
            "unsent": any((case.pk, code) not in cells for code in codes),
        }
        for case in cases
    ]


def _one(request: Request, pk: int) -> Consultation:
    found = Consultation.objects.visible_to(request.user).select_related(
        "department", "application__round", "application__assessment"
    )
    one: Consultation = get_object_or_404(found, pk=pk)
    if not consultation.may_conduct(one.application, request.user):
        raise PermissionDenied
    return one


@role_required(*OFFICERS)
@require_POST
def consultation_remind(request: Request, pk: int) -> HttpResponse:
    one = _one(request, pk)
    try:
        consultation.remind(one, by=request.user, at=request.received_at)
        messages.success(request, f"已催办{one.department.short_name}")
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:consultation", one.application_id)


@role_required(*OFFICERS)
def consultation_waive(request: Request, pk: int) -> HttpResponse:
    """No answer by the day, taken for no objection, with a reason."""
    done = "{}逾期未答复，已视为无意见"
    return _reasoned(request, pk, consultation.waive, "视为无意见", done)


@role_required(*OFFICERS)
def consultation_lift(request: Request, pk: int) -> HttpResponse:
    """Lift the bar of a veto, with a reason that stays beside what the department said."""
    return _reasoned(request, pk, consultation.lift, "解除否决事项", "已解除{}提出的否决事项")


@role_required(*OFFICERS)
def consultation_attach(request: Request, pk: int) -> HttpResponse:
    """Choose what proves which conditions, for this one department to open."""
    one = _one(request, pk)
    given = set(one.files.values_list("evidence", flat=True))
    if request.method == "POST":
        try:
            items = request.POST.getlist("item")
            count = consultation.attach(one, items=items, by=request.user, at=request.received_at)
            messages.success(request, f"已向{one.department.short_name}提供材料 {count} 个")
            return redirect("tiers:consultation", one.application_id)
        except ValidationError as refusal:
            messages.error(request, "；".join(refusal.messages))
    rows = [
        (item, label, files, all(file.pk in given for file in files))
        for item, (label, files) in consultation.files_of(one.application).items()
    ]
    return render(request, "tiers/consultation/attach.html", {"sent": one, "rows": rows})


@require_safe
def sent_file(request: Request, pk: int) -> FileResponse:
    """A file of the firm's, for the department it was sent to and the office that sent it."""
    found = SentFile.objects.visible_to(request.user).select_related("evidence")
    return file_answer(get_object_or_404(found, pk=pk).evidence, as_attachment=True)


def _reasoned(
    request: Request, pk: int, act: Callable[..., None], title: str, done: str
) -> HttpResponse:
    one = _one(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(one, **form.cleaned_data, by=request.user, at=request.received_at)
            messages.success(request, done.format(one.department.short_name))
            return redirect("tiers:consultation", one.application_id)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    context = {
        "sent": one,
        "title": title,
        "form": form,
        "row": _row(one, business_date(request.received_at)),
    }
    return render(request, "tiers/consultation/reason.html", context)


@require_safe
def opinion_file(request: Request, pk: int) -> FileResponse:
    """The proof of a department's word, for whoever sees the word."""
    found = DepartmentOpinion.objects.visible_to(request.user).exclude(file="")
    return file_answer(get_object_or_404(found, pk=pk), as_attachment=True)


# --- departments ----------------------------------------------------------------------------------


@role_required(Role.DEPARTMENT)
@require_safe
def consultation_list(request: Request) -> HttpResponse:
    """What was sent to the department: what it still has to answer, or all of it."""
    return list_page(request, CONSULTATIONS, "tiers/consultation/list.html", tabs=CONSULTATION_TABS)


@role_required(Role.DEPARTMENT)
def consultation_reply(request: Request, pk: int) -> HttpResponse:
    """What was sent about one case, and the department's answer to it."""
    found = Consultation.objects.visible_to(request.user).prefetch_related("opinions", "files")
    one = get_object_or_404(found.select_related("department", "application__round"), pk=pk)
    may_reply = consultation.may_reply(one, request.user)
    vetoes = {kind: consultation.veto_name(one, kind) for kind in one.content["vetoes"]}
    form = ReplyForm(request.POST or None, request.FILES or None, vetoes=vetoes, initial=_said(one))
    if request.method == "POST":
        if not may_reply:
            raise PermissionDenied
        if form.is_valid() and _reply(request, one, form):
            return redirect("tiers:consultation_reply", pk)
    context = {
        "sent": one,
        "row": _row(one, business_date(request.received_at)),
        "may_reply": may_reply,
        "form": form,
    }
    return render(request, "tiers/consultation/reply.html", context)


def _said(one: Consultation) -> dict[str, str]:
    said = consultation.latest(one)
    if said is None:
        return {}
    return {"answer": said.answer, "ground": said.ground, "veto": said.veto}


def _reply(request: Request, one: Consultation, form: ReplyForm) -> bool:
    given = form.cleaned_data
    upload = given.pop("file", None)
    try:
        consultation.answer(
            one,
            **given,
            upload=upload,
            name=getattr(upload, "name", "") or "",
            by=request.user,
            at=request.received_at,
        )
    except ValidationError as refusal:
        add_refusals(form, refusal)
        return False
    messages.success(request, "已答复，办结前可以更改")
    return True
