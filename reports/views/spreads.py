"""The page of the published distributions of indicators."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Request, business_date, role_required
from reports import kpis
from reports.forms import KpiTable
from reports.views.asked import office_of


@require_safe
@role_required(*OFFICERS)
def kpi_spreads(request: Request) -> HttpResponse:
    """One indicator over the industries and sizes of the officer's province."""
    on, province = business_date(request.received_at), office_of(request).province_code
    known, years = kpis.kpis_of(province, on), kpis.years()
    form = KpiTable(request.GET, kpis=known, years=years)
    given = form.cleaned_data if form.is_valid() else {}
    kpi = next((one for one in known if one.id == given.get("kpi")), known[0])
    year = given.get("year") or next(iter(years), on.year)
    context = {
        "kpis": known,
        "years": years,
        "kpi": kpi,
        "unit": "%" if kpi.change else kpi.unit,
        "year": year,
        "table": kpis.table(province, kpi, year),
        "sizes": kpis.SIZES.values(),
        "floor": kpis.FLOOR,
    }
    return render(request, "reports/kpis.html", context)
