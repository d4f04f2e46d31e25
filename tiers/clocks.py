"""How long a case has been with whom, in working days, and by when its offices owe an answer.

Worked out from the decisions, never stored, except for the deadline of the step at which a case
waits, by which a desk is ordered. While the firm has the case the clock stands still: after a
return an office goes on with the days it has left, and with one at least.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from registry import policy, workdays
from registry.access import business_date
from registry.policy import Step, Tier
from tiers.chain import current_step, steps_for
from tiers.models import SOON, Action, Application, Decision

Status = Application.Status

#: What an office has after a return, however many days it has used before.
LEAST = 1


@dataclass(frozen=True)
class Span:
    """A stretch of time that a case lay at one step (or, without one, with its firm)."""

    step: str
    level: str
    since: date
    until: date | None
    action: str

    def days(self, on: date) -> int:
        """Working days, up to ``on`` where it has not ended; the first day is not counted."""
        return max(0, workdays.between(self.since, self.until or on))


def office_spans(
    decisions: Iterable[Decision], waiting: tuple[str, str] | None = None
) -> list[Span]:
    """Every stretch at an office's step, in order; the last one open where the case waits."""
    spans: list[Span] = []
    since: date | None = None
    for decision in decisions:
        on = business_date(decision.at)
        if decision.step and since is not None:
            spans.append(Span(decision.step, decision.step_level, since, on, decision.action))
        since = on if decision.action in (Action.SUBMIT, Action.COMPLETE) else None
    if waiting and since is not None:
        spans.append(Span(*waiting, since, None, ""))
    return spans


def firm_spans(decisions: Iterable[Decision]) -> list[Span]:
    """Every stretch for which the firm had the case back; the last one open where it still has."""
    spans: list[Span] = []
    since: date | None = None
    for decision in decisions:
        on = business_date(decision.at)
        if since is not None:
            spans.append(Span("", "", since, on, decision.action))
        since = on if decision.action == Action.SEND_BACK else None
    if since is not None:
        spans.append(Span("", "", since, None, ""))
    return spans


def decisions_of(application: Application) -> list[Decision]:
    """In the order in which they were made."""
    return list(application.decisions.order_by("at", "pk"))


def days_used(spans: Iterable[Span], on: date) -> Counter[tuple[str, str]]:
    """Working days that each step's office has had the case, all its turns together."""
    used: Counter[tuple[str, str]] = Counter()
    for span in spans:
        used[span.step, span.level] += span.days(on)
    return used


def limits_of(application: Application) -> dict[str, int]:
    """Working days allowed by kind of step; a kind that is missing has no limit."""
    rule = policy.get(application.round.policy).tiers[Tier(application.tier)]
    return dict(rule.limit_workdays)


def deadline(
    application: Application, step: Step, decisions: Iterable[Decision], *, since: date
) -> date | None:
    """The last day of a step at which the case arrives (again) on that day; None without a limit.

    ``decisions`` are those made before the arrival.
    """
    limit = limits_of(application).get(step.kind)
    if limit is None:
        return None
    used = days_used(office_spans(decisions), since)[step.kind, step.level]
    return workdays.add(since, max(LEAST, limit - used))


# --- how it stands today ----------------------------------------


@dataclass(frozen=True)
class Due:
    """How the step at which a case waits stands to its limit, as components/_due.html prints it."""

    on: date | None = None
    days: int | None = None
    overdue: bool = False
    paused_since: date | None = None

    @property
    def provisional(self) -> bool:
        """Whether the holiday table of that year may still change the day."""
        return self.on is not None and not workdays.is_official(self.on.year)

    @property
    def soon(self) -> bool:
        return self.days is not None and not self.overdue and self.days <= SOON

    def __bool__(self) -> bool:
        """Whether there is anything to say."""
        return self.on is not None or self.paused_since is not None

    @property
    def over(self) -> int:
        """Working days since it passed: none yet on the days off that follow it."""
        return -self.days if self.overdue and self.days else 0


NOTHING_DUE = Due()


def due(application: Application, on: date) -> Due:
    """By when the office owes its answer; that the clock stands still where the firm has it."""
    if application.status == Status.RETURNED and application.step_since:
        return Due(paused_since=business_date(application.step_since))
    if application.due_on is None:
        return NOTHING_DUE
    day = application.due_on
    return Due(day, workdays.between(on, day), overdue=day < on)


@dataclass(frozen=True)
class Expectation:
    """By when the whole case should be decided, and what that follows from.

    ``on`` is None where it cannot be said; ``without`` then names steps that have no limit.
    """

    on: date | None
    parts: tuple[tuple[str, int], ...]
    without: tuple[str, ...]
    late: str
    basis: str

    @property
    def words(self) -> str:
        if self.late:
            return f"{self.late}已超过时限，办结日期暂不能推算"
        if self.without:
            return f"{'、'.join(self.without)}未规定时限，办结日期暂不能推算"
        reckoning = " + ".join(f"{label} {days} 个工作日" for label, days in self.parts)
        if self.on is None:
            return f"重新提交后继续计时：{reckoning}"
        return f"预计 {workdays.stated(self.on)} 前办结：{reckoning}"


def expectation(application: Application, on: date) -> Expectation | None:
    """What the firm may expect: from today for a draft, from the step at which it waits otherwise.
    None for a case that is closed.
    """
    if not application.is_open:
        return None
    here = current_step(application)
    decisions = decisions_of(application)
    used = days_used(office_spans(decisions), on)
    limits = limits_of(application)
    steps = steps_for(application)
    ahead = steps[steps.index(here) :] if here else steps
    without = tuple(step.label for step in ahead if step.kind not in limits)
    parts = tuple(
        (step.label, max(LEAST, limits[step.kind] - used[step.kind, step.level]))
        for step in ahead
        if step.kind in limits
    )
    late = application.due_on is not None and application.due_on < on
    return Expectation(
        on=None if without or late else _decided_by(application, parts, on),
        parts=parts,
        without=without,
        late=here.label if here and late else "",
        basis=_basis(application) if limits else "",
    )


def _decided_by(
    application: Application, parts: tuple[tuple[str, int], ...], on: date
) -> date | None:
    if application.status == Status.RETURNED:
        return None
    if application.due_on is not None:
        return workdays.add(application.due_on, sum(days for _, days in parts[1:]))
    return workdays.add(on, sum(days for _, days in parts))


def _basis(application: Application) -> str:
    rules = policy.get(application.round.policy)
    return rules.basis(f"tiers.{application.tier}.limit_workdays").source


@dataclass(frozen=True)
class Tally:
    """Working days a case has taken so far: with its offices, and with the firm for mending."""

    office: int
    firm: int


def tally(application: Application, on: date) -> Tally:
    decisions = decisions_of(application)
    here = (application.step, application.step_level) if application.step else None
    return Tally(
        sum(span.days(on) for span in office_spans(decisions, here)),
        sum(span.days(on) for span in firm_spans(decisions)),
    )
