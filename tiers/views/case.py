"""The case as its officers see it, and deciding it: fill in, read through, confirm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from assessments import assessment as self_assessment
from assessments import standard
from assessments.assessment import Contents
from registry import audit, policy
from registry.access import OFFICERS, Request, business_date, role_required
from registry.models import AuditEvent, Honour, User, VetoEvent
from registry.policy import Tier
from tiers import (
    agreement,
    clocks,
    eligibility,
    hindrances,
    inspection,
    returns,
    urging,
    verification,
    workflow,
)
from tiers.changes import Since, compared_contents, comparison, history, since, submitted_assessment
from tiers.forms.applications import add_refusals
from tiers.forms.decisions import DecisionForm, consequence_of, label_at, typed_in
from tiers.forms.returns import MOST, PREFIX
from tiers.models import Application, Certification, Decision
from tiers.progress import course, status_label
from tiers.views import renewals, stages
from tiers.views.firm import events, told
from tiers.workflow import Action

TRAIL_LENGTH = 50


def by_deadline(cases: QuerySet[Application]) -> QuerySet[Application]:
    """The order of a desk: what is due first on top, then by number."""
    return cases.order_by(F("due_on").asc(nulls_last=True), "number", "pk")


def case_page(
    request: Request,
    case: Application,
    form: DecisionForm | None = None,
    *,
    missed: Since | None = None,
) -> HttpResponse:
    """The whole case on one page, with the action panel where this officer may act."""
    user, on = request.user, business_date(request.received_at)
    decisions = history(case)
    case.assessment = submitted_assessment(decisions)
    waiting = by_deadline(Application.objects.awaiting(user).exclude(pk=case.pk))
    held = compared_contents(decisions)
    own = held.get(case.assessment_id or 0)
    if form is None and workflow.allowed_actions(case, user):
        form = _form(request, case, None, held=own)
    context = {
        "case": case,
        "form": form,
        "visited": inspection.shown_to(case, user),
        "may_verify": verification.may_verify(case, user),
        "label": status_label(case),
        "due": clocks.due(case, on),
        "expected": clocks.expectation(case, on),
        "tally": clocks.tally(case, on),
        "next_case": waiting.first(),
        "course": course(case, on),
        "returnable": form.returnable if form else {},
        "compared": comparison(decisions, held),
        "returns": _returns(case, decisions),
        "missed": missed,
        "missed_acts": told(case, missed.decisions, names=True) if missed else [],
        "events": events(case, on, names=True),
        "may_urge": urging.may_urge(case, user, on=on),
        "trail": _trail(case, user),
        "stages": stages.of_case(case, user),
        **renewals.of_case(case, held, on),
        **_judgement(case, on, own),
        **_firm(case, user, on),
    }
    return render(request, "tiers/case.html", context, status=409 if missed else 200)


def _form(
    request: Request,
    case: Application,
    data: QueryDict | None,
    *,
    held: Contents | None = None,
    again: bool = False,
) -> DecisionForm:
    return DecisionForm(
        data,
        application=case,
        by=request.user,
        on=business_date(request.received_at),
        targets=returns.targets(case, held).values(),
        again=again,
    )


def _returns(case: Application, decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """The returns, newest first. What the firm says to the items is shown once it is sent in."""
    sent_back = [one for one in decisions if one.action == Action.SEND_BACK]
    waiting = case.status == Application.Status.RETURNED
    return [
        {"decision": one, "items": list(one.items.all()), "answered": number or not waiting}
        for number, one in enumerate(reversed(sent_back))
    ]


def _judgement(case: Application, on: date, held: Contents | None) -> dict[str, Any]:
    """The answers with the verdict on the tier applied for, and what a determination asks again."""
    tier = Tier(case.tier)
    sheet = self_assessment.sheet(case.assessment, tier, held=held) if case.assessment else None
    checked = agreement.of(case, held=sheet.contents if sheet else None)
    return {
        "sheet": sheet,
        "checked": checked,
        "verdict": sheet.result.tiers[tier] if sheet else None,
        "asked_again": eligibility.at_determination(case, on=on, checked=checked),
        "performance": sheet.result.tiers[tier].gate.performance if sheet else "",
    }


def _firm(case: Application, user: User, on: date) -> dict[str, Any]:
    """What is on record about the firm: its titles, older honours, and events that may bar one."""
    enterprise = case.factory.enterprise_id
    rules = policy.get(case.round.policy)
    edition = standard.get(rules.standard)
    honours = Honour.objects.visible_to(user).filter(enterprise=enterprise)
    vetoes = VetoEvent.objects.visible_to(user).filter(enterprise=enterprise)
    titles = Certification.objects.visible_to(user).filter(factory__enterprise=enterprise)
    kinds = {kind.code: kind.name for kind in rules.honour_kinds}
    return {
        "titles": [
            (title, title.standing_on(on)) for title in titles.for_list().order_by("-valid_from")
        ],
        "honours": [
            (honour, kinds.get(honour.kind, honour.kind))
            for honour in honours.select_related("factory").order_by("-awarded_on")
        ],
        "vetoes": [
            (event, eligibility.veto_label(edition, event), edition.bars(event.kind, event.grade))
            for event in vetoes.order_by("-happened_on")
        ],
    }


def _trail(case: Application, user: User) -> list[tuple[AuditEvent, str]]:
    """The latest lines of the trail with their verbs in words."""
    lines = audit.history(case).visible_to(user)[:TRAIL_LENGTH]  # type: ignore[attr-defined]
    return [(line, audit.Verb(line.verb).label) for line in lines]


@role_required(*OFFICERS)
def application_act(request: Request, pk: int) -> HttpResponse:
    """Decide a case in two steps: fill in, then read through on a page of its own and confirm."""
    found = Application.objects.visible_to(request.user).for_page()
    case = get_object_or_404(found, pk=pk)
    if request.method != "POST":
        return redirect("tiers:application", case.pk)
    decisions = history(case)
    case.assessment = submitted_assessment(decisions)
    if not workflow.allowed_actions(case, request.user):
        return overtaken(request, case)
    if "more" in request.POST or "add" in request.POST:
        return case_page(request, case, _form(request, case, _with_row(request.POST), again=True))
    form = _form(request, case, request.POST)
    if not form.is_valid() or "back" in request.POST:
        return case_page(request, case, form)
    if form.cleaned_data["seen"] != len(decisions):
        return overtaken(request, case)
    return _decided(request, case, form)


def _with_row(data: QueryDict) -> QueryDict:
    """What was sent, with one row more, for the thing beside which the button stands."""
    more = data.copy()
    more["outcome"] = Action.SEND_BACK.value
    if target := data.get("add"):
        more[f"{PREFIX}-{MOST}-target"] = target
    return more


def _decided(request: Request, case: Application, form: DecisionForm) -> HttpResponse:
    """The page to read through or, once it is confirmed, the act."""
    at, seen = request.received_at, form.cleaned_data["seen"]
    try:
        if "confirmed" not in request.POST:
            return _read_through(request, case, form)
        workflow.act(case, form.action, by=request.user, at=at, seen=seen, **form.details)
    except workflow.Overtaken:
        return overtaken(request, case)
    except ValidationError as refusal:
        add_refusals(form, refusal)
        return case_page(request, case, form)
    except PermissionDenied:
        return overtaken(request, case)
    messages.success(request, f"已办：{label_at(form.action, case)}，{case.number}")
    return redirect("tiers:application", case.pk)


def _read_through(request: Request, case: Application, form: DecisionForm) -> HttpResponse:
    """The page before the act. Raises ValidationError if something stands in the way already."""
    on = business_date(request.received_at)
    stops = hindrances.of(case, form.action, by=request.user, on=on, details=form.details)
    if refused := [problem for problem in stops if problem.blocking]:
        raise ValidationError([ValidationError(p.message, code=p.code) for p in refused])
    context = {
        "case": case,
        "form": form,
        "outcome": label_at(form.action, case),
        "consequence": consequence_of(form.action, case),
        "details": form.details,
        "items": form.rows.in_words if form.action == Action.SEND_BACK else [],
    }
    return render(request, "tiers/case_confirm.html", context)


def overtaken(request: Request, case: Application) -> HttpResponse:
    """Nothing was decided: what happened meanwhile, what was typed, and the form again where this
    officer may still decide.
    """
    case = Application.objects.visible_to(request.user).for_page().get(pk=case.pk)
    decisions = history(case)
    case.assessment = submitted_assessment(decisions)
    given = request.POST.get("seen", "")
    missed = since(decisions, int(given) if given.isdecimal() else len(decisions))
    if missed.decisions and workflow.allowed_actions(case, request.user):
        data = request.POST.copy()
        data["seen"] = str(len(decisions))
        return case_page(request, case, _form(request, case, data, again=True), missed=missed)
    context = {
        "case": case,
        "label": status_label(case),
        "missed": missed,
        "acts": told(case, missed.decisions, names=True),
        "typed": typed_in(request.POST, returns.targets(case)),
    }
    return render(request, "tiers/overtaken.html", context, status=409)
