"""The meeting on a round: prepared, confirmed and released on one page, and its table on paper."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry.access import OFFICERS, Duty, Request, on_duty, role_required
from tiers import involvement, meeting, proceedings
from tiers.forms.applications import add_refusals
from tiers.forms.meeting import MeetingForm
from tiers.meeting import Table
from tiers.models import Meeting, Round
from tiers.views.inspection import owned_round


@role_required(*OFFICERS)
@require_http_methods(["GET", "POST"])
def round_meeting(request: Request, pk: int) -> HttpResponse:
    """The table as it stands, to fill in for the office of the round."""
    batch = owned_round(request, pk)
    now = meeting.table(batch)
    if request.method == "GET":
        return _page(request, batch, now)
    form = MeetingForm(request.POST, table=now)
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("held_on", "attendees", "minutes")}
        try:
            meeting.prepare(
                batch,
                form.words,
                **given,
                seen=form.cleaned_data["seen"],
                by=request.user,
                at=request.received_at,
            )
            messages.success(request, "已保存，公布前只有本部门能看到")
            return redirect("tiers:round_meeting", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _page(request, batch, now, form)


def _page(
    request: Request, batch: Round, now: Table, form: MeetingForm | None = None
) -> HttpResponse:
    may = meeting.may_handle(batch, request.user)
    context = {
        "round": batch,
        "table": now,
        "held": now.meeting,
        "form": form or (MeetingForm(table=now) if may else None),
        "lines": list((form or MeetingForm(table=now)).lines),
        "may_handle": may,
        "own_preparation": involvement.prepared(now.meeting, request.user),
        "counts": [(label, len(now.of(value))) for value, label in meeting.Outcome.choices],
        "earlier": Meeting.objects.filter(round=batch).exclude(released_at=None).order_by("-pk"),
    }
    return render(request, "tiers/rounds/meeting.html", context, status=422 if form else 200)


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def round_meeting_confirm(request: Request, pk: int) -> HttpResponse:
    """A second person puts his name to the table that was on the screen."""
    return _act(request, pk, meeting.confirm, "已确认。名单或意见再有变化，确认即失效")


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def round_meeting_release(request: Request, pk: int) -> HttpResponse:
    """Everything decided, for all cases at once."""
    return _act(request, pk, proceedings.release, "已公布会议审定结果，并通知企业")


def _act(request: Request, pk: int, act: Callable[..., Meeting], done: str) -> HttpResponse:
    batch = owned_round(request, pk)
    try:
        act(batch, seen=request.POST.get("seen", ""), by=request.user, at=request.received_at)
        messages.success(request, done)
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:round_meeting", pk)


@role_required(*OFFICERS)
@require_safe
def round_meeting_print(request: Request, pk: int) -> HttpResponse:
    """The table on paper: as it stands, or of an earlier meeting as it was released."""
    batch = owned_round(request, pk)
    number = request.GET.get("meeting", "")
    released = Meeting.objects.filter(round=batch).exclude(released_at=None)
    held = released.filter(pk=number).first() if number.isdecimal() else None
    now = None if held else meeting.table(batch)
    context = {
        "round": batch,
        "held": held or (now.meeting if now else None),
        "rows": held.frozen if held else [row.frozen for row in now.rows] if now else [],
        "digest": held.digest if held else now.digest if now else "",
        "at": request.received_at,
    }
    return render(request, "tiers/rounds/meeting_print.html", context)
