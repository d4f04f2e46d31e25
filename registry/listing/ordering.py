"""The order of a list as the database keeps it: by one path after another, the key last.

Whoever goes on from a row asks for what lies beyond it in this order, not for what is left after
walking past all before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Q
from django.db.models.expressions import OrderBy


@dataclass(frozen=True)
class By:
    """One path to sort by. Where it may be ``empty``, rows without a value come last both ways."""

    path: str
    down: bool = False
    empty: bool = False

    def term(self, *, backwards: bool) -> OrderBy:
        path, down = F(self.path), self.down is not backwards
        last = {"nulls_first" if backwards else "nulls_last": True} if self.empty else {}
        return path.desc(**last) if down else path.asc(**last)


@dataclass(frozen=True)
class Order:
    """By these paths in turn; the last of them tells every row from all others."""

    by: tuple[By, ...]

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.by]

    def terms(self, *, backwards: bool = False) -> list[OrderBy]:
        return [one.term(backwards=backwards) for one in self.by]

    def beyond(self, values: Sequence[object], *, backwards: bool) -> Q:
        """The rows after (or before) the one that has these values at the paths."""
        one, value = self.by[0], values[0]
        side = "lt" if one.down is not backwards else "gt"
        if len(self.by) == 1:
            return Q(**{f"{one.path}__{side}": value})
        among_equals = Order(self.by[1:]).beyond(values[1:], backwards=backwards)
        none = Q(**{f"{one.path}__isnull": True})
        if value is None:
            level = none & among_equals
            return level | ~none if backwards else level
        beyond = Q(**{f"{one.path}__{side}": value}) | Q(**{one.path: value}) & among_equals
        if not one.empty:
            # Says nothing new, but gives an index on the column its place to begin.
            return Q(**{f"{one.path}__{side}e": value}) & beyond
        return beyond if backwards else beyond | none
