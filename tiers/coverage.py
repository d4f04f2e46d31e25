"""Which parts of a factory (覆盖环节) a title covers, as the bureau's list states them or as the
self-assessment behind it proves: kept with it as keys of the standard that its rules name.
"""

from __future__ import annotations

from collections.abc import Iterable

from assessments import assessment as self_assessment
from assessments import scoring, standard
from assessments.models import Assessment
from registry import policy
from tiers.models import Certification


def joined(keys: Iterable[str] | None) -> str:
    return ",".join(sorted(set(keys or ())))


def names(rules: str) -> dict[str, str]:
    """The parts by their keys, in the order of the standard that an edition of the rules names."""
    return {one.id: one.name for one in standard.get(policy.get(rules).standard).dimensions}


def said(covers: str, rules: str) -> str:
    """As lists write it: 生产作业、运营管理."""
    given = covers.split(",")
    return "、".join(name for key, name in names(rules).items() if key in given)


def words(title: Certification) -> str:
    return said(title.covers, title.policy)


def proved(outcome: scoring.Result, tier: policy.Tier) -> str:
    """What an assessment shows to be covered at a tier."""
    return joined(key for key, one in outcome.dimensions.items() if tier in one.covered)


def of(assessment: Assessment | None, tier: policy.Tier) -> str:
    """The same, read for one assessment without what a province asks beyond the standard."""
    if assessment is None:
        return ""
    ((_, facts),) = self_assessment.facts_of([assessment])
    edition = standard.get(assessment.standard)
    return proved(scoring.score(edition, facts.answers, facts.instances, facts.evidenced), tier)
