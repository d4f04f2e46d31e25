"""Handling times of the bureaus (办理时效): median and 90th percentile in working days, published.

Counted over the twelve months up to a day. One case at one step of one bureau is one figure: all
the working days for which the office had it, up to its decision; the firm's own days stand apart.
A percentile is the nearest rank: the smallest figure that at least that share of all do not exceed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from math import ceil

from registry import workdays
from registry.access import SHANGHAI, business_date
from registry.models import Authority
from registry.policy import Step, StepKind
from tiers import clocks
from tiers.models import Action, ApplicationQuerySet, Decision, DecisionQuerySet

#: Below so many cases nothing is published: a figure would speak of single firms.
FLOOR = 5
MEDIAN, HIGH = 0.5, 0.9
DECIDED = (Action.COMPLETE, Action.REJECT)


@dataclass(frozen=True)
class Handling:
    """How one case fared at one step of one bureau."""

    days: int
    paused: int
    in_time: bool | None


@dataclass(frozen=True)
class Row:
    """One bureau at one kind of step."""

    authority: Authority
    step: Step
    cases: int
    median: int
    high: int
    paused: int
    in_time: float | None

    @property
    def is_published(self) -> bool:
        return self.cases >= FLOOR

    @property
    def key(self) -> str:
        """By which a list of these very cases is asked for."""
        return f"{self.authority.code}.{self.step.kind}"


def period(on: date) -> tuple[date, date]:
    """The first and the last day of the twelve months up to a day."""
    return workdays.years_later(on, -1) + timedelta(days=1), on


def decided(on: date) -> DecisionQuerySet:
    """Every decision of an office that ended a step in the period."""
    first, last = period(on)
    since, until = (
        datetime.combine(day, time(), tzinfo=SHANGHAI) for day in (first, last + timedelta(days=1))
    )
    found = Decision.objects.filter(action__in=DECIDED, at__gte=since, at__lt=until)
    return found.exclude(step="").exclude(authority=None)


def decided_at(key: str, on: date) -> DecisionQuerySet:
    """The decisions behind one row; nothing for a key that names no row."""
    code, _, step = key.partition(".")
    return decided(on).filter(authority__code=code, step=step)


def name_of(key: str) -> str:
    """What the bureau and the step of a row are called."""
    code, _, kind = key.partition(".")
    office = Authority.objects.filter(code=code).first()
    if office is None or kind not in StepKind.values:
        return key
    return f"{office.name}，{Step(StepKind(kind), office.kind).label}"


def rows(on: date, among: ApplicationQuerySet | None = None) -> list[Row]:
    """Every bureau that has decided something, along the chain from the province down; in some
    cases only on demand.
    """
    figures: dict[tuple[int, str, str], list[Handling]] = defaultdict(list)
    made_in_time = decided(on)
    if among is not None:
        made_in_time = made_in_time.filter(application__in=among.order_by())
    concerned = made_in_time.values("application")
    decisions = (
        Decision.objects.filter(application__in=concerned)
        .select_related("application__round")
        .order_by("application", "at", "pk")
    )
    first, last = period(on)
    for _, made in groupby(decisions, key=lambda decision: decision.application_id):
        for bureau, handling in _handlings(list(made), first, last).items():
            figures[bureau].append(handling)
    offices = Authority.objects.in_bulk({office for office, _, _ in figures})
    found = [
        _row(offices[office], Step(StepKind(kind), level), handlings)
        for (office, kind, level), handlings in figures.items()
    ]
    order = list(StepKind)
    return sorted(found, key=lambda row: (row.authority.path, order.index(row.step.kind)))


def percentile(figures: Sequence[int], share: float) -> int:
    """Nearest rank."""
    return sorted(figures)[ceil(share * len(figures)) - 1]


def _row(authority: Authority, step: Step, handlings: list[Handling]) -> Row:
    days = [one.days for one in handlings]
    judged = [one.in_time for one in handlings if one.in_time is not None]
    return Row(
        authority=authority,
        step=step,
        cases=len(handlings),
        median=percentile(days, MEDIAN),
        high=percentile(days, HIGH),
        paused=percentile([one.paused for one in handlings], MEDIAN),
        in_time=sum(judged) / len(judged) if judged else None,
    )


def _handlings(
    made: list[Decision], first: date, last: date
) -> dict[tuple[int, str, str], Handling]:
    """What each bureau's last decision in the period ended, in one case."""
    limits, found = clocks.limits_of(made[0].application), {}
    for number, decision in enumerate(made, start=1):
        if decision.action not in DECIDED or not decision.step or decision.authority_id is None:
            continue
        if first <= business_date(decision.at) <= last:
            key = (decision.authority_id, decision.step, decision.step_level)
            found[key] = _handling(made[:number], decision, limits.get(decision.step))
    return found


def _handling(made: list[Decision], end: Decision, limit: int | None) -> Handling:
    on = business_date(end.at)
    spans = [
        span
        for span in clocks.office_spans(made)
        if (span.step, span.level) == (end.step, end.step_level)
    ]
    days, turn = sum(span.days(on) for span in spans), spans[-1].days(on)
    paused = sum(span.days(on) for span in clocks.firm_spans(made))
    if limit is None:
        return Handling(days, paused, None)
    return Handling(days, paused, turn <= max(clocks.LEAST, limit - (days - turn)))
