"""The firm's side of a case: list, new application, task list, checking, receipt, withdrawing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from assessments import assessment as self_assessment
from registry.access import Request, Role, business_date, changing, of_a_firm, role_required
from registry.enterprises import is_confirmed, managers_of
from registry.policy import Tier
from registry.views.pages import way_back
from tiers import (
    agreement,
    clocks,
    drafts,
    eligibility,
    experts,
    inspection,
    renewal,
    returns,
    urging,
    workflow,
)
from tiers.filters import ApplicationFilter
from tiers.forms.applications import (
    ChooseAssessmentForm,
    DeclarationForm,
    NewApplicationForm,
    add_refusals,
)
from tiers.models import Application
from tiers.progress import course, invitations, returned_by
from tiers.views import returns as returned
from tiers.views.case import case_page
from tiers.views.conditions import conditions
from tiers.views.firm import events, receipt, rows, tasks
from tiers.workflow import Action

PER_PAGE = 20


def _case(request: Request, pk: int) -> Application:
    return get_object_or_404(Application.objects.visible_to(request.user).for_page(), pk=pk)


@role_required(Role.ENTERPRISE)
@require_safe
@of_a_firm
def application_list(request: Request) -> HttpResponse:
    """The firm's applications, the newest first, and the rounds that are open to it."""
    on = business_date(request.received_at)
    own = Application.objects.visible_to(request.user).for_list().order_by("-created_at", "-pk")
    filterset = ApplicationFilter(request.GET, queryset=own, request=request)
    page = Paginator(filterset.qs, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filterset": filterset,
        "page": page,
        "rows": rows(page.object_list, on),
        "invitations": invitations(request.user, on),
        "today": on,
    }
    return render(request, "tiers/application_list.html", context)


