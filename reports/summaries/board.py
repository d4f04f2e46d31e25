"""How far an office and those below it have come with the summaries of a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.models import Authority, User
from reports.models import Summary
from reports.summaries.content import OWN, Line, figures_of, signed, units_of

#: What a board shows of every unit beside its state.
SHOWN = ("held_basic", "held_advanced", "held_excellent", "held_leading", "submitted", "granted")


@dataclass(frozen=True)
class State:
    code: str
    label: str


def state_of(one: Summary, on: date) -> State:
    """Where a summary stands on a day, without looking into it."""
    if one.sent_back_at is not None:
        return State("returned", "已退回")
    if one.signed_at is not None:
        return State("confirmed", "已签报（逾期）" if one.signed_late else "已签报")
    if one.is_overdue(on):
        return State("unfit", "逾期未报")
    if one.prepared_at is not None:
        return State("pending", "待签报")
    if one.edition > 1:
        return State("returned", "退回修改")
    if any(one.texts.values()):
        return State("draft", "填写中")
    return State("todo", "未开始")


#: A figure's key, by which its rows are opened, and its number.
Count = tuple[str, int]


@dataclass(frozen=True)
class Place:
    """One unit on the board of the office above."""

    summary: Summary
    state: State
    counts: tuple[Count, ...]


@dataclass(frozen=True)
class Board:
    """The units of an office in a year; ``rest`` is what lies below none of them."""

    own: Summary
    places: tuple[Place, ...]
    rest: tuple[Count, ...]
    total: tuple[Count, ...]
    labels: tuple[str, ...]

    @property
    def signed(self) -> int:
        return sum(place.summary.signed_at is not None for place in self.places)

    @property
    def late(self) -> int:
        return sum(place.state.code == "unfit" for place in self.places)


def years_of(user: User) -> list[int]:
    """The years of which the office has a summary, the latest first."""
    own = Summary.objects.filter(authority=user.authority_id)
    return sorted(set(own.values_list("year", flat=True)), reverse=True)


def own_of(user: User, year: int) -> Summary | None:
    found = Summary.objects.standing().filter(authority=user.authority_id, year=year)
    return found.select_related("authority").first()


def board(own: Summary, on: date) -> Board:
    """Who below has signed and who is late, with some of the office's figures: as it signed them
    itself, else as they stand now.
    """
    office: Authority = own.authority
    units = units_of(office, own.year)
    lines = (
        [line for line in signed(own).lines if line.figure.key in SHOWN]
        if own.signed_at
        else figures_of(office, own.year, units, SHOWN)
    )
    codes = [unit.code for unit in units]
    rows = Summary.objects.standing().filter(year=own.year, authority__code__in=codes)
    by_code = {one.authority.code: one for one in rows.select_related("authority")}
    return Board(
        own,
        tuple(
            Place(one, state_of(one, on), _counts(lines, unit.code))
            for unit in units
            if (one := by_code.get(unit.code))
        ),
        _counts(lines, OWN),
        tuple((line.figure.key, line.total) for line in lines),
        tuple(line.figure.label for line in lines),
    )


def _counts(lines: list[Line], unit: str) -> tuple[Count, ...]:
    return tuple((line.figure.key, line.count(unit)) for line in lines)
