"""The result of an assessment, always computed from its answers under its own edition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from assessments import scoring, standard
from assessments.models import Answer, Assessment, Evidence, ScenarioInstance
from registry import policy
from registry.access import business_date

#: Rows fetched at a time where many assessments are read one after the other.
CHUNK = 5000
INSTANCE = ("scenario_no", "name", "uses_ai")


def answers_of(assessment: Assessment) -> dict[str, Any]:
    """The answers by item."""
    return dict(assessment.answers.values_list("item", "value"))


def result(assessment: Assessment) -> scoring.Result:
    """The result under its own edition; the same answers give the same for ever."""
    return scoring.score(
        standard.get(assessment.standard),
        answers_of(assessment),
        instances_of(assessment),
        evidenced_items(assessment),
        gate_overrides(assessment),
    )


def instances_of(assessment: Assessment) -> list[scoring.Instance]:
    """The scenario instances in the form the pure scoring takes."""
    return [
        scoring.Instance(scenario_no=i.scenario_no, name=i.name, uses_ai=i.uses_ai)
        for i in assessment.instances.order_by("scenario_no", "pk")
    ]


def evidenced_items(assessment: Assessment) -> Collection[str]:
    """Items that have at least one file."""
    return set(assessment.evidence.live().values_list("item", flat=True))


def gate_overrides(assessment: Assessment) -> Mapping[policy.Tier, Mapping[str, Any]]:
    """What the province, by the rules of the day it began, sets differently from the nation."""
    province = assessment.factory.authority.province_code
    rules = policy.current(province, business_date(assessment.started_at))
    return {tier: rule.gates for tier, rule in rules.tiers.items() if rule.gates}


@dataclass(frozen=True)
class Facts:
    """What scoring asks of an assessment, and no more."""

    answers: Mapping[str, Any]
    instances: Sequence[scoring.Instance]
    evidenced: Collection[str]


def facts_of(assessments: Iterable[Assessment]) -> Iterator[tuple[Assessment, Facts]]:
    """Of any number, one after the other by their numbers: three queries, read as they are used.
    Indicators are left out: no tier asks for one.
    """
    ordered = sorted(assessments, key=lambda one: one.pk)
    keys = [one.pk for one in ordered]
    of_these = {"assessment__in": keys}
    judged = Answer.objects.filter(**of_these).exclude(item__startswith="kpi.")
    answers = judged.values_list("assessment_id", "item", "value")
    instances = ScenarioInstance.objects.filter(**of_these).order_by("assessment_id", "pk")
    files = Evidence.objects.filter(**of_these).live().order_by("assessment_id")
    rows = zip(
        ordered,
        _apart(keys, answers.order_by("assessment_id").iterator(CHUNK)),
        _apart(keys, instances.values_list("assessment_id", *INSTANCE).iterator(CHUNK)),
        _apart(keys, files.values_list("assessment_id", "item").distinct().iterator(CHUNK)),
        strict=True,
    )
    for one, given, run, proved in rows:
        yield (
            one,
            Facts(
                {item: value for _, item, value in given},
                [scoring.Instance(*row[1:]) for row in run],
                {item for _, item in proved},
            ),
        )


def _apart(keys: Sequence[int], rows: Iterator[Any]) -> Iterator[list[Any]]:
    """Rows in the order of their first column, a list for each of the ascending keys."""
    groups = groupby(rows, key=itemgetter(0))
    number, group = next(groups, (None, ()))
    for key in keys:
        if number != key:
            yield []
            continue
        yield list(group)
        number, group = next(groups, (None, ()))
