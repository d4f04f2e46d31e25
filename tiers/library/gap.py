"""What a candidate lacks of its target tier, by its newest assessment and the rules of the day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from assessments.models import Assessment, Measure
from assessments.scoring import Finding
from registry import policy
from registry.models import Factory
from registry.policy import Tier
from tiers import trying
from tiers.trying import Judged


@dataclass(frozen=True, eq=False)
class Gap:
    """``missed`` is known to stand in the way, ``unasked`` was not asked when it was assessed; both
    are empty where the tier is reached, and where there is no assessment.
    """

    assessment: Assessment | None
    missed: tuple[Finding, ...] = ()
    unasked: tuple[Finding, ...] = ()

    @property
    def open(self) -> int:
        return len(self.missed) + len(self.unasked)

    @property
    def is_closed(self) -> bool:
        return self.assessment is not None and not self.open


@dataclass(frozen=True)
class Plan:
    """How far a firm has come with its improvement plan (提升计划)."""

    measures: int
    done: int
    overdue: int

    @property
    def words(self) -> str:
        if not self.measures:
            return "没有措施"
        late = f"，逾期 {self.overdue}" if self.overdue else ""
        return f"完成 {self.done} / {self.measures}{late}"


def plan_of(measures: Sequence[Measure], on: date) -> Plan:
    done = sum(one.status == Measure.Status.DONE for one in measures)
    late = sum(one.status != Measure.Status.DONE and one.due_on < on for one in measures)
    return Plan(len(measures), done, late)


def gap_of(factory: Factory, tier: str, on: date) -> Gap:
    return gaps_of([(factory, tier)], on).get(factory.pk, Gap(None))


def gaps_of(aims: Iterable[tuple[Factory, str]], on: date) -> dict[int, Gap]:
    """By factory: the gap to its tier. The number of queries grows with the provinces only."""
    tiers = {factory.pk: Tier(tier) for factory, tier in aims}
    found: dict[int, Gap] = {}
    for one in _judged(tiers, on):
        tier = tiers[one.factory.pk]
        if one.assessment is not None:
            found[one.factory.pk] = Gap(
                one.assessment,
                trying.upto(tier, one.tried.missed),
                trying.upto(tier, one.tried.unasked),
            )
    return found


def _judged(wanted: Iterable[int], on: date) -> Iterable[Judged]:
    rows = Factory.objects.filter(pk__in=wanted).select_related("authority")
    by_province: dict[str, list[int]] = {}
    for one in rows:
        by_province.setdefault(one.authority.province_code, []).append(one.pk)
    for code, those in by_province.items():
        present = policy.current(code, on)
        yield from trying.judged(Factory.objects.filter(pk__in=those), present, present, on=on)
