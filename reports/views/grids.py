"""Every table of figures as CSV, and the list of a year."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from registry import policy
from registry.access import OFFICERS, Request, Role, business_date, role_required
from registry.views.tables import csv_answer
from reports import grids
from reports.exports import Table, hand_over
from reports.forms import GridForm
from tiers import yearly
from tiers.forms.derivation import YearlyListForm


@require_safe
@role_required(*OFFICERS)
def grid_csv(request: Request, name: str) -> HttpResponse:
    if name not in grids.GRIDS:
        raise Http404
    asked = GridForm(request.GET).asked(business_date(request.received_at))
    grid = grids.grid(name, request.user, asked)
    place = request.user.authority
    columns = (grid.first, *grid.columns)
    answer = csv_answer(
        [place.short_name if place else "", grid.heading, asked.on.isoformat()],
        columns,
        ((row.label, *map(grids.rounded, row.values)) for row in grid.rows),
    )
    words = grids.words(name, request.user, asked)
    table = Table(f"figures/{name}", f"统计表：{grid.heading}", words, columns, len(grid.rows))
    return handed(request, answer, table)


@require_safe
@role_required(Role.PROVINCE)
def yearly_csv(request: Request) -> HttpResponse:
    """年度名单 as of a day, today unless the address names another."""
    today, path = business_date(request.received_at), request.user.authority_path
    rules = policy.current(path.split("/")[1], today)
    form = YearlyListForm(request.GET or None, initial={"on": today})
    if not rules.yearly_list or form.errors:
        raise Http404
    on = form.cleaned_data["on"] if form.is_bound else today
    rows = yearly.rows(path, rules, on)
    lines = [(number, *row.values()) for number, row in enumerate(rows, start=1)]
    name = [request.user.place_name, "年度名单", on.isoformat()]
    table = Table("yearly", "年度名单", [f"名单日期：{on}"], yearly.COLUMNS, len(rows))
    return handed(request, csv_answer(name, yearly.COLUMNS, lines), table)


def handed(request: Request, answer: HttpResponse, table: Table) -> HttpResponse:
    """The answer, put down as taken out; whoever asks for its head alone takes nothing."""
    if request.method == "GET":
        hand_over(table, answer.content, by=request.user, at=request.received_at)
    return answer
