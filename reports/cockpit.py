"""The cockpit (驾驶舱) of a province or a city: what leaders look at, on one page. Every number
opens the list of its rows, by the same names as the pages of figures.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from registry.models import Authority, User
from registry.policy import Tier
from reports import targets, titles
from reports.targets import Target
from reports.titles import Cell, Table
from tiers.models import CertificationQuerySet, Standing

#: How far ahead the ends of titles are looked at, in days.
AHEAD = (30, 90, 180)
YEARS = 5
#: Steps of shading on the tiles and in the matrix.
SHADES = 5


@dataclass(frozen=True)
class Head:
    """A tier on top of the page: titles in force, and the plan's target where it has one."""

    tier: Tier
    held: Cell
    begun: Cell
    target: Target | None


@dataclass(frozen=True)
class Shaded:
    """A number with how dark its field is, 0 (none) to ``SHADES``."""

    cell: Cell
    shade: int


@dataclass(frozen=True)
class Row:
    label: str
    cells: tuple[Shaded, ...]
    total: Cell


@dataclass(frozen=True)
class Matrix:
    """Columns by name, lines, and the sums of both."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Row


@dataclass(frozen=True)
class Column:
    """One year of growth as a column of a chart of 100 by 60 units."""

    year: titles.Year
    x: str
    y: str
    height: str
    middle: str
    above: str


def heads(user: User, on: date) -> list[Head]:
    """Every tier with what is in force, what began this year, and its target."""
    seen = titles.of(user, on)
    held = Counter(dict(_by_tier(seen.in_force(on))))
    begun = Counter(dict(_by_tier(titles.begun(seen, on.year, on))))
    wanted = {one.tier: one for one in targets.targets(user, on)} if user.role == "province" else {}
    return [
        Head(
            tier,
            Cell(held[tier], _valid(on) | {"tier": tier.value}),
            Cell(begun[tier], {"begun": str(on.year), "on": str(on), "tier": tier.value}),
            wanted.get(tier),
        )
        for tier in Tier
    ]


def elapsed(target: Target, on: date) -> float:
    """How much of the plan's three years is over, for the mark on the bar."""
    first, last = date(target.year - 2, 1, 1), date(target.year, 12, 31)
    return min(1.0, max(0.0, (on - first).days / (last - first).days))


def units(user: User, office: Authority, on: date) -> Matrix:
    """Titles in force by unit and tier."""
    return _shaded(titles.table(titles.of(user, on).in_force(on), "unit", office), on)


def industries(user: User, office: Authority, on: date) -> Matrix:
    """Titles in force by industry division and tier."""
    return _shaded(titles.table(titles.of(user, on).in_force(on), "industry", office), on)


def years(user: User, office: Authority, tier: Tier, on: date) -> Matrix:
    """Titles of one tier in force, by unit and the year of their determination."""
    seen = titles.of(user, on).in_force(on).filter(tier=tier)
    keys = seen.order_by().values_list("factory__authority__path", "valid_from__year")
    found: dict[str, Counter[int]] = {}
    for path, year, count in keys.annotate(Count("pk")):
        found.setdefault(titles.unit_of(path, office), Counter())[year] += count
    labels = titles.unit_labels(office, found)
    asked = _valid(on) | {"tier": tier.value}
    columns = range(on.year - YEARS + 1, on.year + 1)
    most = max((count for one in found.values() for count in one.values()), default=0)

    def row(label: str, counts: Counter[int], narrow: dict[str, str]) -> Row:
        cells = (Cell(counts[year], narrow | {"year": str(year)}) for year in columns)
        shaded = tuple(Shaded(cell, _shade(cell.count, most)) for cell in cells)
        return Row(label, shaded, Cell(counts.total(), narrow))

    last = (titles.OWN, titles.AWAY)
    order = sorted(labels, key=lambda key: (key in last, key))
    return Matrix(
        tuple(f"{year}年" for year in columns),
        tuple(row(labels[key], found.get(key, Counter()), asked | {"unit": key}) for key in order),
        row("合计", sum(found.values(), Counter()), asked),
    )


def growth(seen: CertificationQuerySet, on: date) -> list[Column]:
    """The register at the end of each year, the oldest first."""
    course = titles.years(seen, on, YEARS)[::-1]
    most = max((year.after.count for year in course), default=0) or 1
    return [_column(number, year, most) for number, year in enumerate(course)]


def _column(number: int, year: titles.Year, most: int) -> Column:
    height, left = 42 * year.after.count / most, number * 20 + 4
    top = 52 - height
    return Column(year, f"{left}", f"{top:.1f}", f"{height:.1f}", f"{left + 6}", f"{top - 1.5:.1f}")


def ends(user: User, on: date) -> list[tuple[int, tuple[Cell, ...], Cell]]:
    """Titles in force that run out within so many days, by tier and together."""
    held = titles.of(user, on).in_force(on)
    found = []
    for days in AHEAD:
        until = on + timedelta(days=days)
        counts = Counter(dict(_by_tier(titles.ending_by(held, until))))
        asked = _valid(on) | {"ends_by": str(until)}
        cells = tuple(Cell(counts[tier], asked | {"tier": tier.value}) for tier in Tier)
        found.append((days, cells, Cell(counts.total(), asked)))
    return found


def _by_tier(seen: CertificationQuerySet) -> list[tuple[str, int]]:
    return list(seen.order_by().values_list("tier").annotate(Count("pk")))


def _valid(on: date) -> dict[str, str]:
    return {"on": str(on), "standing": Standing.VALID.value}


def _shaded(table: Table, on: date) -> Matrix:
    """The same table with each column shaded by its own greatest number."""
    lines = table.lines
    most = [max((line.cells[n].count for line in lines), default=0) for n in range(len(Tier))]

    def row(line: titles.Line) -> Row:
        cells = zip(line.cells, most, strict=True)
        shaded = tuple(Shaded(_on(cell, on), _shade(cell.count, top)) for cell, top in cells)
        return Row(line.label, shaded, _on(line.total, on))

    return Matrix(tuple(tier.label for tier in Tier), tuple(map(row, lines)), row(table.total))


def _on(cell: Cell, on: date) -> Cell:
    return Cell(cell.count, _valid(on) | cell.asked)


def _shade(count: int, most: int) -> int:
    """Few are pale, even where they are the most."""
    return -(-SHADES * count // max(most, SHADES))
