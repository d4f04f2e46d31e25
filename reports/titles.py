"""Titles counted (称号统计). Every figure is the length of the list that its link opens: both come
from one query set, narrowed by the same names.

A figure is of the titles in the asker's own scope, as they stand on a day, as far as is known today
(a revocation entered later shows in it).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from registry.models import Authority, Industry, User
from registry.policy import Tier
from tiers import register
from tiers.models import Certification, CertificationQuerySet, Standing

Rows = TypeVar("Rows", bound=QuerySet)
#: A key for what has none: no industry given, the office itself, a factory that has moved away.
NONE, OWN, AWAY = "none", "own", "away"
#: In the register on a day, in force or suspended.
RUNNING = "running"


@dataclass(frozen=True)
class Cell:
    """A number and what narrows the list to exactly those rows, as words of an address."""

    count: int
    asked: dict[str, str]

    @property
    def query(self) -> str:
        return urlencode(self.asked)


@dataclass(frozen=True)
class Line:
    """One line of a table: its tiers in their order, and all of them together."""

    label: str
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True)
class Table:
    heading: str
    lines: tuple[Line, ...]
    total: Line


BY = {
    "unit": "地区",
    "industry": "行业",
    "year": "认定年份",
    "source": "来源",
    "standing": "状态",
}
_KEYS: dict[str, str | Left] = {
    "unit": "factory__authority__path",
    "industry": Left("factory__industry__code", 2),
    "year": "valid_from__year",
    "source": "source",
    "standing": "standing",
}


def of(user: User, on: date) -> CertificationQuerySet:
    """The titles a person sees, each with its standing on a day."""
    return Certification.objects.visible_to(user).with_standing(on)


def at_least(titles: CertificationQuerySet, tier: Tier, on: date) -> CertificationQuerySet:
    """One title in force for each factory that holds this tier or a higher one: its highest."""
    wanted = Q()
    for one in (each for each in Tier if each.rank >= tier.rank):
        higher = [each for each in Tier if each.rank > one.rank]
        above = Certification.objects.in_force(on).filter(
            factory=OuterRef("factory"), tier__in=higher
        )
        wanted |= Q(~Exists(above), tier=one)
    return titles.in_force(on).filter(wanted)


def in_unit(rows: Rows, office: Authority, unit: str) -> Rows:
    """Rows of factories below one unit of an office, of the office itself, or moved away."""
    match unit:
        case "own":
            return rows.filter(factory__authority=office)
        case "away":
            return rows.exclude(factory__authority__path__startswith=office.path)
    return rows.filter(factory__authority__path__startswith=f"{office.path}{unit}/")


def public(office: Authority, on: date) -> Table:
    """What the public register shows as in force in a province, by the units that report to it."""
    shown = register.published().filter(factory__authority__path__startswith=office.path)
    counted = table(shown.in_force(on), "unit", office)
    return replace(
        counted,
        lines=tuple(_as_public(line, "city") for line in counted.lines),
        total=_as_public(counted.total, "province", office.code),
    )


def _as_public(line: Line, name: str, value: str = "") -> Line:
    """The same line in the words that the public register is asked by."""

    def renamed(cell: Cell) -> Cell:
        tier = {"tier": cell.asked["tier"]} if "tier" in cell.asked else {}
        return Cell(cell.count, {name: value or cell.asked["unit"], **tier})

    return Line(line.label, tuple(renamed(one) for one in line.cells), renamed(line.total))


def table(titles: CertificationQuerySet, by: str, office: Authority) -> Table:
    """How many titles of each tier there are, by one of ``BY``."""
    counted = titles.order_by().values_list(_KEYS[by], "tier").annotate(Count("pk"))
    found: dict[str, Counter[str]] = {}
    for key, tier, count in counted:
        name = unit_of(key, office) if by == "unit" else str(key or NONE)
        found.setdefault(name, Counter())[tier] += count
    labels = _labels(by, office, found)
    lines = tuple(_line(labels[key], found[key], {by: key}) for key in _order(by, labels, found))
    return Table(BY[by], lines, _line("合计", sum(found.values(), Counter()), {}))


def _line(label: str, counts: Counter[str], asked: dict[str, str]) -> Line:
    cells = tuple(Cell(counts[tier], {**asked, "tier": tier.value}) for tier in Tier)
    return Line(label, cells, Cell(counts.total(), asked))


def unit_of(path: str, office: Authority) -> str:
    """By which of an office's units a place lies: the name that lists are asked by."""
    if not path.startswith(office.path):
        return AWAY
    return path[len(office.path) :].partition("/")[0] or OWN


