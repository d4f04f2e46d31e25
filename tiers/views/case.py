"""The case as its officers see it, and deciding it: fill in, read through, confirm."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from assessments import assessment as self_assessment
from assessments import standard
from registry import audit, policy
from registry.access import OFFICERS, Request, business_date, role_required
from registry.models import AuditEvent, Honour, User, VetoEvent
from registry.policy import Tier
from tiers import agreement, clocks, eligibility, urging, verification, workflow
from tiers.forms.applications import add_refusals
from tiers.forms.decisions import DecisionForm, consequence_of, label_at
from tiers.models import Application, Certification
from tiers.progress import action_label, course, status_label
from tiers.views.firm import events

TRAIL_LENGTH = 50


def by_deadline(cases: QuerySet[Application]) -> QuerySet[Application]:
    """The order of a desk: what is due first on top, then by number."""
    return cases.order_by(F("due_on").asc(nulls_last=True), "number", "pk")


def case_page(
    request: Request, case: Application, form: DecisionForm | None = None
) -> HttpResponse:
    """The whole case on one page, with the action panel where this officer may act."""
    user, on = request.user, business_date(request.received_at)
    waiting = by_deadline(Application.objects.awaiting(user).exclude(pk=case.pk))
    if form is None and workflow.allowed_actions(case, user):
        form = DecisionForm(application=case, by=user, on=on)
    context = {
        "case": case,
        "form": form,
        "may_verify": verification.may_verify(case, user),
        "label": status_label(case),
        "due": clocks.due(case, on),
        "expected": clocks.expectation(case, on),
        "tally": clocks.tally(case, on),
        "next_case": waiting.first(),
        "course": course(case, on),
        "events": events(case, on, names=True),
        "may_urge": urging.may_urge(case, user, on=on),
        "trail": _trail(case, user),
        **_judgement(case, on),
        **_firm(case, user, on),
    }
    return render(request, "tiers/case.html", context)


def _judgement(case: Application, on: date) -> dict[str, Any]:
    """The answers with the verdict on the tier applied for, and what a determination asks again."""
    tier = Tier(case.tier)
    sheet = self_assessment.sheet(case.assessment, tier) if case.assessment else None
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
            (title, title.is_in_force(on)) for title in titles.for_list().order_by("-valid_from")
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
    case, at = get_object_or_404(found, pk=pk), request.received_at
    if request.method != "POST":
        return redirect("tiers:application", case.pk)
    if not workflow.allowed_actions(case, request.user):
        return overtaken(request, case)
    form = DecisionForm(request.POST, application=case, by=request.user, on=business_date(at))
    if not form.is_valid() or "back" in request.POST:
        return case_page(request, case, form)
    if form.cleaned_data["seen"] != case.decisions.count():
        return overtaken(request, case)
    try:
        if "confirmed" not in request.POST:
            return _read_through(request, case, form)
        workflow.act(case, form.action, by=request.user, at=at, **form.details)
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
    stops = workflow.hindrances(case, form.action, by=request.user, on=on, details=form.details)
    if refused := [problem for problem in stops if problem.blocking]:
        raise ValidationError([ValidationError(p.message, code=p.code) for p in refused])
    context = {
        "case": case,
        "form": form,
        "outcome": label_at(form.action, case),
        "consequence": consequence_of(form.action, case),
        "details": form.details,
    }
    return render(request, "tiers/case_confirm.html", context)


def overtaken(request: Request, case: Application) -> HttpResponse:
    """Somebody was quicker, or the case is another office's now: say so, and lead back to it."""
    latest = case.decisions.order_by("-at", "-pk").first()
    context = {
        "case": case,
        "latest": latest,
        "what": action_label(latest.action, latest.step, Tier(case.tier)) if latest else "",
    }
    return render(request, "tiers/overtaken.html", context, status=409)
