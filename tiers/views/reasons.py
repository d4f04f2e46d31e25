"""The bureau's reasons for sending back: its words for each, what it adds and what it leaves."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from registry.access import OFFICERS, Request, changing, may_change, role_required
from tiers import reasons
from tiers.forms.applications import add_refusals
from tiers.forms.returns import ReasonForm


@role_required(*OFFICERS)
def reason_list(request: Request) -> HttpResponse:
    """All reasons of the bureau; a new one is added below."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given, at = form.cleaned_data, request.received_at
        try:
            reasons.save(given["name"], given["text"], new=True, by=request.user, at=at)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            messages.success(request, f"已增加“{given['name']}”")
            return redirect("tiers:reason_list")
    context = {
        "form": form,
        "reasons": reasons.catalogue(request.user.authority),
        "can_edit": may_change(request.user),
    }
    return render(request, "tiers/reason_list.html", context)


@role_required(*OFFICERS)
@changing
def reason_edit(request: Request) -> HttpResponse:
    """The bureau's text for one reason, named in the address."""
    name = request.GET.get("name", "")
    known = {one.name: one for one in reasons.catalogue(request.user.authority)}
    if name not in known:
        return redirect("tiers:reason_list")
    form = ReasonForm(request.POST or None, initial={"text": known[name].text})
    del form.fields["name"]
    form.fields["text"].required = reasons.shipped().get(name) != ""
    if request.method == "POST" and form.is_valid():
        text, at = form.cleaned_data["text"], request.received_at
        try:
            reasons.save(name, text, by=request.user, at=at)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            messages.success(request, f"已修改“{name}”的说明，以后退回时带出新的说明")
            return redirect("tiers:reason_list")
    context = {"form": form, "reason": known[name], "shipped": reasons.shipped().get(name)}
    return render(request, "tiers/reason_edit.html", context)


def _switch(request: Request, act: Callable[..., None], done: str) -> HttpResponse:
    name = request.POST.get("name", "")
    try:
        act(name, by=request.user, at=request.received_at)
        messages.success(request, f"{done}“{name}”")
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("tiers:reason_list")


@role_required(*OFFICERS)
@require_POST
def reason_retire(request: Request) -> HttpResponse:
    return _switch(request, reasons.retire, "已停用")


@role_required(*OFFICERS)
@require_POST
def reason_restore(request: Request) -> HttpResponse:
    return _switch(request, reasons.restore, "已恢复")
