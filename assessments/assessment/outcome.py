"""The result of an assessment, always computed from its answers under its own edition."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from assessments import scoring, standard
from assessments.models import Assessment
from registry import policy
from registry.access import business_date


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
