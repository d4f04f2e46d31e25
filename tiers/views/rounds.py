"""Rounds of applications: which there are, one of them with its cases and places, and its days."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from registry import policy
from registry.access import (
    OFFICERS,
    Request,
    Role,
    business_date,
    changing,
    may_change,
    role_required,
)
from registry.models import Authority, User
from registry.views.pages import list_page
from tiers import chain, quota, rounds
from tiers.forms.applications import add_refusals
from tiers.forms.rounds import CloseRoundForm, ExtendRoundForm, RoundForm
from tiers.listings import ROUNDS
from tiers.listings.titles import state_of
from tiers.models import Application, Round
from tiers.progress import invitations
from tiers.views import stages

LETTER_FORMS = (("docx", "Word"), ("xlsx", "Excel"), ("pdf", "PDF"))


@role_required(*OFFICERS)
@require_safe
def round_list(request: Request) -> HttpResponse:
    """The rounds above and below the officer's authority, the latest first."""
    on = business_date(request.received_at)
    can_open = bool(rounds.tiers_opened_by(request.user, on))
    return list_page(request, ROUNDS, "tiers/rounds/list.html", can_open=can_open)


@role_required(Role.ENTERPRISE, *OFFICERS)
@require_safe
def round_page(request: Request, pk: int) -> HttpResponse:
    """One round: to a firm what it asks for and whether it can apply, to an officer its cases."""
    found = Round.objects.visible_to(request.user).select_related("authority")
    if request.user.role == Role.ENTERPRISE:
        found = found.batches()
    batch, on = get_object_or_404(found, pk=pk), business_date(request.received_at)
    context = {
        "round": batch,
        "rules": policy.get(batch.policy),
        "state": state_of(batch, on),
        "now": request.received_at,
    }
    if request.user.role == Role.ENTERPRISE:
        mine = [one for one in invitations(request.user, on) if one.round.pk == batch.pk]
        return render(request, "tiers/rounds/firm.html", {**context, "invitations": mine})
    context |= {
        "is_owner": _manages(batch, request.user),
        "may_recommend": may_change(request.user),
        "funnel": _funnel(batch, request.user),
        "places": _places(batch, request.user),
        "own": _own(batch, request.user),
        "stages": stages.of_round(batch, request.user),
        "letter_forms": LETTER_FORMS,
        "may_reorder": quota.may_reorder(batch, request.user, on),
    }
    return render(request, "tiers/rounds/page.html", context)


def _manages(batch: Round, user: User) -> bool:
    """Whether this person's office sets the days and places of the round."""
    own = batch.authority_id == user.authority_id and not batch.is_renewal
    return own and may_change(user)


def _funnel(batch: Round, user: User) -> list[dict[str, object]]:
    """How many of the round's cases wait at each step or have ended, each with its list."""
    seen = Application.objects.visible_to(user).filter(round=batch)
    counted = {
        (row["status"], row["step"]): row["n"]
        for row in seen.order_by().values("status", "step").annotate(n=Count("pk"))
    }
    status = Application.Status
    lines = [
        (f"待{step.label}", {"status": status.IN_PROGRESS, "step": step.kind})
        for step in chain.steps_of(batch)
    ]
    ended = (status.RETURNED, status.CERTIFIED, status.REJECTED, status.WITHDRAWN)
    lines += [(one.label, {"status": one}) for one in ended]
    return [
        {
            "label": label,
            "count": counted.get((asked["status"], asked.get("step", "")), 0),
            "query": _query({"tab": "all", "round": str(batch.pk), **asked}),
        }
        for label, asked in lines
    ]


def _query(asked: dict[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update(asked)
    return query.urlencode()


def _places(batch: Round, user: User) -> list[quota.Places]:
    """Every unit's places, for the round's own office."""
    if quota.recommending_level(batch) is None or batch.authority_id != user.authority_id:
        return []
    return quota.places(batch, list(quota.units(batch)))


def _own(batch: Round, user: User) -> quota.Places | None:
    """The places of the officer's own unit, where it recommends in this round."""
    if quota.recommending_level(batch) != user.role or user.authority is None:
        return None
    return quota.places(batch, [user.authority])[0]


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
            messages.success(request, f"已建立批次“{batch.title}”，并通知管辖范围内的企业和部门")
            return redirect("tiers:round", batch.pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return render(request, "tiers/rounds/new.html", {"form": form})


@role_required(*OFFICERS)
@changing
def round_close(request: Request, pk: int) -> HttpResponse:
    """Give a round of the officer's own authority its last day."""
    batch = _owned(request, pk)
    form = CloseRoundForm(request.POST or None, on=business_date(request.received_at))
    return _change(request, batch, form, rounds.close_round, "tiers/rounds/close.html")


@role_required(*OFFICERS)
@changing
def round_extend(request: Request, pk: int) -> HttpResponse:
    """Take applications for longer, with a reason that everybody concerned is told."""
    batch = _owned(request, pk)
    form = ExtendRoundForm(request.POST or None)
    return _change(request, batch, form, rounds.extend_round, "tiers/rounds/extend.html")


def _owned(request: Request, pk: int) -> Round:
    own = Round.objects.visible_to(request.user).batches()
    batch: Round = get_object_or_404(own, pk=pk, authority=request.user.authority_id)
    return batch


def _change(
    request: Request, batch: Round, form: forms.Form, act: Callable[..., Round], page: str
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            changed = act(batch, **form.cleaned_data, by=request.user, at=request.received_at)
            messages.success(request, f"“{batch.title}”受理至 {changed.closes_on:%Y-%m-%d} 24:00")
            return redirect("tiers:round", batch.pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return render(request, page, {"form": form, "round": batch})
