"""The list of a round's titles: the office's page where it is made, and the public's (公告)."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry.access import (
    OFFICERS,
    Duty,
    Received,
    Request,
    business_date,
    on_duty,
    role_required,
)
from tiers import determination, involvement, proceedings, register
from tiers.determination import Table
from tiers.forms.applications import add_refusals
from tiers.forms.determination import DeterminationForm
from tiers.models import Determination, Round

# --- the office -----------------------------------------------------------------


def _batch(request: Request, pk: int) -> Round:
    """A round of the officer's own office that is determined by list."""
    own = Round.objects.visible_to(request.user).filter(authority=request.user.authority_id)
    batch: Round = get_object_or_404(own.select_related("authority"), pk=pk)
    if not determination.by_list(batch):
        raise Http404
    return batch


@role_required(*OFFICERS)
@require_http_methods(["GET", "POST"])
def round_determine(request: Request, pk: int) -> HttpResponse:
    """The cases that wait, to put on a list for the office of the round."""
    batch, on = _batch(request, pk), business_date(request.received_at)
    now = determination.table(batch, on=on)
    if request.method == "GET":
        return _page(request, batch, now)
    form = DeterminationForm(request.POST, batch=batch, table=now, on=on)
    if form.is_valid():
        try:
            determination.prepare(
                batch,
                form.chosen,
                form.paper,
                performance_confirmed=form.cleaned_data["performance_confirmed"],
                seen=form.cleaned_data["seen"],
                by=request.user,
                at=request.received_at,
            )
            messages.success(request, "名单已准备，请同事核对后确认")
            return redirect("tiers:round_determine", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _page(request, batch, now, form)


def _page(
    request: Request, batch: Round, now: Table, form: DeterminationForm | None = None
) -> HttpResponse:
    on = business_date(request.received_at)
    shown = form or DeterminationForm(batch=batch, table=now, on=on)
    context = {
        "round": batch,
        "table": now,
        "held": now.held,
        "form": shown,
        "lines": list(shown.lines),
        "may_handle": determination.may_handle(batch, request.user),
        "own_preparation": involvement.prepared(now.held, request.user),
        "issued": Determination.objects.issued().filter(round=batch).order_by("-pk"),
    }
    return render(request, "tiers/rounds/determine.html", context, status=422 if form else 200)


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def round_determine_confirm(request: Request, pk: int) -> HttpResponse:
    """A second person puts his name to the list that was on the screen."""
    return _act(request, pk, determination.confirm, "已确认。名单再有变化，确认即失效")


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def round_determine_issue(request: Request, pk: int) -> HttpResponse:
    """The titles of the whole list at once."""
    return _act(request, pk, proceedings.issue, "已印发，名单内的工厂已认定，并通知企业和推荐单位")


def _act(request: Request, pk: int, act: Callable[..., Determination], done: str) -> HttpResponse:
    batch = _batch(request, pk)
    try:
        act(batch, seen=request.POST.get("seen", ""), by=request.user, at=request.received_at)
        messages.success(request, done)
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:round_determine", pk)


# --- the public -----------------------------------------------------------------


@require_safe
@login_not_required
def announcement(request: Received, pk: int) -> HttpResponse:
    """One list as it was issued, each title with its place in the register."""
    found = Determination.objects.issued().select_related("round__authority")
    held: Determination = get_object_or_404(found, pk=pk)
    titles = register.published().filter(application__determinations=held.pk)
    factories = dict(titles.values_list("number", "factory"))
    context = {
        "shell": "public",
        "held": held,
        "rows": [(row, factories.get(row["title_number"])) for row in held.content],
    }
    return render(request, "tiers/notices/announcement.html", context)


@require_safe
@login_not_required
def announcement_data(request: Received, pk: int) -> HttpResponse:
    """The list as a file whose SHA-256 is the digest on the page."""
    held: Determination = get_object_or_404(Determination.objects.issued(), pk=pk)
    response = HttpResponse(determination.as_text(held), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="announcement-{held.pk}.json"'
    return response
