"""Rounds of applications: which there are, opening one, giving one its last day."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from registry import policy
from registry.access import OFFICERS, Request, business_date, changing, may_change, role_required
from registry.models import Authority, User
from tiers import rounds
from tiers.filters import RoundFilter
from tiers.forms.applications import add_refusals
from tiers.forms.rounds import CloseRoundForm, RoundForm
from tiers.models import Application, Round

PER_PAGE = 20


@role_required(*OFFICERS)
@require_safe
def round_list(request: Request) -> HttpResponse:
    """The rounds above and below the officer's authority, the latest first."""
    on = business_date(request.received_at)
    seen = Application.objects.visible_to(request.user)
    found = (
        Round.objects.visible_to(request.user)
        .select_related("authority")
        .annotate(submitted=Count("applications", filter=Q(applications__in=seen)))
        .order_by("-opens_on", "-pk")
    )
    filterset = RoundFilter(request.GET, queryset=found, request=request)
    page = Paginator(filterset.qs, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "filterset": filterset,
        "rows": [_row(batch, request.user, on) for batch in page.object_list],
        "can_open": bool(rounds.tiers_opened_by(request.user, on)),
    }
    return render(request, "tiers/round_list.html", context)


def _row(batch: Round, user: User, on: date) -> dict[str, object]:
    state = _state(batch, on)
    return {
        "round": batch,
        "rules": policy.get(batch.policy).title,
        "state": state,
        "can_close": batch.authority_id == user.authority_id
        and state[0] != "closed"
        and may_change(user),
    }


def _state(batch: Round, on: date) -> tuple[str, str]:
    if batch.is_open(on):
        return ("open", "受理中")
    return ("upcoming", "未开始") if on < batch.opens_on else ("closed", "已截止")


@role_required(*OFFICERS)
@changing
def round_new(request: Request) -> HttpResponse:
    """Open a round of the officer's own authority."""
    at = request.received_at
    on = business_date(at)
    tiers = rounds.tiers_opened_by(request.user, on)
    if not tiers:
        raise PermissionDenied
    form = RoundForm(request.POST or None, tiers=tiers, on=on)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            batch = rounds.open_round(
                Authority.objects.get(users=request.user),
                **{**given, "tier": policy.Tier(given["tier"])},
                by=request.user,
                at=at,
            )
            messages.success(request, f"已建立批次“{batch.title}”")
            return redirect("tiers:round_list")
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return render(request, "tiers/round_new.html", {"form": form})


@role_required(*OFFICERS)
@changing
def round_close(request: Request, pk: int) -> HttpResponse:
    """Give a round of the officer's own authority its last day."""
    own = Round.objects.visible_to(request.user).filter(authority=request.user.authority_id)
    batch, at = get_object_or_404(own, pk=pk), request.received_at
    form = CloseRoundForm(request.POST or None, on=business_date(at))
    if request.method == "POST" and form.is_valid():
        try:
            rounds.close_round(batch, on=form.cleaned_data["closes_on"], by=request.user, at=at)
            messages.success(request, f"已设定“{batch.title}”的截止日期")
            return redirect("tiers:round_list")
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return render(request, "tiers/round_close.html", {"form": form, "round": batch})
