"""Places in a round: given to the units by its owner, ordered and given up by the unit itself."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from registry.access import OFFICERS, Request, changing, role_required
from tiers import quota
from tiers.forms.applications import add_refusals
from tiers.forms.rounds import QuotaForm, ReleaseForm
from tiers.models import Recommendation, Round


@role_required(*OFFICERS)
@changing
def round_quotas(request: Request, pk: int) -> HttpResponse:
    """Give each recommending unit its number of places."""
    own = (
        Round.objects.visible_to(request.user).batches().filter(authority=request.user.authority_id)
    )
    batch = get_object_or_404(own.select_related("authority"), pk=pk)
    rows = quota.places(batch, list(quota.units(batch)))
    if not rows:
        raise Http404
    form = QuotaForm(request.POST or None, rows=rows)
    if request.method == "POST" and form.is_valid():
        try:
            quota.allot(batch, form.given, by=request.user, at=request.received_at)
            messages.success(request, "已分配名额，并通知推荐单位")
            return redirect("tiers:round", batch.pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return render(request, "tiers/rounds/quotas.html", {"form": form, "round": batch})


@role_required(*OFFICERS)
@changing
@require_POST
def round_order(request: Request, pk: int) -> HttpResponse:
    """Move one case a place up or down, or take the whole order as it was typed in."""
    batch = get_object_or_404(Round.objects.visible_to(request.user).batches(), pk=pk)
    seen = [int(one) for one in request.POST.getlist("seen") if one.isdecimal()]
    try:
        order = _wanted(request, seen)
        quota.reorder(batch, order, seen=seen, by=request.user, at=request.received_at)
        messages.success(request, "已保存推荐次序")
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:round", batch.pk)


def _wanted(request: Request, seen: list[int]) -> list[int]:
    """The ids in the order of the numbers that stand beside them."""
    ranks: dict[int, int] = {}
    for pk in seen:
        number = request.POST.get(f"rank-{pk}", "")
        if not number.isdecimal():
            raise ValidationError("次序请填整数，第一位填 1")
        ranks[pk] = int(number)
    if len(set(ranks.values())) < len(ranks):
        raise ValidationError("有两件填了同一个次序，请改成各不相同")
    return sorted(seen, key=lambda pk: ranks[pk])


@role_required(*OFFICERS)
@changing
def place_release(request: Request, pk: int) -> HttpResponse:
    """Give up the place of a case that is not yet past its unit."""
    own = Recommendation.objects.visible_to(request.user).standing()
    held = get_object_or_404(
        own.filter(authority=request.user.authority_id).select_related(
            "application__factory__enterprise", "round", "authority"
        ),
        pk=pk,
    )
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            quota.release(held, **form.cleaned_data, by=request.user, at=request.received_at)
            messages.success(request, f"已让出 {held.application.number} 的名额")
            return redirect("tiers:round", held.round_id)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return render(request, "tiers/rounds/release.html", {"form": form, "held": held})
