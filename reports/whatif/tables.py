"""The outcomes counted: by condition, place, industry and tier. Every figure names its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter

from registry.models import Authority
from registry.policy import Tier
from reports.titles import NONE, Cell, Line, Table, industry_labels, unit_labels
from reports.whatif.outcomes import Case, Outcome, Reason, outcomes_of

ALREADY = "1"
_BY = {"tier": "等级", "unit": "地区", "industry": "行业"}


@dataclass(frozen=True)
class Asked:
    """What narrows the list of factories; "" for what does not."""

    outcome: str = ""
    tier: str = ""
    unit: str = ""
    industry: str = ""
    condition: str = ""
    already: str = ""


def asked_of(given: Mapping[str, str]) -> Asked:
    return Asked(**{one.name: given.get(one.name, "") for one in fields(Asked)})


def narrowed(cases: Iterable[Case], asked: Asked) -> list[Case]:
    """Exactly the rows that a figure with these words counts."""
    return [
        case
        for case in cases
        if asked.outcome in ("", case.outcome)
        and asked.tier in ("", case.held or NONE)
        and asked.unit in ("", case.unit)
        and asked.industry in ("", case.industry)
        and (not asked.already or case.already)
        and (not asked.condition or asked.condition in {one.key for one in case.reasons})
    ]


@dataclass(frozen=True)
class ByCondition:
    """One condition and the factories it decides about; ``cells`` as ``DECIDED``."""

    reason: Reason
    cells: tuple[Cell, ...]
    already: Cell


DECIDED = (Outcome.FALL, Outcome.UNKNOWN, Outcome.RISE)


@dataclass(frozen=True)
class Picture:
    """All of it; each cell says what it counts, to be added to the address of the trial."""

    total: Cell
    outcomes: tuple[tuple[Outcome, Cell], ...]
    already: Cell
    conditions: tuple[ByCondition, ...]
    tables: tuple[Table, ...]


def picture(cases: list[Case], office: Authority, asked: dict[str, str]) -> Picture:
    """``asked`` are the words of the address that name what is tried."""
    counts = outcomes_of(cases)
    already = sum(case.already for case in cases)
    return Picture(
        total=Cell(len(cases), asked),
        outcomes=tuple((one, Cell(counts[one], asked | {"outcome": one})) for one in Outcome),
        already=Cell(already, asked | {"already": ALREADY}),
        conditions=tuple(_by_condition(cases, asked)),
        tables=tuple(_table(by, cases, office, asked) for by in _BY),
    )


def _by_condition(cases: list[Case], asked: dict[str, str]) -> list[ByCondition]:
    found: dict[str, list[Case]] = {}
    reasons: dict[str, Reason] = {}
    for case in cases:
        for reason in case.reasons:
            reasons[reason.key] = reason
            found.setdefault(reason.key, []).append(case)
    lines = []
    for key, those in found.items():
        counts, here = outcomes_of(those), asked | {"condition": key}
        cells = tuple(Cell(counts[one], here | {"outcome": one}) for one in DECIDED)
        before = Cell(sum(case.already for case in those), here | {"already": ALREADY})
        lines.append(ByCondition(reasons[key], cells, before))
    return sorted(lines, key=lambda one: [-cell.count for cell in one.cells])


_KEY: dict[str, Callable[[Case], str]] = {
    "tier": lambda case: case.held or NONE,
    "unit": attrgetter("unit"),
    "industry": attrgetter("industry"),
}


def _table(by: str, cases: list[Case], office: Authority, asked: dict[str, str]) -> Table:
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(_KEY[by](case), []).append(case)
    names = names_of(by, office, found)
    order = [key for key in names if key in found]
    lines = tuple(_line(names[key], found[key], asked | {by: key}) for key in order)
    return Table(_BY[by], lines, _line("合计", cases, asked))


def names_of(by: str, office: Authority, keys: Iterable[str]) -> dict[str, str]:
    """What the keys are called, in the order in which they are shown."""
    if by == "tier":
        return {**{tier.value: f"持有{tier.label}" for tier in Tier}, NONE: "没有称号"}
    named = unit_labels(office, keys) if by == "unit" else industry_labels(keys)
    return {key: named[key] for key in sorted(named, key=lambda one: (not one[0].isdigit(), one))}


def _line(label: str, cases: list[Case], asked: dict[str, str]) -> Line:
    counts = outcomes_of(cases)
    cells = tuple(Cell(counts[one], asked | {"outcome": one}) for one in Outcome)
    return Line(label, cells, Cell(len(cases), asked))
