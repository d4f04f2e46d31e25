"""Tables for a workbook, from what pages and documents already say: lists, documents, facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from registry.access import business_date
from registry.listing import Listing
from registry.models import User
from registry.workbook.writing import Heading, Kind, Sheet
from reports.documents.content import Cell, Document, Table

#: Two columns of a document that state facts one by one.
FACTS = ("项目", "内容")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def facts(name: str, pairs: Iterable[tuple[str, Any]]) -> Sheet:
    """Facts one by one; days among them are days."""
    return Sheet(name, [Heading(FACTS[0]), Heading(FACTS[1], Kind.DATE)], list(pairs))


def of_listing(listing: Listing, user: User, at: datetime, **narrowed: Any) -> Sheet:
    """The rows of a list that concern one thing, as this person sees them, with every column."""
    on = business_date(at)
    rows = listing.related(listing.rows(user, on).filter(**narrowed)).order_by("pk")
    dressed = listing.dress(list(rows), user, on)
    headings = [Heading(one.caption, one.kind, one.total) for one in listing.columns]
    cells = [tuple(one.value(row) for one in listing.columns) for row in dressed]
    return Sheet(listing.title, headings, cells)


def of_document(document: Document) -> list[Sheet]:
    """The facts of a document on one sheet, each of its tables on one of its own."""
    stated: list[tuple[str, ...]] = []
    others: list[Sheet] = []
    for table in document.tables:
        if tuple(column.title for column in table.columns) == FACTS:
            stated += [(table.name, *map(str, row)) for row in table.rows]
        else:
            others.append(_typed(table))
    first = Sheet("基本情况", [Heading("部分"), *map(Heading, FACTS)], stated)
    return ([first] if stated else []) + others


def _typed(table: Table) -> Sheet:
    """A table whose columns of days and of numbers are what they are."""
    kinds = [_kind([row[place] for row in table.rows]) for place in range(len(table.columns))]
    headings = [
        Heading(column.title, kind) for column, kind in zip(table.columns, kinds, strict=True)
    ]
    rows = [tuple(map(_value, row, kinds)) for row in table.rows]
    return Sheet(table.name, headings, rows)


def _kind(cells: Sequence[Cell]) -> Kind:
    said = [cell for cell in cells if cell != ""]
    if said and all(isinstance(cell, int) for cell in said):
        return Kind.NUMBER
    if said and all(isinstance(cell, str) and _DAY.fullmatch(cell) for cell in said):
        return Kind.DATE
    return Kind.TEXT


def _value(cell: Cell, kind: Kind) -> Any:
    if kind == Kind.DATE and isinstance(cell, str) and cell:
        return date.fromisoformat(cell)
    return cell


def named_apart(sheets: Iterable[Sheet]) -> Iterator[Sheet]:
    """Under names that no two of them share, as a workbook wants it."""
    seen: dict[str, int] = {}
    for one in sheets:
        name = one.name[:27]
        seen[name] = seen.get(name, 0) + 1
        again = f"（{seen[name]}）" if seen[name] > 1 else ""
        yield Sheet(f"{name}{again}", one.headings, one.rows)