def _labels(by: str, office: Authority, keys: Iterable[str]) -> dict[str, str]:
    """What the keys that were met are called; every unit of an office, met or not."""
    match by:
        case "unit":
            ours = {OWN: f"{office.short_name}本级", AWAY: "已迁往其他地区"}
            return _units(office) | {key: ours[key] for key in keys if key in ours}
        case "industry":
            names = {one.code: str(one) for one in Industry.objects.filter(code__in=keys)}
            return {key: names.get(key, "未填行业") for key in keys}
        case "year":
            return {key: f"{key}年" for key in keys}
        case "source":
            return {key: Certification.Source(key).label for key in keys}
    return {key: Standing(key).label for key in keys}


def _units(office: Authority) -> dict[str, str]:
    below = Authority.objects.offices().filter(parent=office)
    return {one.path.rstrip("/").rpartition("/")[2]: one.short_name for one in below}


def unit_labels(office: Authority, keys: Iterable[str]) -> dict[str, str]:
    """What the units that were met are called, and every unit of the office, met or not."""
    return _labels("unit", office, keys)


def unit_name(office: Authority, unit: str) -> str:
    return _labels("unit", office, [unit]).get(unit, unit)


def industry_labels(codes: Iterable[str]) -> dict[str, str]:
    return _labels("industry", Authority(), codes)


def industry_name(code: str) -> str:
    return industry_labels([code])[code]


def _order(by: str, labels: dict[str, str], found: dict[str, Counter[str]]) -> list[str]:
    if by == "unit":
        found.update({key: Counter() for key in labels if key not in found})
        return sorted(labels, key=lambda key: (key in (OWN, AWAY), key))
    return sorted(found, key=lambda key: (key == NONE, key), reverse=by == "year")


def ending_by(titles: CertificationQuerySet, day: date) -> CertificationQuerySet:
    """Those that run out by a day (its end included) and have not been renewed."""
    return titles.filter(last_day__lte=day).exclude(ending=Certification.Ending.SUPERSEDED)


# --- from year to year --------------------------------------------


@dataclass(frozen=True)
class Year:
    """A year's course: ``before`` it, those that began and ended in it, and those in the register
    at its end; before + begun - ended = after. A suspended title stays in the register.
    """

    year: int
    before: Cell
    begun: Cell
    endings: tuple[Cell, ...]
    after: Cell


ENDINGS = tuple(Certification.Ending)


def years(titles: CertificationQuerySet, on: date, count: int = 5) -> list[Year]:
    """The course of the last years, the latest first; the present one up to the day."""
    return [_year(titles, year, on) for year in range(on.year, on.year - count, -1)]


def _year(titles: CertificationQuerySet, year: int, on: date) -> Year:
    before, after = date(year - 1, 12, 31), min(date(year, 12, 31), on)
    gone = Counter(ended(titles, year, on).order_by().values_list("ending", flat=True))
    gone[Certification.Ending.EXPIRED] += gone.pop("", 0)  # the night has not recorded it yet
    return Year(
        year,
        _running(titles, before),
        Cell(begun(titles, year, on).count(), {"begun": str(year), "on": str(on)}),
        tuple(
            Cell(gone[one], {"ended": str(year), "ending": one.value, "on": str(on)})
            for one in ENDINGS
        ),
        _running(titles, after),
    )


def _running(titles: CertificationQuerySet, day: date) -> Cell:
    return Cell(titles.running(day).count(), {"standing": RUNNING, "on": str(day)})


def ended_as(titles: CertificationQuerySet, ending: str) -> CertificationQuerySet:
    """Those that ended in one way; what no night has recorded yet has run out."""
    ways = [ending, ""] if ending == Certification.Ending.EXPIRED else [ending]
    return titles.filter(ending__in=ways)


def begun(titles: CertificationQuerySet, year: int, on: date) -> CertificationQuerySet:
    """Those whose first day lies in the year up to a day, but for renewals that fell before it."""
    return titles.filter(valid_from__year=year, valid_from__lte=on).exclude(_never_ran())


def ended(titles: CertificationQuerySet, year: int, on: date) -> CertificationQuerySet:
    """Those that left the register in the year up to a day."""
    return titles.filter(ends_on__year=year, ends_on__lte=on).exclude(_never_ran())


def _never_ran() -> Q:
    return Q(ends_on__isnull=False, ends_on=F("valid_from"))
