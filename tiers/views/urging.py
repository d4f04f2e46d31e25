"""Urging a case that waits too long: a page that says what follows, and the act."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from registry.access import OFFICERS, Request, Role, business_date, role_required
from tiers import clocks, urging
from tiers.chain import handling_authority
from tiers.forms.applications import add_refusals
from tiers.forms.urging import UrgeForm
from tiers.models import Application
from tiers.progress import status_label


@role_required(Role.ENTERPRISE, *OFFICERS)
def application_urge(request: Request, pk: int) -> HttpResponse:
    """Remind the office at whose step the case waits."""
    case = get_object_or_404(Application.objects.visible_to(request.user).for_page(), pk=pk)
    on = business_date(request.received_at)
    if not urging.may_urge(case, request.user, on=on):
        messages.info(request, "这件申报现在不需要催办，没有发出")
        return redirect("tiers:application", case.pk)
    office = handling_authority(case)
    form = UrgeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            urging.urge(case, **form.cleaned_data, by=request.user, at=request.received_at)
            messages.success(request, f"已催办，{office.name if office else ''}会收到站内信")
            return redirect("tiers:application", case.pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        except PermissionDenied:
            messages.info(request, "这件申报刚刚已办理，没有发出催办")
            return redirect("tiers:application", case.pk)
    context = {
        "case": case,
        "form": form,
        "office": office,
        "label": status_label(case),
        "due": clocks.due(case, on),
        "later": urging.waits_until(case, request.user, on=on),
    }
    return render(request, "tiers/application_urge.html", context)