@role_required(Role.ENTERPRISE)
@of_a_firm
@changing
def application_new(request: Request) -> HttpResponse:
    """Choose factory and round, see what stands in the way, open a draft."""
    at = request.received_at
    on = business_date(at)
    given = request.POST if request.method == "POST" else request.GET or None
    form = NewApplicationForm(given, user=request.user, on=on)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else None
    if chosen and request.method == "POST":
        try:
            application = drafts.start(chosen["factory"], chosen["round"], by=request.user, at=at)
            return redirect("tiers:application", application.pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    context: dict[str, object] = {
        "form": form,
        "chosen": chosen,
        "offers": invitations(request.user, on),
    }
    if chosen:
        context |= _outlook(request, chosen, on)
    return render(request, "tiers/application_new.html", context)


def _outlook(request: Request, chosen: dict, on: date) -> dict[str, object]:
    """What an application with this factory in this round would meet today."""
    factory, batch = chosen["factory"], chosen["round"]
    planned = Application(
        factory=factory,
        round=batch,
        tier=batch.tier,
        assessment=drafts.latest_assessment(factory),
    )
    standing = Application.objects.visible_to(request.user).open()
    return {
        **_hindrances(request, planned, on),
        "standing": standing.filter(factory=factory, tier=batch.tier).first(),
    }


def _hindrances(request: Request, case: Application, on: date) -> dict[str, object]:
    """What stands in the way of this person's submitting the case today, for the page."""
    user = request.user
    found = eligibility.problems(case, by=user, on=on, confirmed=is_confirmed(user))
    found += returns.unanswered(case)
    found += renewal.open_points(case, on=on)
    return {
        "tasks": tasks(case, found) if case.pk else [],
        "conditions": conditions(found, case),
        "blocked": any(problem.blocking for problem in found),
    }


@require_safe
def application(request: Request, pk: int) -> HttpResponse:
    """One case: for the firm its task list and progress, for an officer the case page."""
    case = _case(request, pk)
    if request.user.role != Role.ENTERPRISE:
        return case_page(request, case)
    return _firm_page(request, case, returned.lines(case))


def _firm_page(
    request: Request, case: Application, lines: Sequence[returned.Line], status: int = 200
) -> HttpResponse:
    """The firm's page of a case, also after an answer that was not complete."""
    on = business_date(request.received_at)
    allowed = workflow.allowed_actions(case, request.user)
    context = {
        "case": case,
        "row": rows([case], on)[0],
        "can_submit": Action.SUBMIT in allowed,
        "can_withdraw": Action.WITHDRAW in allowed,
        "avoidances": case.avoidances.order_by("pk"),
        "may_ask_avoidance": experts.may_request(case, request.user),
        "can_prepare": workflow.may_prepare(case, request.user),
        "returned": returned_by(case),
        "verified": agreement.shown_to(case, request.user),
        "visited": inspection.shown_to(case, request.user),
        "times": returns.times(case),
        "lines": lines,
        "left": returned.unanswered(lines),
        "problems": [e for line in lines for errors in line.form.errors.values() for e in errors],
        "course": course(case, on),
        "events": events(case, on),
        "expected": clocks.expectation(case, on),
        "tally": clocks.tally(case, on),
        "may_urge": urging.may_urge(case, request.user, on=on),
    }
    if context["can_prepare"]:
        context |= _hindrances(request, case, on)
    return render(request, "tiers/application.html", context, status=status)


@role_required(Role.ENTERPRISE)
def application_answers(request: Request, pk: int) -> HttpResponse:
    """Answer the items of a return, some or all of them."""
    case = _case(request, pk)
    if request.method == "POST" and Action.SUBMIT in workflow.allowed_actions(case, request.user):
        refused = returned.answered(request, case)
        if refused:
            return _firm_page(request, case, refused, status=422)
    return redirect(f"{reverse('tiers:application', args=[case.pk])}#returned")


@role_required(Role.ENTERPRISE)
@changing
def application_assessment(request: Request, pk: int) -> HttpResponse:
    """Choose the locked assessment on which the application rests."""
    case = _case(request, pk)
    if not workflow.may_prepare(case, request.user):
        return redirect("tiers:application", case.pk)
    back = way_back(request, reverse("tiers:application", args=[case.pk]))
    form = ChooseAssessmentForm(
        request.POST or None,
        application=case,
        user=request.user,
        initial={"assessment": case.assessment},
    )
    if request.method == "POST" and form.is_valid():
        try:
            drafts.choose_assessment(
                case, form.cleaned_data["assessment"], by=request.user, at=request.received_at
            )
            return redirect(back)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    context = {"case": case, "form": form, "back": back}
    return render(request, "tiers/application_assessment.html", context)


@role_required(Role.ENTERPRISE)
def application_check(request: Request, pk: int) -> HttpResponse:
    """Everything that will be sent in, to read through; the declaration; and sending it in."""
    case, at = _case(request, pk), request.received_at
    if not workflow.may_prepare(case, request.user):
        # A second click on the same button: it has been sent in already.
        return redirect("tiers:application_receipt", case.pk)
    form = DeclarationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["declared_by"]
        try:
            workflow.act(case, Action.SUBMIT, by=request.user, at=at, declared_by=name)
            return redirect("tiers:application_receipt", case.pk)
        except PermissionDenied:
            return redirect("tiers:application_receipt", case.pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    context = {
        "case": case,
        "now": at,
        "form": form,
        "can_submit": Action.SUBMIT in workflow.allowed_actions(case, request.user),
        "managers": managers_of(case.factory.enterprise),
        "sheet": case.assessment and self_assessment.sheet(case.assessment, Tier(case.tier)),
        "expected": clocks.expectation(case, business_date(at)),
        **_hindrances(request, case, business_date(at)),
    }
    return render(request, "tiers/application_check.html", context)


@role_required(Role.ENTERPRISE)
@require_safe
def application_receipt(request: Request, pk: int) -> HttpResponse:
    """The receipt of what was sent in: its number, who acts next and by when."""
    case = _case(request, pk)
    if case.number is None:
        return redirect("tiers:application", case.pk)
    context = {"case": case, **receipt(case, business_date(request.received_at))}
    return render(request, "tiers/application_receipt.html", context)


@role_required(Role.ENTERPRISE)
@changing
def application_withdraw(request: Request, pk: int) -> HttpResponse:
    """Withdraw, after a page that says what follows."""
    case = _case(request, pk)
    if Action.WITHDRAW not in workflow.allowed_actions(case, request.user):
        return redirect("tiers:application", case.pk)
    if request.method == "POST":
        try:
            workflow.act(case, Action.WITHDRAW, by=request.user, at=request.received_at)
            messages.success(request, f"已撤回{case.factory.name}的{case.get_tier_display()}申报")
        except PermissionDenied:
            messages.warning(request, "这件申报已经办结，没有撤回")
        return redirect("tiers:application", case.pk)
    return render(request, "tiers/application_withdraw.html", {"case": case})
