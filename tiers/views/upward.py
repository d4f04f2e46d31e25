"""The province's way to the ministries: places, whom it recommends, their decision, the papers."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry import policy
from registry.access import OFFICERS, Duty, Request, business_date, on_duty, role_required
from registry.policy import Tier
from tiers import cultivation, involvement, reporting, upward
from tiers.forms.applications import add_refusals
from tiers.forms.upward import DOCUMENTS, PlacesForm, ReviewForm, UpwardForm
from tiers.models import Cultivation, Round, UpwardList
from tiers.upward import Table
from tiers.views import stages

Kind = UpwardList.Kind
ADDRESSES = {
    Kind.NOMINATION: "tiers:round_select",
    Kind.RESULT: "tiers:round_result",
    Kind.ACCEPTANCE: "tiers:round_acceptance",
}
DONE = {
    Kind.NOMINATION: "已确认上报，名单和摘要已留存，并通知企业",
    Kind.RESULT: "已登记国家审定结果，并通知企业",
    Kind.ACCEPTANCE: "已登记国家验收结果，并通知企业",
}


def _round(request: Request, pk: int, kind: str) -> Round:
    """A round of the officer's own office whose rules go upward."""
    own = Round.objects.visible_to(request.user).filter(authority=request.user.authority_id)
    batch: Round = get_object_or_404(own.select_related("authority"), pk=pk)
    if not stages.runs(batch, upward.STEP_OF[Kind(kind)], request.user):
        raise Http404
    return batch


@role_required(*OFFICERS)
@require_http_methods(["GET", "POST"])
def round_upward(request: Request, pk: int, kind: str) -> HttpResponse:
    """A list as it stands, to fill in for the office of the round."""
    batch = _round(request, pk, kind)
    now = upward.table(batch, Kind(kind))
    if request.method == "GET":
        return _page(request, batch, now)
    form = UpwardForm(request.POST, table=now)
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("document_no", "dated", "seen")}
        try:
            upward.prepare(
                batch, now.kind, form.words, **given, by=request.user, at=request.received_at
            )
            messages.success(request, "已保存，确认前只有本部门能看到")
            return redirect(ADDRESSES[now.kind], pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _page(request, batch, now, form)


def _page(
    request: Request, batch: Round, now: Table, form: UpwardForm | None = None
) -> HttpResponse:
    may = upward.may_handle(batch, request.user)
    shown = form or UpwardForm(table=now)
    on = business_date(request.received_at)
    words = upward.WORDS[now.kind]
    nominates = now.kind == Kind.NOMINATION
    earlier = UpwardList.objects.filter(round=batch, kind=now.kind).confirmed()
    context = {
        "round": batch,
        "table": now,
        "held": now.open,
        "document": DOCUMENTS[now.kind],
        "form": shown if may else None,
        "lines": list(shown.lines),
        "nominates": nominates,
        "accepts": now.kind == Kind.ACCEPTANCE,
        "cultivates": policy.get(batch.policy).tiers[Tier(batch.tier)].cultivation_years,
        "on": on,
        "may_handle": may,
        "own_preparation": involvement.prepared(now.open, request.user),
        "counts": [(label, len(now.of(value))) for value, label in words.items()],
        "undecided": len(now.rows) - len(now.decided),
        "places": upward.places_of(batch) if nominates else None,
        "hints": upward.hints(batch, on=on) if nominates else [],
        "confirm_url": f"{ADDRESSES[now.kind]}_confirm",
        "earlier": earlier.order_by("-pk"),
    }
    return render(request, "tiers/upward/list.html", context, status=422 if form else 200)


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
@require_POST
def round_upward_confirm(request: Request, pk: int, kind: str) -> HttpResponse:
    """A second person puts his name to the list that was on the screen, and it is carried out."""
    batch, which = _round(request, pk, kind), Kind(kind)
    seen = request.POST.get("seen", "")
    try:
        reporting.confirm(batch, which, seen=seen, by=request.user, at=request.received_at)
        messages.success(request, DONE[which])
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect(ADDRESSES[which], pk)


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
def round_national_places(request: Request, pk: int) -> HttpResponse:
    """The number the ministries' notice gives, with the notice."""
    batch = _round(request, pk, Kind.NOMINATION)
    places = upward.places_of(batch)
    kept = places.quota
    initial = {"places": kept.places, "document_no": kept.document_no} if kept else None
    form = PlacesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            upward.set_places(batch, **form.cleaned_data, by=request.user, at=request.received_at)
            messages.success(request, "已登记国家名额")
            return redirect("tiers:round_select", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    hints = upward.hints(batch, on=business_date(request.received_at))
    context = {"round": batch, "form": form, "places": places, "hints": hints}
    return render(request, "tiers/upward/places.html", context)


@role_required(*OFFICERS)
@on_duty(Duty.COMPLETE)
def cultivation_review(request: Request, pk: int) -> HttpResponse:
    """推荐单位初审 of a candidate, with the letter that reports it for acceptance."""
    seen = Cultivation.objects.visible_to(request.user).select_related(
        "application__round", "application__factory__enterprise"
    )
    one = get_object_or_404(seen, pk=pk)
    if not cultivation.may_review(one, request.user):
        raise Http404
    on = business_date(request.received_at)
    form = ReviewForm(request.POST or None, one=one, on=on)
    if request.method == "POST" and form.is_valid():
        try:
            cultivation.review(one, **form.cleaned_data, by=request.user, at=request.received_at)
            messages.success(request, "已登记初审，等待国家验收结果")
            return redirect("tiers:round_acceptance", one.application.round_id)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    context = {"one": one, "form": form, "on": on}
    return render(request, "tiers/upward/review.html", context)


# --- what was confirmed ----------------------------------------


def _list(request: Request, pk: int) -> UpwardList:
    found = UpwardList.objects.visible_to(request.user).confirmed()
    held: UpwardList = get_object_or_404(found.select_related("round__authority"), pk=pk)
    return held


@role_required(*OFFICERS)
@require_safe
def upward_list(request: Request, pk: int) -> HttpResponse:
    """推荐函 with 推荐汇总表, or the result, on paper, as it was confirmed."""
    held = _list(request, pk)
    people = upward.contacts(held)
    rows = [(row, people.get(row["application"])) for row in held.frozen["rows"]]
    nominates = held.kind == Kind.NOMINATION
    context = {
        "held": held,
        "letter": upward.letter(held),
        "rows": [one for one in rows if one[0]["outcome"] == "yes"] if nominates else rows,
        "nominates": nominates,
        "back": ADDRESSES[Kind(held.kind)],
        "at": request.received_at,
    }
    return render(request, "tiers/upward/paper.html", context)


@role_required(*OFFICERS)
@require_safe
def upward_list_json(request: Request, pk: int) -> HttpResponse:
    """What the digest is taken of, without anybody's telephone."""
    held = _list(request, pk)
    return JsonResponse(
        {"digest": held.digest, "content": held.frozen}, json_dumps_params={"ensure_ascii": False}
    )
