"""The firm's pages to renew a title: when it may, asking for it, and confirming item by item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from assessments.assessment import Contents, contents_of
from registry.access import Request, Role, business_date, may_change, role_required
from registry.policy import Tier
from tiers import renewal, renewing, workflow
from tiers.forms.applications import add_refusals
from tiers.forms.renewals import DeclarationForm, LateForm, MarkForm, said_in
from tiers.models import Application, Renewal
from tiers.renewal import Phase
from tiers.views import titles

WORDS = {
    "same": "无变化",
    "changed": "有变化",
    "anew": "已按新条款填写",
    "todo": "待确认",
    "problem": "待完善",
}


def of_case(case: Application, held: Mapping[int, Contents], on: date) -> dict[str, Any]:
    """What an officer sees of a renewal: what is the same, what has changed from what to what."""
    own = renewal.of(case)
    if own is None:
        return {"renewed": None}
    own.title.factory = case.factory
    missing = [one for one in (own.base, case.assessment) if one and one.pk not in held]
    read = {**held, **contents_of(missing)} if missing else held
    lines = renewal.lines(own, case.assessment, Tier(case.tier), held=read)
    return {
        "renewed": own,
        "window": renewal.window(own.title, on),
        "kept": [one for one in lines if one.state == "same"],
        "altered": [one for one in lines if one.changes],
        "anew": [one for one in lines if one.state == "anew" and not one.changes],
        "new_files": sum(len(one.new_files) for one in lines),
    }


@role_required(Role.ENTERPRISE)
def title_renewal(request: Request, pk: int) -> HttpResponse:
    """Which window applies to a title today, and asking for its renewal."""
    title, at = titles.of(request, pk), request.received_at
    on = business_date(at)
    known = titles.outlook(title, on)
    late = known["phase"] == Phase.LATE
    form = LateForm(request.POST or None) if late else None
    refused: list[str] = []
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["late_reason"] if form else ""
        try:
            case = renewing.start(title, late_reason=reason, by=request.user, at=at)
            return redirect("tiers:application_renewal", case.pk)
        except ValidationError as refusal:
            refused = refusal.messages
    already = renewing.standing(title)
    context = {
        "title": title,
        "on": on,
        "form": form,
        "problems": refused,
        "already": already,
        "may_start": not known["refusal"] and already is None and may_change(request.user),
        **known,
    }
    return render(request, "tiers/renewals/title.html", context)


@role_required(Role.ENTERPRISE)
def application_renewal(request: Request, pk: int) -> HttpResponse:
    """Every item of the assessment behind the title: the same, or changed and proved."""
    case = get_object_or_404(Application.objects.visible_to(request.user).for_page(), pk=pk)
    own = renewal.of(case)
    if own is None:
        raise Http404
    on, may = business_date(request.received_at), workflow.may_prepare(case, request.user)
    asks_why = may and not case.submissions and _is_late(own, case, on)
    data = request.POST if request.method == "POST" and may else None
    rows = [
        MarkForm(data, line=line) for line in renewal.lines(own, case.assessment, Tier(case.tier))
    ]
    declaration = DeclarationForm(data)
    late = LateForm(data, initial={"late_reason": own.late_reason}) if asks_why else None
    if data is not None and (saved := _save(request, case, rows, declaration, late)):
        return saved
    context = _shown(case, own, rows) | {"declaration": declaration, "late": late, "may": may}
    status = 200 if data is None else 422
    return render(request, "tiers/renewals/confirm.html", context, status=status)


def _is_late(own: Renewal, case: Application, on: date) -> bool:
    own.title.factory = case.factory
    days = renewal.window(own.title, on)
    return days is not None and days.phase(on) == Phase.LATE


def _save(
    request: Request,
    case: Application,
    rows: Sequence[MarkForm],
    declaration: DeclarationForm,
    late: LateForm | None,
) -> HttpResponse | None:
    """Keep what was said; None where something is wrong, which then stands beside its item."""
    forms = [*rows, declaration, *([late] if late else [])]
    if any(form.errors for form in forms):
        return None
    rest = request.POST.get("rest", "")
    try:
        count = renewing.confirm(
            case,
            said_in(rows, rest),
            declared=declaration.cleaned_data["declared"],
            late_reason=late.cleaned_data["late_reason"] if late else None,
            by=request.user,
            at=request.received_at,
        )
    except ValidationError as refusal:
        _put(refusal, rows, declaration)
        return None
    messages.success(request, f"已保存 {count} 项" if count else "已保存，没有新的改动")
    place = reverse("tiers:application_renewal", args=[case.pk])
    return redirect(f"{place}#part-{rest}" if rest else place)


def _put(refusal: ValidationError, rows: Sequence[MarkForm], declaration: DeclarationForm) -> None:
    """Each sentence beside its item, else beside the declaration."""
    by_key = {row.line.key: row for row in rows}
    for error in getattr(refusal, "error_list", [refusal]):
        row = by_key.get(error.code or "")
        if row is not None:
            row.add_error("said", error)
        else:
            add_refusals(declaration, ValidationError([error]))


def _shown(case: Application, own: Renewal, rows: Sequence[MarkForm]) -> dict[str, Any]:
    parts: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = row.line
        part = parts.setdefault(
            line.part, {"id": line.part, "title": line.section, "rows": [], "open": 0}
        )
        part["rows"].append(row)
        part["open"] += line.state == "todo" and not line.anew
    counts = Counter(row.line.state for row in rows)
    return {
        "case": case,
        "renewal": own,
        "words": WORDS,
        "parts": list(parts.values()),
        "tally": [(state, WORDS[state], counts[state]) for state in WORDS if counts[state]],
        "total": len(rows),
        "left": counts["todo"] + counts["problem"],
        "problems": [e for row in rows for errors in row.errors.values() for e in errors],
    }
