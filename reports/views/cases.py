"""Pages on the course of cases: how many stand at which step and for how long, how long decisions
take; with the list that every figure opens.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Request, business_date, role_required
from registry.policy import Tier
from reports import durations, funnel
from reports.filters import CaseRows
from reports.listings import CASE_ROWS
from reports.views.asked import chosen, list_at, office_of, rows_page
from tiers import timing
from tiers.models import Application


@require_safe
@role_required(*OFFICERS)
def case_funnel(request: Request) -> HttpResponse:
    """How many cases of one tier reached each step, how many wait there, and for how long."""
    on = business_date(request.received_at)
    asked = _narrowed(request.GET, "tier", "round")
    asked.setdefault("tier", Tier.BASIC.value)
    rows = CaseRows(asked, queryset=Application.objects.none(), request=request, on=on)
    given = rows.form.cleaned_data if rows.form.is_valid() else {}
    tier, batch = Tier(given.get("tier") or Tier.BASIC), given.get("round")
    cases = funnel.of(request.user, tier, batch)
    narrow = {"tier": tier.value} | ({"round": str(batch.pk)} if batch else {})
    context = {
        "on": on,
        "tier": tier,
        "form": rows.form,
        "ages": funnel.AGE_LABELS.values(),
        "funnel": funnel.funnel(cases, request.user, tier, on, narrow),
        "list": list_at("reports:case_rows"),
    }
    return render(request, "reports/funnel.html", context)


@require_safe
@role_required(*OFFICERS)
def decision_times(request: Request) -> HttpResponse:
    """How long whole cases and the steps of each bureau take."""
    on, office = business_date(request.received_at), office_of(request)
    asked = _narrowed(request.GET, "tier")
    rows = CaseRows(asked, queryset=durations.of(request.user), request=request, on=on)
    narrow, cases = chosen(rows), rows.qs
    lines, total = durations.by_unit(cases, office, on, narrow)
    first, last = timing.period(on)
    context = {
        "first": first,
        "last": last,
        "form": rows.form,
        "lines": lines,
        "total": total,
        "bureaus": durations.by_bureau(cases, office, on, narrow),
        "list": list_at("reports:case_rows"),
    }
    return render(request, "reports/times.html", context)


@require_safe
@role_required(*OFFICERS)
def case_rows(request: Request) -> HttpResponse:
    """The cases behind a figure."""
    return rows_page(
        request,
        CASE_ROWS,
        crumbs=[("申报进展", reverse("reports:case_funnel"))],
        lead="已提交的申报",
        none="没有符合条件的申报",
    )


def _narrowed(given: QueryDict, *names: str) -> Any:
    """These filters alone: the others are of the list, not of the table."""
    asked = given.copy()
    for name in set(asked) - set(names):
        del asked[name]
    return asked
