"""Annual reports in lists: a firm's own, an office's by state, those that missed too many years;
opening a year by hand.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from registry.access import (
    OFFICERS,
    Request,
    Role,
    business_date,
    changing,
    of_a_firm,
    role_required,
)
from registry.listing.asking import PLACES
from registry.views.pages import list_page, paged
from reports import annual
from reports.forms.annual import STATES, AnnualFilter, OpenForm
from reports.listings import ANNUAL
from reports.models import AnnualReport, stands
from tiers.forms.applications import add_refusals

PER_PAGE = 30


@role_required(Role.ENTERPRISE, *OFFICERS)
@require_safe
@of_a_firm
def annual_list(request: Request) -> HttpResponse:
    """Under tabs by state, each with as many rows as its number says."""
    on, seen = business_date(request.received_at), AnnualReport.objects.visible_to(request.user)
    asked = request.GET.copy()
    for name in ("state", *PLACES):
        asked.pop(name, None)
    everything = AnnualFilter(asked, queryset=seen, request=request).qs
    context: dict[str, Any] = {
        "on": on,
        "state": request.GET.get("state", ""),
        "states": _tabs(everything, on),
        "asked": asked.urlencode(),
    }
    if request.user.role == Role.ENTERPRISE:
        found = AnnualFilter(request.GET, queryset=seen, request=request).qs
        page = paged(request, found.for_list().order_by("-year", "due_on", "pk"))
        rows = [(one, one.state_on(on), one.label_on(on)) for one in page]
        return render(request, "reports/annual/own.html", {"page": page, "rows": rows, **context})
    return list_page(
        request,
        ANNUAL,
        "reports/annual/list.html",
        size=PER_PAGE,
        may_open=annual.may_open(request.user),
        missed=len(annual.seen_by(request.user, on)),
        **context,
    )


def _tabs(rows: Any, on: date) -> list[tuple[str, str, int]]:
    """All, and each state with its number, in one question."""
    counts = {state: Count("pk", filter=stands(state, on)) for state in STATES}
    found = rows.order_by().aggregate(**counts)
    whole = ("", "全部", sum(found.values()))
    return [whole, *((state, word, found[state]) for state, word in STATES.items())]


@role_required(*OFFICERS)
@require_safe
def annual_missed(request: Request) -> HttpResponse:
    """Factories to look at again, with the way to whatever an officer may do about them."""
    on = business_date(request.received_at)
    rows = annual.seen_by(request.user, on)
    context = {"on": on, "rows": rows}
    return render(request, "reports/annual/missed.html", context)


@role_required(Role.PROVINCE)
@changing
def annual_open(request: Request) -> HttpResponse:
    """Open a finished year by hand; what is there already is left alone."""
    on = business_date(request.received_at)
    if not annual.may_open(request.user):
        raise PermissionDenied
    form = OpenForm(request.POST or None, years=annual.years_to_open(request.user, on))
    if request.method == "POST" and form.is_valid():
        year = form.cleaned_data["year"]
        try:
            made = annual.open_year(year, on=on, at=request.received_at, by=request.user)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            told = f"新增 {made} 份，企业会收到站内信" if made else "没有新增，应报送的工厂都已列出"
            messages.success(request, f"{year}年度报告：{told}")
            return redirect("reports:annual_list")
    status = 422 if form.errors else 200
    return render(request, "reports/annual/open.html", {"form": form}, status=status)
