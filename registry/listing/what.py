"""What a list is: its columns, by what it is narrowed and sorted, whose rows it has.

A list is described once, beside the filters of its app (``<app>/listings.py``); its page, its API
resource, its exports and its saved views all read that description.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import django_filters
from django.db.models import QuerySet

from registry.models import User


class Kind(StrEnum):
    """How a column's values are written, on the page and in a workbook."""

    TEXT = "text"
    CODE = "code"  # digits that are no number: kept as text, never rounded
    NUMBER = "number"
    DATE = "date"
    PERCENT = "percent"  # a share of one


@dataclass(frozen=True)
class Column:
    """One column. ``value`` gets a row as ``Listing.dress`` made it and answers in the type of its
    kind: text, number, date; None where there is nothing.
    """

    key: str
    caption: str
    value: Callable[[Any], Any]
    kind: Kind = Kind.TEXT
    order: str = ""  # the field path to sort by; without one the column cannot be sorted
    empty: bool = False  # the path may hold nothing: such rows come last, whichever way one sorts
    shown: bool = True  # unless the reader has chosen his own columns
    cell: str = ""  # a template for the cell, given ``row``, ``value`` and ``on``
    alike: bool = False  # that template prints the same wherever the value is the same
    heading: bool = False  # names the row (th)
    total: bool = False  # a number worth adding up at the foot of an export
    # What an export of very many reads instead of whole rows: paths or expressions that say the
    # same, and what makes a cell of their values (of one path, by itself the value).
    paths: tuple[Any, ...] = ()
    plain: Callable[..., Any] | None = None


def _as_they_are(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    return rows


def _no_more(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows


@dataclass(frozen=True)
class Listing:
    """One list. ``rows`` are all this person may see, ``related`` brings what the cells print, and
    ``dress`` turns a handful of them into what ``Column.value`` reads.
    """

    key: str  # in addresses, saved views and exports: never changed
    title: str
    page: str  # name of the address of its page
    columns: tuple[Column, ...]
    filterset: type[django_filters.FilterSet]
    rows: Callable[[User, date], QuerySet[Any]]
    order: str  # key of the column it is sorted by unless asked otherwise; "-" for downwards
    related: Callable[[QuerySet[Any]], QuerySet[Any]] = _no_more
    dress: Callable[[Sequence[Any], User, date], Sequence[Any]] = _as_they_are
    unit: str = "条"
    identity: str = ""  # key of the column by which a row of an edited export is known again

    def column(self, key: str) -> Column | None:
        return next((column for column in self.columns if column.key == key), None)

    @property
    def sortable(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.order)
