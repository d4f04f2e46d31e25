"""What somebody asks of a list: filters, order and columns, as an address carries them.

The same answer serves a page, an API resource and an export made later in the background, so
nothing here needs a request: ``Asking`` stands for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict

from registry.access import business_date
from registry.listing.ordering import By, Order
from registry.listing.what import Column, Listing
from registry.models import User

#: Names in an address that belong to the list itself and not to its filters.
SORT, COLUMNS, VIEW, PLACES = "sort", "columns", "view", ("page", "after", "before")
CHUNK = 500


@dataclass(frozen=True)
class Asking:
    """Who asks, when, and for what; a filter set takes it for a request."""

    user: User
    received_at: datetime
    GET: QueryDict

    @property
    def on(self) -> date:
        return business_date(self.received_at)


@dataclass(frozen=True)
class Sort:
    """The order asked for: a column, and whether downwards."""

    column: Column
    down: bool

    def __str__(self) -> str:
        return f"-{self.column.key}" if self.down else self.column.key

    @property
    def order(self) -> Order:
        """By the column, then by key so that equal rows keep their places on every page."""
        return Order((By(self.column.order, self.down, self.column.empty), By("pk", self.down)))


def readdressed(data: QueryDict, changed: Mapping[str, str]) -> str:
    """An address's query from its first page on, with some of it changed."""
    kept = {name: values for name, values in data.lists() if name not in PLACES}
    return "?" + urlencode(kept | {name: [value] for name, value in changed.items()}, doseq=True)


def sort_of(listing: Listing, asked: str) -> Sort:
    """The order an address asks for; one the list does not know is its own."""
    for text in (asked, listing.order):
        column = listing.column(text.removeprefix("-"))
        if column is not None and column.order:
            return Sort(column, text.startswith("-"))
    raise LookupError(listing.key)


def columns_of(listing: Listing, asked: str) -> tuple[Column, ...]:
    """The columns named in an address, in its order; the list's own where it names none."""
    keys = dict.fromkeys(asked.split(","))
    chosen = tuple(column for key in keys if (column := listing.column(key)))
    return chosen or tuple(column for column in listing.columns if column.shown)


@dataclass(frozen=True)
class Found:
    """What a list holds for one asking: all rows, narrowed and sorted."""

    listing: Listing
    asking: Asking
    filterset: django_filters.FilterSet
    sort: Sort
    columns: tuple[Column, ...]

    @property
    def rows(self) -> QuerySet[Any]:
        return self.filterset.qs.order_by(*self.sort.order.terms())

    def dressed(self, rows: Sequence[Any]) -> Sequence[Any]:
        return self.listing.dress(rows, self.asking.user, self.asking.on)

    def chunks(self, size: int = CHUNK) -> Iterator[Sequence[Any]]:
        """All rows, dressed, a handful at a time: for exports, in even memory."""
        held: list[Any] = []
        for row in self.listing.related(self.rows).iterator(chunk_size=size):
            held.append(row)
            if len(held) == size:
                yield self.dressed(held)
                held = []
        if held:
            yield self.dressed(held)

    def plainly(self, columns: Sequence[Column], size: int) -> Iterator[tuple[Any, ...]] | None:
        """The cells of all rows, read without making rows of them; None where a column cannot."""
        if not columns or not all(column.paths for column in columns):
            return None
        wanted = [path for column in columns for path in column.paths]
        rows = self.rows.values_list(*wanted).iterator(chunk_size=size)
        if all(len(column.paths) == 1 and column.plain is None for column in columns):
            return rows
        return _celled(rows, columns)


def _celled(
    rows: Iterator[tuple[Any, ...]], columns: Sequence[Column]
) -> Iterator[tuple[Any, ...]]:
    places, begin = [], 0
    for column in columns:
        end = begin + len(column.paths)
        places.append((begin, end, end - begin == 1, column.plain))
        begin = end
    # Once for every cell of a long export: no generator, and no slice where one value is enough.
    for row in rows:
        yield tuple(
            [
                row[begin]
                if plain is None
                else plain(row[begin])
                if single
                else plain(*row[begin:end])
                for begin, end, single, plain in places
            ]
        )


def found(listing: Listing, asking: Asking, *, columns: str = "") -> Found:
    """What the list holds for whoever asks, by the filters, order and columns he names; these
    columns where he names none.
    """
    data = asking.GET
    rows = listing.rows(asking.user, asking.on)
    return Found(
        listing=listing,
        asking=asking,
        filterset=listing.filterset(data, queryset=rows, request=asking),
        sort=sort_of(listing, data.get(SORT, "")),
        columns=columns_of(listing, data.get(COLUMNS) or columns),
    )
