"""Where a factory stands among its peers: its own figures beside the published quartiles.

Compared with the narrowest published group that holds it: its division and size, its division, or
the whole province. It learns a quarter, never a rank.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assessments import scoring
from assessments.models import Assessment
from assessments.standard import Kpi, Standard
from registry.models import Factory
from reports import annual
from reports.kpis.rebuild import year_of
from reports.models import KpiSpread

ALL, NONE = KpiSpread.ALL, KpiSpread.NONE


@dataclass(frozen=True)
class Place:
    """One indicator: the factory's own figure and the peers it is compared with, if published."""

    kpi: Kpi
    own: Decimal
    peers: KpiSpread | None
    group: str

    @property
    def unit(self) -> str:
        return "%" if self.kpi.change else self.kpi.unit

    @property
    def words(self) -> str:
        """In which quarter it lies, the best one first."""
        if self.peers is None:
            return ""
        bounds = [self.peers.low, self.peers.median, self.peers.high]
        passed = sum(self.own >= bound for bound in bounds)
        if not self.kpi.change and self.kpi.better == "down":
            passed = sum(self.own <= bound for bound in bounds)
        return ("后四分之一", "中间偏后", "中间偏前", "前四分之一")[passed]


def places(assessment: Assessment, edition: Standard) -> list[Place]:
    """Of a locked assessment, every indicator it gives a figure for."""
    if assessment.locked_at is None:
        return []
    answers = dict(assessment.answers.filter(item__startswith="kpi.").values_list("item", "value"))
    own = {kpi: figure_of(kpi, answers.get(f"kpi.{kpi.id}")) for kpi in edition.kpis}
    return compared(assessment.factory, year_of(assessment.locked_at), own)


def reported(factory: Factory, year: int, lines: Iterable[annual.Line]) -> list[Place]:
    """Of an annual report, the indicators that are no change: for a change it gives no before."""
    own = {
        line.kpi: figure_of(line.kpi, {"after": line.value, "unit": line.unit})
        for line in lines
        if not line.kpi.change and not line.na
    }
    return compared(factory, year, own)


def compared(factory: Factory, year: int, own: Mapping[Kpi, Decimal | None]) -> list[Place]:
    """The figures there are, each beside its peers of the year."""
    peers = _peers(factory, year)
    return [_place(kpi, figure, peers) for kpi, figure in own.items() if figure is not None]


def figure_of(kpi: Kpi, value: Any) -> Decimal | None:
    """The figure an answer counts by; None where it gives none."""
    if not isinstance(value, Mapping):
        return None
    if kpi.change:
        change: Decimal | None = scoring.kpi_change(kpi, value)
        return change
    if (value.get("unit") or kpi.unit) != kpi.unit:
        return None
    return scoring.to_number(value.get("after"))


def _peers(factory: Factory, year: int) -> Mapping[str, list[tuple[KpiSpread, str]]]:
    """By indicator the published groups that hold the factory, the narrowest first."""
    division, size = (factory.industry_id or "")[:2] or NONE, factory.enterprise.size or NONE
    groups = {
        (division, size): "同行业、同规模",
        (division, ALL): "同行业",
        (ALL, ALL): "全省",
    }
    rows = KpiSpread.objects.filter(
        of_year__year=year,
        province=factory.authority.province_code,
        division__in=(division, ALL),
        size__in=(size, ALL),
    )
    found: dict[str, list[tuple[KpiSpread, str]]] = {}
    order = list(groups)
    for row in sorted(
        (one for one in rows if one.group in groups), key=lambda r: order.index(r.group)
    ):
        found.setdefault(row.kpi, []).append((row, groups[row.group]))
    return found


def _place(kpi: Kpi, own: Decimal, peers: Mapping[str, list[tuple[KpiSpread, str]]]) -> Place:
    row, group = next(iter(peers.get(kpi.id, ())), (None, ""))
    return Place(kpi, own, row, group)
