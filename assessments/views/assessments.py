"""The self-assessments of a firm: list, start, task list, check and lock, copy, print."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments import assessment as self_assessment
from assessments.assessment import Sheet
from assessments.forms.target import targeted_sheet, tasks, verdict
from assessments.listings import ASSESSMENTS
from assessments.models import Assessment
from registry.access import Request, Role, changing, may_change, of_a_firm
from registry.models import Factory
from registry.policy import Tier
from registry.views.pages import list_page

PER_PAGE = 20


@require_GET
@of_a_firm
def assessment_list(request: Request) -> HttpResponse:
    if request.user.role != Role.ENTERPRISE:
        return list_page(request, ASSESSMENTS, "assessments/locked_list.html")
    own = Assessment.objects.visible_to(request.user).order_by("-started_at", "-pk")
    factories = (
        Factory.objects.visible_to(request.user)
        .prefetch_related(Prefetch("assessments", own))
        .order_by("name")
    )
    shown = Paginator(factories, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "assessments/list.html",
        {"page": shown, "rows": [_row(factory) for factory in shown]},
    )


def _row(factory: Factory) -> dict[str, Any]:
    """A factory with its open assessment, its locked ones, and what can be done next."""
    found = list(factory.assessments.all())
    locked = [one for one in found if one.is_locked]
    return {
        "factory": factory,
        "open": next((one for one in found if not one.is_locked), None),
        "latest": locked[0] if locked else None,
        "locked": locked,
    }


@require_POST
@changing
def assessment_start(request: Request, factory_id: int) -> HttpResponse:
    factory = get_object_or_404(Factory.objects.visible_to(request.user), pk=factory_id)
    try:
        one = self_assessment.start(factory, by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("assessments:assessment_list")
    return redirect("assessments:assessment", one.pk)


@require_POST
@changing
def assessment_copy(request: Request, pk: int) -> HttpResponse:
    earlier = get_object_or_404(Assessment.objects.visible_to(request.user).for_list(), pk=pk)
    try:
        one = self_assessment.copy_from(earlier, by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("assessments:assessment_list")
    messages.success(request, "已沿用上次的作答、场景实例和佐证材料，请逐节核对后再锁定")
    return redirect("assessments:assessment", one.pk)


def _sheet(request: Request, pk: int) -> Sheet:
    """The assessment as the request's ``target`` sees it; 404 outside the reader's scope."""
    found = get_object_or_404(
        Assessment.objects.visible_to(request.user)
        .for_list()
        .select_related("locked_by", "started_by", "copied_from", "factory__authority"),
        pk=pk,
    )
    return targeted_sheet(found, request.GET)


def _context(sheet: Sheet) -> dict[str, Any]:
    return {
        "sheet": sheet,
        "assessment": sheet.assessment,
        "result": sheet.result,
        "target": sheet.target,
        "tiers": list(Tier),
        "verdict": verdict(sheet.result),
        "tasks": tasks(sheet),
        "gap_count": len(sheet.result.gaps(sheet.target)),
    }


@require_GET
def assessment(request: Request, pk: int) -> HttpResponse:
    sheet = _sheet(request, pk)
    shown = sheet.assessment.is_locked or not may_change(request.user)
    page = "locked" if shown else "tasks"
    return render(request, f"assessments/{page}.html", _context(sheet))


@require_http_methods(["GET", "POST"])
@changing
def check_and_lock(request: Request, pk: int) -> HttpResponse:
    sheet = _sheet(request, pk)
    if sheet.assessment.is_locked:
        return redirect("assessments:assessment", pk)
    problems: list[str] = []
    if request.method == "POST":
        try:
            self_assessment.lock(sheet.assessment, by=request.user, at=request.received_at)
        except ValidationError as error:
            problems = error.messages
        else:
            messages.success(request, "已锁定，内容不再变动。可以用它申报")
            return redirect("assessments:result", pk)
    context = {**_context(sheet), "problems": problems}
    return render(request, "assessments/check.html", context, status=422 if problems else 200)


@require_GET
def assessment_print(request: Request, pk: int) -> HttpResponse:
    context = {**_context(_sheet(request, pk)), "printed_at": request.received_at}
    return render(request, "assessments/print.html", context)
