"""How long decisions take (办理用时), per bureau: the whole case from its first submission to its
end, and each bureau's own steps. Counted over the twelve months up to a day, as the published
handling times are; the days for which a case lay with its firm for mending stand apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import OuterRef, Subquery

from registry.access import business_date
from registry.models import Authority, User
from reports import titles
from reports.titles import Cell
from tiers import clocks, timing
from tiers.models import Application, ApplicationQuerySet, Decision

Status = Application.Status
ENDED = (Status.CERTIFIED, Status.REJECTED)


@dataclass(frozen=True)
class Times:
    """The working days of some cases: half of them took no more than the median, nine in ten no
    more than ``high``; ``paused`` is the median of the firms' own days. None where there is none.
    """

    label: str
    cases: Cell
    median: int | None
    high: int | None
    paused: int | None
    in_time: float | None = None
    step: str = ""


def of(user: User, tier: str = "") -> ApplicationQuerySet:
    cases = Application.objects.visible_to(user)
    return cases.filter(tier=tier) if tier else cases


def ended(cases: ApplicationQuerySet, on: date) -> ApplicationQuerySet:
    """Those determined or refused in the twelve months up to the day."""
    last = Decision.objects.filter(application=OuterRef("pk")).order_by("-at", "-pk")
    found = cases.filter(status__in=ENDED).annotate(ended_by=Subquery(last.values("pk")[:1]))
    return found.filter(ended_by__in=timing.decided(on).values("pk"))


def decided_at(cases: ApplicationQuerySet, key: str, on: date) -> ApplicationQuerySet:
    """The cases behind one bureau's line."""
    return cases.filter(pk__in=timing.decided_at(key, on).values("application"))


def by_unit(
    cases: ApplicationQuerySet, office: Authority, on: date, asked: dict[str, str]
) -> tuple[list[Times], Times]:
    """Whole cases by the units of an office, and all of them together."""
    days: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for path, spent in _spent(ended(cases, on)):
        days[titles.unit_of(path, office)].append(spent)
    labels = titles.unit_labels(office, days)
    last = (titles.OWN, titles.AWAY)
    asked = asked | {"ended": "true"}
    lines = [
        _times(labels[key], days.get(key, []), asked | {"unit": key})
        for key in sorted(labels, key=lambda key: (key in last, key))
    ]
    return lines, _times("合计", [one for each in days.values() for one in each], asked)


def by_bureau(
    cases: ApplicationQuerySet, office: Authority, on: date, asked: dict[str, str]
) -> list[Times]:
    """Each bureau from the office down at each kind of its steps."""
    return [
        Times(
            label=row.authority.name,
            cases=Cell(row.cases, asked | {"decided": row.key}),
            median=row.median,
            high=row.high,
            paused=row.paused,
            in_time=row.in_time,
            step=row.step.label,
        )
        for row in timing.rows(on, cases)
        if row.authority.path.startswith(office.path)
    ]


def _spent(cases: ApplicationQuerySet) -> Iterable[tuple[str, tuple[int, int]]]:
    """Of each case the place of its factory, and the days of its offices and of its firm."""
    places = dict(cases.order_by().values_list("pk", "factory__authority__path"))
    made = Decision.objects.filter(application__in=cases.order_by().values("pk"))
    of_case = groupby(
        made.order_by("application", "at", "pk"), key=lambda decision: decision.application_id
    )
    for case, decisions in of_case:
        course = list(decisions)
        end = business_date(course[-1].at)
        office = sum(span.days(end) for span in clocks.office_spans(course))
        yield places[case], (office, sum(span.days(end) for span in clocks.firm_spans(course)))


def _times(label: str, spent: list[tuple[int, int]], asked: dict[str, str]) -> Times:
    cases = Cell(len(spent), asked)
    if not spent:
        return Times(label, cases, None, None, None)
    office, firm = zip(*spent, strict=True)
    median, high = (timing.percentile(office, share) for share in (timing.MEDIAN, timing.HIGH))
    return Times(label, cases, median, high, timing.percentile(firm, timing.MEDIAN))
