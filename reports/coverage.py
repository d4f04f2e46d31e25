"""What the factories say of themselves, counted: maturity levels, typical scenarios, use of AI.

Each factory counts once, by the newest self-assessment it had locked by a day. Every figure is the
length of the list that its link opens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, Subquery

from assessments import standard
from assessments.models import Assessment, AssessmentQuerySet, ScenarioInstance
from registry import policy
from registry.access import SHANGHAI
from registry.models import User
from reports.titles import Cell


def newest(user: User, on: date) -> AssessmentQuerySet:
    """The newest assessment of each factory the officer sees that was locked by the day's end."""
    until = datetime.combine(on + timedelta(days=1), time(), tzinfo=SHANGHAI)
    later = Assessment.objects.filter(factory=OuterRef("factory"), locked_at__lt=until)
    latest = later.order_by("-locked_at", "-pk").values("pk")[:1]
    seen = Assessment.objects.visible_to(user).filter(locked_at__lt=until)
    return seen.filter(pk=Subquery(latest))


def at_level(assessments: AssessmentQuerySet, level: int) -> AssessmentQuerySet:
    """Those of one maturity level; 0 for those that reach none."""
    none = Q(maturity_level=None) if level == 0 else Q(pk__in=())
    return assessments.filter(Q(maturity_level=level) | none)


def showing(assessments: AssessmentQuerySet, scenario: int, *, with_ai: bool) -> AssessmentQuerySet:
    """Those with an instance of a scenario, or with one that uses AI."""
    instances = ScenarioInstance.objects.filter(assessment=OuterRef("pk"), scenario_no=scenario)
    return assessments.filter(Exists(instances.filter(uses_ai=True) if with_ai else instances))


@dataclass(frozen=True)
class Level:
    name: str
    factories: Cell


@dataclass(frozen=True)
class Coverage:
    """One typical scenario: in how many factories it runs, in how many with AI, and instances."""

    no: int
    name: str
    stage: str
    factories: Cell
    with_ai: Cell
    instances: int


@dataclass(frozen=True)
class Picture:
    """All of it. ``instances`` and ``with_ai`` are what the share of AI is worked out from."""

    factories: Cell
    levels: tuple[Level, ...]
    scenarios: tuple[Coverage, ...]
    instances: int
    with_ai: int

    @property
    def ai_share(self) -> float | None:
        return self.with_ai / self.instances if self.instances else None


def picture(
    assessments: AssessmentQuerySet, user: User, on: date, asked: dict[str, str]
) -> Picture:
    """The figures over these assessments; ``asked`` is what has narrowed them already."""
    if user.authority is None:
        raise PermissionDenied("统计只对主管部门开放")
    edition = standard.get(policy.current(user.authority.province_code, on).standard)
    by_level = dict(assessments.order_by().values_list("maturity_level").annotate(Count("pk")))
    by_level[0] = by_level.get(0, 0) + by_level.pop(None, 0)
    # Instances of an earlier guide are of none of these, and nobody was asked whether they use AI.
    known = {one.no for one in edition.scenarios}
    rows = [row for row in _instances(assessments) if row["scenario_no"] in known]
    of_scenario = {row["scenario_no"]: row for row in rows}
    names = {0: "未达到一级"}
    names |= {one.no: f"{one.no}级（{one.name}）" for one in edition.maturity.levels}
    return Picture(
        factories=Cell(sum(by_level.values()), asked),
        levels=tuple(
            Level(name, Cell(by_level.get(no, 0), asked | {"level": str(no)}))
            for no, name in names.items()
        ),
        scenarios=tuple(
            _coverage(one, of_scenario.get(one.no, {}), asked) for one in edition.scenarios
        ),
        instances=sum(row["instances"] for row in rows),
        with_ai=sum(row["ai_instances"] for row in rows),
    )


def _instances(assessments: AssessmentQuerySet) -> list[dict[str, int]]:
    found = ScenarioInstance.objects.filter(assessment__in=assessments.order_by())
    uses_ai = Q(uses_ai=True)
    counted = (
        found.order_by()
        .values("scenario_no")
        .annotate(
            factories=Count("assessment", distinct=True),
            ai_factories=Count("assessment", distinct=True, filter=uses_ai),
            instances=Count("pk"),
            ai_instances=Count("pk", filter=uses_ai),
        )
    )
    return list(counted)


def _coverage(one: standard.Scenario, row: dict[str, int], asked: dict[str, str]) -> Coverage:
    link = asked | {"scenario": str(one.no)}
    return Coverage(
        no=one.no,
        name=one.name,
        stage=one.stage,
        factories=Cell(row.get("factories", 0), link),
        with_ai=Cell(row.get("ai_factories", 0), link | {"ai": "true"}),
        instances=row.get("instances", 0),
    )
