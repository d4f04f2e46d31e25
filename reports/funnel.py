"""The course of cases counted (申报进展): how many reached each step of a tier, how many wait there
and for how long. Every figure is the length of the list that its link opens.

A wait is counted in working days from the day on which the case came to its step, as the clocks of
the cases count it: the first day is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q

from registry import policy, workdays
from registry.access import SHANGHAI
from registry.models import User
from registry.policy import Step, StepKind, Tier
from reports.titles import Cell
from tiers.models import Application, ApplicationQuerySet, Decision, Round

Status = Application.Status

#: Working days waited so far: from, up to and including (None: no end).
AGES: dict[str, tuple[int, int | None]] = {
    "0-5": (0, 5),
    "6-10": (6, 10),
    "11-20": (11, 20),
    "21-": (21, None),
}
AGE_LABELS = {
    "0-5": "5 个工作日以内",
    "6-10": "6–10 个工作日",
    "11-20": "11–20 个工作日",
    "21-": "20 个工作日以上",
}
#: Where a case stands that waits at no step any more; the first is with the firm and ages too.
RESTING = (Status.RETURNED, Status.CERTIFIED, Status.REJECTED, Status.WITHDRAWN)


@dataclass(frozen=True)
class Stop:
    """One step of the course, or the firm that has a case back: who came, who waits, how long."""

    label: str
    reached: Cell | None
    waiting: Cell
    ages: tuple[Cell, ...]
    late: Cell | None


@dataclass(frozen=True)
class Funnel:
    """All the cases: those at a stop, and those at an end, make those submitted."""

    submitted: Cell
    stops: tuple[Stop, ...]
    ends: tuple[tuple[str, Cell], ...]


def of(user: User, tier: str, batch: Round | None = None) -> ApplicationQuerySet:
    """The submitted cases of a tier that an officer sees, of one round on demand."""
    cases = Application.objects.visible_to(user).filter(tier=tier)
    cases = cases.exclude(first_submitted_at=None)
    return cases.filter(round=batch) if batch else cases


def key_of(step: Step) -> str:
    return f"{step.kind}.{step.level}"


def step_of(key: str) -> Step | None:
    """The step a key names; None for a key that names none."""
    kind, _, level = key.partition(".")
    if kind in StepKind.values and level in policy.LEVELS:
        return Step(StepKind(kind), level)
    return None


def waiting_at(step: Step) -> Q:
    return Q(step=step.kind, step_level=step.level)


def has_reached(step: Step) -> Q:
    """Waits at the step, or something was decided on it there."""
    made = Decision.objects.filter(
        application=OuterRef("pk"), step=step.kind, step_level=step.level
    )
    return waiting_at(step) | Q(Exists(made))


def aged(age: str, on: date) -> Q:
    """Came to where it waits so many working days ago."""
    least, most = AGES[age]
    begun = Q(step_since__lt=_start(_last_day(least, on) + timedelta(days=1)))
    if most is None:
        return begun
    return begun & Q(step_since__gte=_start(_last_day(most + 1, on) + timedelta(days=1)))


def late_on(on: date) -> Q:
    return Q(status=Status.IN_PROGRESS, due_on__lt=on)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def _last_day(days: int, on: date) -> date:
    """The latest day since which at least so many working days have passed."""
    day = on
    while days > 0:
        days -= workdays.is_workday(day)
        day -= timedelta(days=1)
    return day


def funnel(
    cases: ApplicationQuerySet, user: User, tier: Tier, on: date, asked: dict[str, str]
) -> Funnel:
    """Of these cases; ``asked`` is what has narrowed them already."""
    steps = _steps(cases, user, tier, on)
    conditions = dict(_conditions(steps, on))
    counted = cases.order_by().aggregate(
        **{f"n{number}": Count("pk", filter=one) for number, one in enumerate(conditions.values())}
    )
    counts = {name: counted[f"n{number}"] for number, name in enumerate(conditions)}

    def cell(name: str, **more: str) -> Cell:
        return Cell(counts[name], asked | more)

    return Funnel(
        submitted=cell("all"),
        stops=(*(_at_step(step, cell) for step in steps), _with_firm(cell)),
        ends=tuple((one.label, cell(one.value, status=one.value)) for one in RESTING[1:]),
    )


def _conditions(steps: list[Step], on: date) -> Iterator[tuple[str, Q]]:
    ages = {age: aged(age, on) for age in AGES}
    yield "all", Q()
    for status in RESTING:
        yield status.value, Q(status=status)
    for age, since in ages.items():
        yield f"returned {age}", Q(status=Status.RETURNED) & since
    for step in steps:
        key, here = key_of(step), waiting_at(step)
        yield f"{key} reached", has_reached(step)
        yield f"{key} waits", here
        yield f"{key} late", here & late_on(on)
        for age, since in ages.items():
            yield f"{key} {age}", here & since


def _at_step(step: Step, cell: Callable[..., Cell]) -> Stop:
    key = key_of(step)
    return Stop(
        label=step.label,
        reached=cell(f"{key} reached", reached=key),
        waiting=cell(f"{key} waits", waits=key),
        ages=tuple(cell(f"{key} {age}", waits=key, age=age) for age in AGES),
        late=cell(f"{key} late", waits=key, late="true"),
    )


def _with_firm(cell: Callable[..., Cell]) -> Stop:
    back = {"status": Status.RETURNED.value}
    return Stop(
        label="退回企业补正",
        reached=None,
        waiting=cell("returned", **back),
        ages=tuple(cell(f"returned {age}", **back, age=age) for age in AGES),
        late=None,
    )


def _steps(cases: ApplicationQuerySet, user: User, tier: Tier, on: date) -> list[Step]:
    """The steps of the tier under the rules of the day, and others at which a case was or is."""
    if user.authority is None:
        raise PermissionDenied("统计只对主管部门开放")
    rule = policy.current(user.authority.province_code, on).tiers.get(tier)
    named = list(rule.steps) if rule else []
    made = Decision.objects.filter(application__in=cases.order_by()).exclude(step="")
    met = set(made.order_by().values_list("step", "step_level"))
    met |= set(cases.exclude(step="").order_by().values_list("step", "step_level"))
    others = {Step(StepKind(kind), level) for kind, level in met} - set(named)
    order = list(StepKind)
    return named + sorted(others, key=lambda one: (order.index(one.kind), one.level))
