"""Scenario instances of an open assessment: add, change, remove."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from assessments import assessment as self_assessment
from assessments import standard
from assessments.forms.instances import InstanceForm
from assessments.models import Assessment, ScenarioInstance
from registry.access import Request, Role, changing, role_required
from registry.forms.fields import show_refusal
from registry.views.pages import way_back


@require_http_methods(["GET", "POST"])
@role_required(Role.ENTERPRISE)
@changing
def instance_new(request: Request, pk: int) -> HttpResponse:
    found = Assessment.objects.visible_to(request.user).for_list()
    return _edit(request, get_object_or_404(found, pk=pk), None)


@require_http_methods(["GET", "POST"])
@role_required(Role.ENTERPRISE)
@changing
def instance(request: Request, pk: int) -> HttpResponse:
    one = _instance(request, pk)
    return _edit(request, one.assessment, one)


def _instance(request: Request, pk: int) -> ScenarioInstance:
    found = ScenarioInstance.objects.visible_to(request.user).select_related(
        "assessment__factory__authority", "assessment__factory__enterprise"
    )
    return get_object_or_404(found, pk=pk)


def _edit(request: Request, assessment: Assessment, one: ScenarioInstance | None) -> HttpResponse:
    if assessment.is_locked:
        return redirect("assessments:assessment", assessment.pk)
    edition = standard.get(assessment.standard)
    back = way_back(request, reverse("assessments:section", args=[assessment.pk, "scenarios"]))
    form = InstanceForm(
        request.POST or None,
        instance=one,
        edition=edition,
        held=self_assessment.instance_facts(one) if one else None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            self_assessment.save_instance(
                assessment,
                form.cleaned_data,
                instance=one,
                seen=form.cleaned_data.get("seen"),
                by=request.user,
                at=request.received_at,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"已保存“{form.cleaned_data['name']}”")
            return redirect(back)
    context = {"form": form, "assessment": assessment, "instance": one, "back": back}
    return render(request, "assessments/instance.html", context, status=422 if form.errors else 200)


@require_POST
@role_required(Role.ENTERPRISE)
@changing
def instance_remove(request: Request, pk: int) -> HttpResponse:
    one = _instance(request, pk)
    name = one.name
    try:
        self_assessment.remove_instance(one, by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"已删除“{name}”")
    here = reverse("assessments:section", args=[one.assessment_id, "scenarios"])
    return redirect(way_back(request, here))
