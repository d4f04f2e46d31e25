"""What a summary says: its words, its figures by the units below, and what has changed since.

Every figure is held as its rows. A number is the length of its list, and a sum is of lists that
share no row; so what is frozen can be opened row by row, and compared with the register of today.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from registry import digests
from registry.models import Authority
from reports.models import Summary
from reports.summaries.figures import BY_KEY, FIGURES, Figure

#: Rows that lie below the office and below none of its units.
OWN = ""
#: What is written: key, heading, and what belongs there.
SECTIONS = (
    ("work", "工作开展情况", "组织申报、认定、备案、检查、培训宣传等做了什么"),
    ("results", "主要成效", "工厂改造前后的变化、典型做法，可举例"),
    ("problems", "存在问题", "推进中的困难，分别属于企业、本地和上级的写清楚"),
    ("plan", "下一步打算", "下一年的目标、安排和措施"),
    ("support", "政策支持情况", "资金、金融、用地、人才等支持政策和兑现情况，没有的填“无”"),
)


@dataclass(frozen=True)
class Unit:
    """An office below that sums up for itself, with its signed edition, if it has signed."""

    code: str
    name: str
    path: str = ""
    edition: int = 0
    digest: str = ""
    signed_on: str = ""

    @property
    def frozen(self) -> dict[str, Any]:
        kept = ("code", "name", "edition", "digest", "signed_on")
        return {name: getattr(self, name) for name in kept}


Rows = list[list[Any]]  # each a row's key and its name


@dataclass(frozen=True)
class Line:
    """One figure: its rows by unit."""

    figure: Figure
    by_unit: Mapping[str, Rows]

    @property
    def total(self) -> int:
        return sum(len(rows) for rows in self.by_unit.values())

    def rows(self, unit: str | None = None) -> Rows:
        """Those of one unit, or all."""
        if unit is not None:
            return list(self.by_unit.get(unit, []))
        return [row for rows in self.by_unit.values() for row in rows]

    def count(self, unit: str) -> int:
        return len(self.by_unit.get(unit, []))


@dataclass(frozen=True)
class Content:
    """Words, attachments, units and figures, as they stand or as they were signed."""

    texts: Mapping[str, str]
    files: Sequence[Mapping[str, str]]
    gaps_note: str
    units: Sequence[Unit]
    lines: Sequence[Line]

    @cached_property
    def line_of(self) -> dict[str, Line]:
        return {line.figure.key: line for line in self.lines}

    @cached_property
    def frozen(self) -> dict[str, Any]:
        return {
            "texts": dict(self.texts),
            "files": [dict(one) for one in self.files],
            "gaps_note": self.gaps_note,
            "units": [unit.frozen for unit in self.units],
            "figures": {line.figure.key: dict(line.by_unit) for line in self.lines},
        }

    @cached_property
    def digest(self) -> str:
        return digests.of(self.frozen)

    @property
    def gaps(self) -> list[Unit]:
        """Units that have not signed."""
        return [unit for unit in self.units if not unit.digest]

    @property
    def missing(self) -> list[str]:
        """The headings under which nothing is written."""
        return [heading for key, heading, _ in SECTIONS if not self.texts.get(key, "").strip()]


@dataclass(frozen=True)
class Correction:
    """A figure that the register gives differently now than when it was signed."""

    line: Line
    was: int
    now: int
    come: tuple[str, ...]
    gone: tuple[str, ...]
    shifted: tuple[str, ...]


# --- as it stands --------------------------------------------


def now(summary: Summary, keys: Collection[str] = BY_KEY) -> Content:
    """The content by the register of this moment; with ``keys`` no other figure is counted."""
    office = summary.authority
    units = units_of(office, summary.year)
    files = summary.files.live().order_by("pk").values("name", "sha256")
    return Content(
        texts=summary.texts,
        files=list(files),
        gaps_note=summary.gaps_note,
        units=units,
        lines=figures_of(office, summary.year, units, keys),
    )


def figures_of(
    office: Authority, year: int, units: Sequence[Unit], keys: Collection[str] = BY_KEY
) -> list[Line]:
    owners = [(unit.path, unit.code) for unit in units]
    wanted = [figure for figure in FIGURES if figure.key in keys]
    return [_line(figure, office, year, owners) for figure in wanted]


def _line(figure: Figure, office: Authority, year: int, owners: list[tuple[str, str]]) -> Line:
    by_unit: dict[str, Rows] = {}
    known: dict[str, str] = {}
    for pk, path, name in figure.listed(office, year):
        if path not in known:
            known[path] = next((code for above, code in owners if path.startswith(above)), OWN)
        by_unit.setdefault(known[path], []).append([pk, name or str(pk)])
    return Line(figure, dict(sorted(by_unit.items())))


def units_of(office: Authority, year: int) -> list[Unit]:
    """The offices that report to this one: those below with a summary and none between."""
    below = Summary.objects.standing().filter(year=year, authority__path__startswith=office.path)
    found: list[Unit] = []
    for one in (
        below.exclude(authority=office).select_related("authority").order_by("authority__path")
    ):
        path = one.authority.path
        if not any(path.startswith(unit.path) for unit in found):
            found.append(_unit(one))
    return found


def _unit(one: Summary) -> Unit:
    office, signed = one.authority, one.signed_at is not None
    return Unit(
        office.code,
        office.short_name,
        office.path,
        edition=one.edition,
        digest=one.digest,
        signed_on=one.frozen["signed_on"] if signed else "",
    )


# --- as it was signed --------------------------------------------


def signed(summary: Summary) -> Content:
    """The content as it was signed, whatever has become of the register since."""
    kept = summary.frozen
    figures = kept["figures"]  # PostgreSQL keeps no order of keys
    return Content(
        texts=kept["texts"],
        files=kept["files"],
        gaps_note=kept["gaps_note"],
        units=[Unit(**one) for one in kept["units"]],
        lines=[Line(one, figures[key]) for key, one in BY_KEY.items() if key in figures],
    )


def shown(summary: Summary) -> Content:
    """What a page about the summary shows."""
    return signed(summary) if summary.signed_at else now(summary)


def corrections(was: Content, is_now: Content) -> list[Correction]:
    """Every figure whose rows are not the same ones, or not under the same units, any more."""
    pairs = ((line, is_now.line_of.get(line.figure.key)) for line in was.lines)
    found = [_correction(line, later) for line, later in pairs if later is not None]
    return [one for one in found if one.come or one.gone or one.shifted]


def _correction(was: Line, is_now: Line) -> Correction:
    before, after = _places(was), _places(is_now)
    return Correction(
        line=was,
        was=was.total,
        now=is_now.total,
        come=tuple(name for pk, (_, name) in after.items() if pk not in before),
        gone=tuple(name for pk, (_, name) in before.items() if pk not in after),
        shifted=tuple(
            name for pk, (unit, name) in after.items() if pk in before and before[pk][0] != unit
        ),
    )


def _places(line: Line) -> dict[int, tuple[str, str]]:
    return {pk: (unit, name) for unit, rows in line.by_unit.items() for pk, name in rows}


def changed_units(was: Content, is_now: Content) -> list[tuple[Unit | None, Unit]]:
    """Units that have signed another edition since, or have signed or been sent back."""
    before = {unit.code: unit for unit in was.units}
    pairs = [(before.get(unit.code), unit) for unit in is_now.units]
    return [(old, new) for old, new in pairs if old is None or old.digest != new.digest]
