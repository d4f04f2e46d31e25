"""The cells of a list as its page prints them.

A page of a list has hundreds of cells. What is alike in all rows, such as the tag around a column's
cells or the badge of a state, is made once for a page.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.template import Context
from django.template.loader import get_template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from registry.listing.what import Column, Kind

CLASSES = {
    Kind.NUMBER: ' class="num"',
    Kind.PERCENT: ' class="num"',
    Kind.CODE: ' class="code"',
    Kind.DATE: ' class="nowrap"',
}


def text_of(column: Column, value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return "—"
    if column.kind == Kind.DATE:
        return f"{value:%Y-%m-%d}"
    if column.kind == Kind.PERCENT:
        return f"{value * 100:.1f}%"
    return str(value)


@dataclass
class _Way:
    """How the cells of one column are drawn."""

    column: Column
    begin: str
    end: str
    template: Any
    known: dict[Hashable, str] = field(default_factory=dict)

    def draw(self, row: Any, value: Any, context: Context) -> str:
        if self.template is None:
            return str(escape(text_of(self.column, value)))
        if self.column.alike and value in self.known:
            return self.known[value]
        context["row"], context["value"] = row, value
        drawn = str(self.template.render(context))
        if self.column.alike:
            self.known[value] = drawn
        return drawn


class Drawing:
    """The columns of one page of a list, ready to draw row after row."""

    def __init__(self, columns: Sequence[Column], on: date) -> None:
        self.context = Context({"on": on})
        self.ways = [_way(column) for column in columns]

    def row(self, row: Any, values: Sequence[Any]) -> SafeString:
        """The cells of one row; ``values`` in the order of the columns."""
        cells = [
            f"{way.begin}{way.draw(row, value, self.context)}{way.end}"
            for way, value in zip(self.ways, values, strict=True)
        ]
        # Values are escaped above or by the templates of their cells.
        return mark_safe("".join(cells))  # noqa: S308


def _way(column: Column) -> _Way:
    begin, end = ('th scope="row"', "th") if column.heading else ("td", "td")
    # The engine's own template: a cell has no request and needs no context processors.
    template = get_template(column.cell).template if column.cell else None  # type: ignore[attr-defined]
    return _Way(column, f"<{begin}{CLASSES.get(column.kind, '')}>", f"</{end}>", template)
