"""What is said of a row that somebody sent in a workbook, before and after it is taken over.

The kinds of workbooks check and apply their rows with these; the engine keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models

from registry.access import business_date
from registry.models import Authority, User


class Outcome(models.TextChoices):
    """What taking a row over would do."""

    NEW = "new", "新增"
    CHANGED = "changed", "变更"
    SAME = "same", "无变化"
    CONFLICT = "conflict", "冲突"
    FAULTY = "faulty", "有误"


#: Rows that are taken over; the others stop a batch, or are left out where the officer says so.
GOOD = (Outcome.NEW, Outcome.CHANGED, Outcome.SAME)
DOING = (Outcome.NEW, Outcome.CHANGED)


@dataclass(frozen=True)
class Fault:
    """Why a cell cannot be taken over, and what to do about it. ``address`` is "E12"."""

    key: str
    address: str
    value: str
    reason: str
    cure: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.reason}。{self.cure}" if self.cure else self.reason


@dataclass
class Verdict:
    """What is said of one row. ``number`` is its row in the sheet; ``changes`` are (what, old,
    new); ``found`` is plain data that the kind needs to apply it, never shown.
    """

    number: int
    outcome: Outcome
    faults: list[Fault] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """Who sends, for which office, when, and what he typed beside the file. ``batch`` is the number
    under which the trail names where a row came from; 0 while it is only tried.
    """

    office: Authority
    by: User
    at: datetime
    given: Mapping[str, str] = field(default_factory=dict)
    batch: int = 0

    @property
    def on(self) -> date:
        return business_date(self.at)


#: What applying a row has made: {"title": 17, "factory": 4}; kept for the undo.
Made = dict[str, Any]


def dependents(
    model: type[models.Model], keys: Iterable[int], *, but: Iterable[str] = ()
) -> Iterator[tuple[str, int]]:
    """What rests on these rows, as (what, how many); ``but`` names relations that fall with them,
    as "tiers.FilingEntry.certification". Knows every relation there is, also those to come.
    """
    wanted, passed = list(keys), set(but)
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel):
            continue
        other, name = relation.related_model, relation.field.name
        if f"{other._meta.label}.{name}" in passed or not wanted:
            continue
        count = sum(
            other._default_manager.filter(**{f"{name}__in": part}).count() for part in parts(wanted)
        )
        if count:
            yield str(other._meta.verbose_name), count


def parts(keys: list[Any], size: int = 5000) -> Iterator[list[Any]]:
    """Lists that a database takes as the arguments of one question."""
    return (keys[start : start + size] for start in range(0, len(keys), size))
