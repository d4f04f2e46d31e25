"""Pages of the issuing office: to suspend a title (暂停), and to restore it (恢复)."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from registry.access import OFFICERS, Request, business_date, changing, role_required
from tiers import suspension
from tiers.forms.applications import add_refusals
from tiers.forms.titles import RestoreForm, SuspendForm
from tiers.suspension import Terms
from tiers.views import titles


@role_required(*OFFICERS)
@changing
def title_suspend(request: Request, pk: int) -> HttpResponse:
    title, at = titles.of(request, pk), request.received_at
    on = business_date(at)
    if not suspension.may_suspend(title, request.user, on=on):
        raise PermissionDenied("这项认定不在有效期内、已经暂停，或不由本部门作出，不能暂停")
    form = SuspendForm(request.POST or None, initial={"from_on": on})
    if request.method == "POST" and form.is_valid():
        try:
            suspension.suspend(title, Terms(**form.cleaned_data), by=request.user, at=at)
        except ValidationError as error:
            add_refusals(form, error)
        else:
            messages.success(request, f"已登记 {title.number} 的暂停，企业会收到站内信")
            return redirect("tiers:title", pk=title.pk)
    return render(request, "tiers/titles/suspend.html", {"title": title, "form": form})


@role_required(*OFFICERS)
@changing
def title_restore(request: Request, pk: int) -> HttpResponse:
    title, at = titles.of(request, pk), request.received_at
    on = business_date(at)
    if not suspension.may_restore(title, request.user, on=on):
        raise PermissionDenied("这项认定没有在暂停，或不由本部门作出，不能恢复")
    form = RestoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            suspension.restore(title, **form.cleaned_data, by=request.user, at=at)
        except ValidationError as error:
            add_refusals(form, error)
        else:
            messages.success(request, f"已恢复 {title.number}，企业会收到站内信")
            return redirect("tiers:title", pk=title.pk)
    one = suspension.standing(title, on=on)
    context = {"title": title, "form": form, "on": on, "suspension": one}
    return render(request, "tiers/titles/restore.html", context)
