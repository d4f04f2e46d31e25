"""Every table of figures as CSV."""

from __future__ import annotations

import csv

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Request, business_date, role_required
from reports import grids
from reports.forms import GridForm


@require_safe
@role_required(*OFFICERS)
def grid_csv(request: Request, name: str) -> HttpResponse:
    """UTF-8 with a mark, so that spreadsheets open it with its characters."""
    if name not in grids.GRIDS:
        raise Http404
    asked = GridForm(request.GET).asked(business_date(request.received_at))
    grid = grids.grid(name, request.user, asked)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{asked.on.isoformat()}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow((grid.first, *grid.columns))
    for row in grid.rows:
        writer.writerow((grids.plain(row.label), *map(grids.plain, row.values)))
    return response
