"""One page of a list that may be long: counted to a thousand, and no page dearer than the first.

The first thousand rows have numbered pages. Behind them one goes on from the last row seen: the
database is asked for the rows after that one, not to walk past all before it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connection, connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import QueryDict

from registry.listing.asking import readdressed
from registry.listing.ordering import Order

#: Up to here rows are counted; beyond it a list says "1000+".
EXACT = 1_000
END = "end"


def said(count: int) -> str:
    """A count as it is written: 1000+ stands for any more."""
    return f"{EXACT}+" if count > EXACT else str(count)


def counted(rows: QuerySet[Any]) -> int:
    """How many rows there are, ``EXACT`` + 1 standing for any more."""
    return int(rows.order_by()[: EXACT + 1].count())


#: For ``pk__in``: the rows that ``counted_each`` is given to find once for all it counts.
FOUND = RawSQL("SELECT pk FROM found", ())


def counted_each(
    wanted: Mapping[str, QuerySet[Any]],
    *,
    most: int | None = None,
    found: QuerySet[Any] | Sequence[int] | None = None,
) -> dict[str, int]:
    """How many rows each of several queries has, up to ``most`` where given, asked in one.

    ``found`` are rows, or keys, worked out once, however many of the queries are about ``FOUND``.
    """
    counts = dict.fromkeys(wanted, 0)
    try:
        begin, params = _found_once(found)
        parts: list[tuple[str, str]] = []
        for name, rows in wanted.items():
            with suppress(EmptyResultSet):
                sql, given = _to_count(rows, most)
                # The text is what Django wrote; values travel apart.
                parts.append((name, f"(SELECT COUNT(*) FROM ({sql}) AS counted)"))  # noqa: S608
                params += given
    except EmptyResultSet:
        return counts
    if parts:
        with connections[next(iter(wanted.values())).db].cursor() as cursor:
            cursor.execute(begin + "SELECT " + ", ".join(part for _, part in parts), params)
            counts |= zip((name for name, _ in parts), cursor.fetchone(), strict=True)
    return counts


def _found_once(found: QuerySet[Any] | Sequence[int] | None) -> tuple[str, list[Any]]:
    """What stands before a statement that is about ``FOUND``."""
    if found is None:
        return "", []
    sql: str
    params: Sequence[Any]
    if isinstance(found, QuerySet):
        sql, params = found.order_by().values("pk").query.sql_with_params()
    elif connection.vendor == "postgresql":
        sql, params = "SELECT UNNEST(%s::bigint[])", [list(found)]
    else:
        sql, params = "SELECT value FROM JSON_EACH(%s)", [json.dumps(list(found))]
    return f"WITH found(pk) AS MATERIALIZED ({sql}) ", list(params)


def _to_count(rows: QuerySet[Any], most: int | None) -> tuple[str, Sequence[Any]]:
    keys = rows.order_by()
    keys = keys if keys.query.combinator or keys.query.distinct else keys.values("pk")
    found: tuple[str, Sequence[Any]] = (
        keys if most is None else keys[:most]
    ).query.sql_with_params()
    return found


@dataclass(frozen=True)
class Slice:
    """The rows of one page and the ways to its neighbours."""

    rows: Sequence[Any]
    count: int
    size: int
    number: int | None  # of a numbered page; None behind them
    previous: dict[str, str] | None  # what the address of the neighbour says, if there is one
    next: dict[str, str] | None

    @property
    def more(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.count > EXACT

    @property
    def total(self) -> str:
        return said(self.count)

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size + 1 if self.number else 0

    @property
    def end(self) -> int:
        return self.start + len(self.rows) - 1

    @property
    def numbers(self) -> list[int | str]:
        """Page numbers around this one, with … for those left out; none behind the numbered."""
        pages = Paginator(range(min(self.count, EXACT)), self.size)
        if self.number is None or pages.num_pages == 1:
            return []
        return list(pages.get_elided_page_range(self.number, on_each_side=2, on_ends=1))


@dataclass(frozen=True)
class Pager:
    """The ways from one page of a list to its others, as addresses."""

    page: Slice
    data: QueryDict
    unit: str  # measure word of a row

    @property
    def back(self) -> str:
        return readdressed(self.data, self.page.previous) if self.page.previous else ""

    @property
    def onward(self) -> str:
        return readdressed(self.data, self.page.next) if self.page.next else ""

    @property
    def last(self) -> str:
        goes_on = self.page.more and self.page.next
        return readdressed(self.data, {"before": END}) if goes_on else ""

    @property
    def numbers(self) -> list[tuple[int | str, str]]:
        return [
            (one, readdressed(self.data, {"page": str(one)}) if isinstance(one, int) else "")
            for one in self.page.numbers
        ]


def sliced(
    rows: QuerySet[Any],
    everything: QuerySet[Any],
    order: Order,
    data: QueryDict,
    size: int,
    *,
    count: int | None = None,
) -> Slice:
    """The page an address asks for; a place that does not exist gives the nearest or the first.

    ``rows`` are narrowed and not yet sorted, whole or keys alone; the row to go on from is looked
    up in ``everything``. Whoever has counted the rows already gives their ``count``.
    """
    count = counted(rows) if count is None else count
    if count > EXACT:
        for name, backwards in (("after", False), ("before", True)):
            if place := data.get(name, ""):
                found = _from(rows, everything, order, place, backwards=backwards, size=size)
                if found is not None:
                    return _behind(found, count, size, backwards=backwards, place=place)
    return numbered(rows.order_by(*order.terms()), count, size, data.get("page", ""))


def numbered(rows: Any, count: int, size: int, asked: str) -> Slice:
    """The page with the number an address asks for, of rows in their order."""
    last = max(1, -(-min(count, EXACT) // size))
    number = min(max(int(asked), 1), last) if asked.isdecimal() and len(asked) < 10 else 1
    found = list(rows[(number - 1) * size : number * size]) if count else []
    onward = {"page": str(number + 1)} if number < last else None
    if onward is None and count > EXACT:
        onward = {"after": _key(found[-1])}
    back = {"page": str(number - 1)} if number > 1 else None
    return Slice(found, count, size, number, back, onward)


def _from(
    rows: QuerySet[Any],
    everything: QuerySet[Any],
    order: Order,
    place: str,
    *,
    backwards: bool,
    size: int,
) -> list[Any] | None:
    """Up to ``size`` rows on from a row, and one more where there is one; None without that row."""
    ordered = rows.order_by(*order.terms(backwards=backwards))
    if not (backwards and place == END):
        if not place.isdecimal() or len(place) > 18:
            return None
        held = everything.order_by().filter(pk=place).values_list(*order.paths).first()
        if held is None:
            return None
        ordered = ordered.filter(order.beyond(held, backwards=backwards))
    return list(ordered[: size + 1])


def _key(row: Any) -> str:
    return str(getattr(row, "pk", row))


def _behind(found: list[Any], count: int, size: int, *, backwards: bool, place: str) -> Slice:
    """A page behind the numbered ones. Going back always ends in the numbered pages."""
    goes_on, page = len(found) > size, found[:size]
    if backwards:
        page.reverse()
    if not page:
        return Slice([], count, size, None, {"page": "1"}, None)
    earlier = {"before": _key(page[0])} if goes_on or not backwards else {"page": "1"}
    later = {"after": _key(page[-1])} if (place != END if backwards else goes_on) else None
    return Slice(page, count, size, None, earlier, later)
