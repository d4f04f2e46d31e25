"""The published distributions as a table: one indicator, one year, one province."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from assessments import standard
from assessments.standard import Kpi
from registry import policy
from registry.models import Enterprise, Industry
from reports.models import KpiSpread, KpiYear

ALL, NONE = KpiSpread.ALL, KpiSpread.NONE
SIZES = {ALL: "全部规模", **dict(Enterprise.Size.choices), NONE: "规模未填"}


@dataclass(frozen=True)
class Line:
    """One division (or all): a cell for each of ``SIZES``, None where it is not published."""

    label: str
    division: str
    cells: tuple[KpiSpread | None, ...]


@dataclass(frozen=True)
class Table:
    kpi: Kpi
    year: int
    computed_at: datetime | None
    lines: tuple[Line, ...]


def kpis_of(province: str, on: date) -> tuple[Kpi, ...]:
    """The indicators that the standard of the day asks for."""
    return standard.get(policy.current(province, on).standard).kpis


def years() -> list[int]:
    return list(KpiYear.objects.order_by("-year").values_list("year", flat=True))


def newest_year() -> int | None:
    return next(iter(years()), None)


def table(province: str, kpi: Kpi, year: int) -> Table:
    of_year = KpiYear.objects.filter(year=year).first()
    found = {
        one.group: one
        for one in KpiSpread.objects.filter(of_year=of_year, province=province, kpi=kpi.id)
    }
    divisions = sorted({division for division, _ in found}, key=_order)
    names = dict(Industry.objects.filter(code__in=divisions).values_list("code", "name"))
    labels = {ALL: "全部行业", NONE: "行业未填"}
    return Table(
        kpi,
        year,
        of_year.computed_at if of_year else None,
        tuple(
            Line(
                labels.get(division) or f"{division} {names.get(division, '')}".strip(),
                division,
                tuple(found.get((division, size)) for size in SIZES),
            )
            for division in divisions
        ),
    )


def _order(division: str) -> tuple[int, str]:
    return ({ALL: 0, NONE: 2}.get(division, 1), division)
