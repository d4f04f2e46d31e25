"""提升计划: the measures firms set themselves, which officers of their place can follow."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from assessments import assessment as self_assessment
from assessments import standard
from assessments.forms.measures import MeasureFilter, MeasureForm
from assessments.listings import MEASURES
from assessments.models import Measure
from registry import policy
from registry.access import Request, Role, business_date, changing, of_a_firm, role_required
from registry.forms.fields import show_refusal
from registry.models import Factory
from registry.views.pages import list_page, paged

PREFILLED = ("factory", "gap", "gap_code", "action", "scenario_no")


@require_GET
@of_a_firm
def plan_list(request: Request) -> HttpResponse:
    """A firm's own measures as cards; an office's as a list."""
    if request.user.role != Role.ENTERPRISE:
        return list_page(request, MEASURES, "assessments/plan_list.html")
    found = Measure.objects.visible_to(request.user).for_list()
    filtered = MeasureFilter(request.GET, queryset=found, request=request)
    context = {
        "page": paged(request, filtered.qs),
        "form": filtered.form,
        "today": business_date(request.received_at),
        "filtered": any(request.GET.get(name) for name in filtered.filters),
    }
    return render(request, "assessments/plan_own.html", context)


@require_http_methods(["GET", "POST"])
@role_required(Role.ENTERPRISE)
@of_a_firm
@changing
def measure_new(request: Request) -> HttpResponse:
    given = {name: request.GET[name] for name in PREFILLED if name in request.GET}
    return _edit(request, None, given)


@require_http_methods(["GET", "POST"])
@role_required(Role.ENTERPRISE)
@changing
def measure(request: Request, pk: int) -> HttpResponse:
    found = Measure.objects.visible_to(request.user).select_related("factory__authority")
    return _edit(request, get_object_or_404(found, pk=pk), {})


def _edit(request: Request, one: Measure | None, given: dict[str, Any]) -> HttpResponse:
    factories = (
        Factory.objects.visible_to(request.user).select_related("authority").order_by("name")
    )
    form = MeasureForm(
        request.POST or None,
        instance=one,
        initial=given,
        edition=_edition(request, one.factory if one else factories.first()),
        factories=factories,
        held=self_assessment.measure_facts(one) if one else None,
    )
    if request.method == "POST" and form.is_valid() and _save(request, form, one):
        messages.success(request, "已保存到提升计划")
        return redirect("assessments:plan_list")
    context = {"form": form, "measure": one, "has_factory": factories.exists()}
    return render(request, "assessments/measure.html", context, status=422 if form.errors else 200)


def _edition(request: Request, factory: Factory | None) -> standard.Standard:
    """The edition whose scenarios are offered: the one in force for the factory."""
    if factory is None:
        return standard.all_standards()[-1]
    on = business_date(request.received_at)
    return standard.get(policy.current(factory.authority.province_code, on).standard)


def _save(request: Request, form: MeasureForm, one: Measure | None) -> bool:
    fields = dict(form.cleaned_data)
    factory = one.factory if one else fields.pop("factory")
    try:
        self_assessment.save_measure(
            factory,
            fields,
            measure=one,
            seen=fields.pop("seen", None),
            by=request.user,
            at=request.received_at,
        )
    except ValidationError as error:
        show_refusal(form, error)
        return False
    return True
