"""Every table of figures as CSV."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Request, business_date, role_required
from registry.views.tables import csv_answer
from reports import grids
from reports.forms import GridForm


@require_safe
@role_required(*OFFICERS)
def grid_csv(request: Request, name: str) -> HttpResponse:
    if name not in grids.GRIDS:
        raise Http404
    asked = GridForm(request.GET).asked(business_date(request.received_at))
    grid = grids.grid(name, request.user, asked)
    place = request.user.authority
    return csv_answer(
        [place.short_name if place else "", grid.heading, asked.on.isoformat()],
        (grid.first, *grid.columns),
        ((row.label, *map(grids.rounded, row.values)) for row in grid.rows),
    )
