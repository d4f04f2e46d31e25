"""What a file is made of: events, and whose eyes and which day it is read with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Model, Q

from registry.access import OFFICERS, SHANGHAI, business_date
from registry.models import Enterprise, Factory, PastFactory, User


class Topic:
    """What an event belongs to; a reader may ask for some of them."""

    FIRM = "firm"
    HONOUR = "honour"
    ASSESSMENT = "assessment"
    CASE = "case"
    TITLE = "title"
    FILING = "filing"
    NOTICE = "notice"
    WATCH = "watch"
    ENDING = "ending"
    ANNUAL = "annual"
    LIBRARY = "library"
    FILES = "files"


LABELS = {
    Topic.FIRM: "登记和变更",
    Topic.HONOUR: "既有称号和集中复核",
    Topic.ASSESSMENT: "自评和提升计划",
    Topic.CASE: "申报和办理",
    Topic.TITLE: "认定",
    Topic.FILING: "备案清单",
    Topic.NOTICE: "公示和异议",
    Topic.WATCH: "监督检查和核查",
    Topic.ENDING: "否决事项、撤销和禁止申报",
    Topic.ANNUAL: "年度报告",
    Topic.LIBRARY: "培育",
    Topic.FILES: "材料",
}


@dataclass(frozen=True)
class Entry:
    """One event: when it happened, since when it stands on record, and in words what it was."""

    topic: str
    when: date
    known: date
    title: str
    text: str = ""
    factory: str = ""
    actor: str = ""
    link: str = ""

    @property
    def label(self) -> str:
        return LABELS[self.topic]

    @property
    def late(self) -> bool:
        """Whether it came on record on a later day than it happened."""
        return self.known > self.when


def made(topic: str, at: datetime, title: str, text: str = "", **more: str) -> Entry:
    """An event that stood on record the moment it happened."""
    day = business_date(at)
    return Entry(topic, day, day, title, text, **more)


@dataclass(frozen=True)
class Reading:
    """A firm's file as one person reads it, as of one day."""

    firm: Enterprise
    user: User
    on: date

    @property
    def officer(self) -> bool:
        return self.user.role in OFFICERS

    @property
    def midnight(self) -> datetime:
        """The moment at which the day is over."""
        return datetime.combine(self.on + timedelta(days=1), time(), SHANGHAI)

    @cached_property
    def past(self) -> dict[int, list[PastFactory]]:
        """How each factory that is or was the firm's stood before, oldest first."""
        rows = PastFactory.objects.filter(
            Q(enterprise=self.firm) | Q(factory__enterprise=self.firm)
        )
        found: dict[int, list[PastFactory]] = {}
        related = rows.select_related("enterprise", "authority", "division__parent__parent")
        for one in related.order_by("until", "pk"):
            found.setdefault(one.factory_id, []).append(one)
        return found

    @cached_property
    def factories(self) -> dict[int, Factory]:
        """The firm's factories, and those it passed on, as far as this person sees them."""
        seen = Factory.objects.visible_to(self.user)
        rows = seen.filter(Q(enterprise=self.firm) | Q(pk__in=self.past))
        related = rows.select_related("enterprise", "authority", "division__parent__parent")
        return {one.pk: one for one in related.order_by("pk")}

    def state(self, factory: Factory, on: date) -> PastFactory | Factory:
        """The factory as it stood at the end of a day."""
        later = (one for one in self.past.get(factory.pk, ()) if one.until > on)
        return next(later, factory)

    def until(self, factory: Factory) -> date | None:
        """The day the firm passed it on; None while it is the firm's."""
        if factory.enterprise_id == self.firm.pk:
            return None
        ours = [one.until for one in self.past[factory.pk] if one.enterprise_id == self.firm.pk]
        return max(ours)

    def rows(self, model: type[Model], path: str = "factory") -> Any:
        """Of a scoped model: what this person sees that concerns the firm's factories."""
        seen = model._default_manager.visible_to(self.user)  # type: ignore[attr-defined]
        return seen.filter(**{f"{path}__in": self.factories})

    def name(self, factory_id: int | None) -> str:
        factory = self.factories.get(factory_id or 0)
        return factory.name if factory else ""

    def kept(self, found: Iterator[Entry]) -> list[Entry]:
        """Known by the day that is asked about."""
        return [one for one in found if one.known <= self.on]
