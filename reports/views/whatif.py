"""规则试算: what other rules would do to the factories of an office, with the rows behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from registry import policy
from registry.access import OFFICERS, Request, Role, business_date, role_required
from registry.forms.fields import show_refusal
from registry.models import Authority, Factory
from registry.policy import Policy
from reports import whatif
from reports.exports import Table
from reports.forms import EditionTried, ProfileTried
from reports.models import FileForm
from reports.views.grids import handed
from reports.whatif import Asked, Case, Outcome, Trial

PER_PAGE = 50
#: For so long the pages of one trial show one and the same outcome.
KEPT_SECONDS = 600
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Tried:
    """One trial as an office sees it: its outcome, and since when that has been worked out."""

    office: Authority
    present: Policy
    trial: Trial
    cases: list[Case]
    at: datetime
    asked: dict[str, str]


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*OFFICERS)
def what_if(request: Request) -> HttpResponse:
    """The forms, and the outcome of what is tried. A sent-in file leads to an address with it."""
    _, present = _office(request)
    profile = ProfileTried(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if request.user.role != Role.PROVINCE:
            raise PermissionDenied("规则文件由省级主管部门试算")
        if profile.is_valid():
            try:
                trial = whatif.of_profile(profile.cleaned_data["text"], present)
            except ValidationError as error:
                show_refusal(profile, error)
            else:
                return _to(profile=whatif.packed(trial))
    tried = None if profile.is_bound else _tried(request)
    context = {
        "on": business_date(request.received_at),
        "present": present,
        "edition": EditionTried(
            request.GET if "edition" in request.GET else None, present=present.standard
        ),
        "profile": profile,
        "may_send": request.user.role == Role.PROVINCE,
        **(_outcome(tried) if tried else {}),
    }
    return render(
        request, "reports/whatif/page.html", context, status=422 if profile.errors else 200
    )


def _outcome(tried: Tried) -> dict[str, Any]:
    return {
        "tried": tried,
        "changes": whatif.changes(tried.trial, tried.present),
        "picture": whatif.picture(tried.cases, tried.office, tried.asked),
        "outcomes": [one.label for one in Outcome],
        "list": reverse("reports:what_if_rows") + "?",
        "workbook": f"{reverse('reports:what_if_workbook')}?{urlencode(tried.asked)}",
    }


@require_safe
@role_required(*OFFICERS)
def what_if_rows(request: Request) -> HttpResponse:
    """The factories behind a figure, each with its outcome and the conditions it turns on."""
    tried = _tried(request)
    if tried is None:
        return _to()
    asked = whatif.asked_of(request.GET)
    page = Paginator(whatif.narrowed(tried.cases, asked), PER_PAGE)
    shown = page.get_page(request.GET.get("page"))
    seen = Factory.objects.visible_to(request.user).select_related(
        "division", "authority__parent", "industry"
    )
    factories = seen.in_bulk([case.factory for case in shown])
    context = {
        "tried": tried,
        "page": shown,
        "rows": [(case, factories[case.factory]) for case in shown if case.factory in factories],
        "words": _words(tried, asked),
        "back": f"{reverse('reports:what_if')}?{urlencode(tried.asked)}",
    }
    return render(request, "reports/whatif/rows.html", context)


@require_safe
@role_required(*OFFICERS)
def what_if_workbook(request: Request) -> HttpResponse:
    """All of it as a file: the one trace a trial leaves is that this was taken out."""
    tried = _tried(request)
    if tried is None:
        return _to()
    found = whatif.picture(tried.cases, tried.office, tried.asked)
    names = {
        by: whatif.names_of(by, tried.office, {getattr(case, by) for case in tried.cases})
        for by in ("unit", "industry")
    }
    changed = whatif.changes(tried.trial, tried.present)
    content = whatif.workbook(tried.trial, changed, found, tried.cases, names, tried.at)
    answer = HttpResponse(content, content_type=XLSX)
    name = urlencode({"": f"规则试算_{tried.office.short_name}_{tried.at:%Y%m%d}.xlsx"})[1:]
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    words = [f"试算：{tried.trial.name}", f"数据日期：{business_date(tried.at)}"]
    form, size = FileForm.XLSX, len(tried.cases)
    return handed(request, answer, Table("what-if", "规则试算", words, whatif.LISTED, size, form))


def _office(request: Request) -> tuple[Authority, Policy]:
    """The office of the person, and the rules in force there."""
    if request.user.authority is None:
        raise PermissionDenied
    on = business_date(request.received_at)
    office = request.user.authority
    return office, policy.current(office.province_code, on)


def _to(**asked: str) -> HttpResponse:
    return redirect(reverse("reports:what_if") + (f"?{urlencode(asked)}" if asked else ""))


def _tried(request: Request) -> Tried | None:
    """What the address tries, with its outcome; None where it tries nothing that can be tried."""
    office, present = _office(request)
    asked = {name: request.GET[name] for name in ("edition", "profile") if request.GET.get(name)}
    try:
        if "profile" in asked:
            trial = whatif.unpacked(asked["profile"], present)
        elif "edition" in asked:
            trial = whatif.of_edition(asked["edition"], present)
        else:
            return None
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return None
    cases, at = _cases(office, trial, present, request.received_at)
    return Tried(office, present, trial, cases, at, asked)


def _cases(
    office: Authority, trial: Trial, present: Policy, at: datetime
) -> tuple[list[Case], datetime]:
    """The outcome, worked out once for all pages that show it within some minutes."""
    on = business_date(at)
    words = f"{office.path} {present.code} {on} {vars(trial)}"
    key = f"what-if:{sha256(words.encode()).hexdigest()}"
    held: tuple[list[Case], datetime] | None = cache.get(key)
    if held is None:
        held = whatif.cases_of(office, trial, present, on), at
        cache.set(key, held, KEPT_SECONDS)
    return held


def _words(tried: Tried, asked: Asked) -> list[str]:
    """What narrows the list, in words."""
    words = []
    if asked.outcome in Outcome.values:
        words.append(Outcome(asked.outcome).label)
    if asked.already:
        words.append("按现行规则自评也达不到所持等级")
    for by in ("tier", "unit", "industry"):
        if key := getattr(asked, by):
            words.append(whatif.names_of(by, tried.office, [key]).get(key, key))
    reasons = {one.key: one.text for case in tried.cases for one in case.reasons}
    if asked.condition:
        words.append(f"条件“{reasons.get(asked.condition, asked.condition)}”")
    return words
