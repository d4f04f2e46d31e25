"""Which tier the answers reach and what stands in the way. Pure: no database, no dates."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Any

from assessments.scoring.maturity import assess
from assessments.scoring.results import (
    BasicResult,
    ConditionResult,
    DimensionResult,
    Finding,
    Instance,
    Maturity,
    Result,
    Share,
    TierResult,
)
from assessments.scoring.shapes import field_errors, is_blank
from assessments.standard import PERFORMANCE_ROWS, Dimension, Gate, Standard
from registry.policy import Tier

PERFORMANCE_NEEDS = ("indicator", "own", "reference", "year", "source")


@dataclass(frozen=True)
class _Facts:
    """What the answers come to before any tier is asked about."""

    standard: Standard
    answers: Mapping[str, Any]
    evidenced: Collection[str]
    maturity: Maturity
    basics: tuple[BasicResult, ...]
    conditions: tuple[ConditionResult, ...]
    ai: Share
    performance: tuple[Mapping[str, Any], ...]

    def of_dimension(self, id: str) -> list[ConditionResult]:
        return self._by_dimension.get(id, [])

    @cached_property
    def _by_dimension(self) -> dict[str, list[ConditionResult]]:
        found: dict[str, list[ConditionResult]] = {}
        for one in self.conditions:
            found.setdefault(one.condition.dimension, []).append(one)
        return found


def score(
    standard: Standard,
    answers: Mapping[str, Any],
    instances: Sequence[Instance],
    evidenced: Collection[str],
    tiers_overrides: Mapping[Tier, Mapping[str, Any]] | None = None,
) -> Result:
    """Judge the answers. What is unanswered or misshapen counts as not met and never as an error.

    ``evidenced`` are the items with at least one file; ``tiers_overrides`` what the province sets
    differently from the national gates.
    """
    facts = _Facts(
        standard=standard,
        answers=answers,
        evidenced=evidenced,
        maturity=assess(standard, answers),
        basics=tuple(_basics(standard, answers)),
        conditions=tuple(_conditions(standard, answers, evidenced)),
        ai=Share(sum(one.uses_ai for one in instances), len(instances), standard.asks_ai),
        performance=performance(standard, answers),
    )
    gates = gates_for(standard, tiers_overrides)
    tiers = {
        tier: TierResult(tier, gate, tuple(_findings(facts, tier, gate)))
        for tier, gate in gates.items()
    }
    return Result(
        tier=highest_met({tier: one.met for tier, one in tiers.items()}),
        tiers=MappingProxyType(tiers),
        maturity=facts.maturity,
        basics=facts.basics,
        conditions=facts.conditions,
        dimensions=MappingProxyType(
            {d.id: _dimension(facts, d, tuple(gates)) for d in standard.dimensions}
        ),
        ai=facts.ai,
        performance=facts.performance,
    )


def gates_for(
    standard: Standard, overrides: Mapping[Tier, Mapping[str, Any]] | None = None
) -> dict[Tier, Gate]:
    """The national gates, each with what the province sets differently."""
    found = {}
    for tier, gate in sorted(standard.gates.items(), key=lambda pair: pair[0].rank):
        changes = dict((overrides or {}).get(tier, {}))
        if "dimensions" in changes:
            changes["dimensions"] = tuple(changes["dimensions"])
        if "ai_share" in changes:
            changes["ai_share"] = Decimal(str(changes["ai_share"]))
        found[tier] = replace(gate, **changes)
    return found


def highest_met(met: Mapping[Tier, bool]) -> Tier | None:
    """The highest tier that is met together with every tier below it."""
    highest = None
    for tier, is_met in met.items():
        if not is_met:
            break
        highest = tier
    return highest


def _basics(standard: Standard, answers: Mapping[str, Any]) -> Iterator[BasicResult]:
    for basic in standard.basics:
        answer = answers.get(basic.id)
        yield BasicResult(basic, answer if answer in ("yes", "no") else "unanswered")


def _conditions(
    standard: Standard, answers: Mapping[str, Any], evidenced: Collection[str]
) -> Iterator[ConditionResult]:
    for condition in standard.conditions:
        answer = answers.get(condition.id)
        answer = answer if isinstance(answer, Mapping) else {}
        how = answer.get("how")
        status = {"yes": "met", "no": "unmet"}.get(str(answer.get("met")), "unanswered")
        if status == "met" and condition.id not in evidenced:
            status = "no_evidence"
        yield ConditionResult(condition, status, how if isinstance(how, str) else "")


def performance(standard: Standard, answers: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The comparisons with the industry that are complete; only the officer judges them."""
    rows = [(f"perf.{row}", answers.get(f"perf.{row}")) for row in PERFORMANCE_ROWS]
    return tuple(
        value
        for item, value in rows
        if isinstance(value, Mapping)
        and not any(is_blank(value.get(key)) for key in PERFORMANCE_NEEDS)
        and not field_errors(standard, item, value)
    )


def _upto(facts: _Facts, dimension: str, tier: Tier) -> list[ConditionResult]:
    rank = tier.rank
    return [one for one in facts.of_dimension(dimension) if one.condition.tier.rank <= rank]


def _dimension(facts: _Facts, dimension: Dimension, tiers: Sequence[Tier]) -> DimensionResult:
    every = facts.of_dimension(dimension.id)
    covered = tuple(
        tier for tier in tiers if all(c.status == "met" for c in _upto(facts, dimension.id, tier))
    )
    return DimensionResult(dimension, covered, sum(c.status == "met" for c in every), len(every))


def _findings(facts: _Facts, tier: Tier, gate: Gate) -> Iterator[Finding]:
    yield from _basic_findings(facts)
    yield from _maturity_findings(facts, tier, gate)
    yield from _coverage_findings(facts, tier, gate)
    for result in _upto(facts, facts.standard.results.id, tier):
        if result.status != "met":
            yield _condition_finding(result, blocking=True)
    if gate.ai_share is not None:
        yield from _ai_findings(facts, tier, gate.ai_share)
    if not facts.performance:
        yield Finding(
            "performance.missing",
            "填写至少一项与同行业比较的主要技术经济指标",
            f"{tier.label}要素条件·主要技术经济指标",
            "未填写",
            gate.performance,
            blocking=True,
            item=f"perf.{PERFORMANCE_ROWS[0]}",
        )


_BASIC_OWN = {"no": "否", "unanswered": "未填写"}


def _basic_findings(facts: _Facts) -> Iterator[Finding]:
    for result in facts.basics:
        if result.status != "yes":
            yield Finding(
                f"basic.{result.status}",
                result.basic.text,
                "基本要求",
                _BASIC_OWN[result.status],
                "是",
                blocking=True,
                item=result.basic.id,
            )


def _maturity_findings(facts: _Facts, tier: Tier, gate: Gate) -> Iterator[Finding]:
    clause = f"{tier.label}要素条件·智能制造能力成熟度"
    model, own = facts.standard.maturity, facts.maturity
    needed = f"{model.level_name(gate.maturity_level)}（{gate.maturity_level}级）及以上"
    if own.level < gate.maturity_level:
        reached = (
            f"{own.level_name}（{own.level}级），{own.score}分" if own.level else own.level_name
        )
        yield Finding(
            "maturity.level" if own.source else "maturity.unanswered",
            "智能制造能力成熟度达到规定等级",
            clause,
            f"{reached}（{own.source_label}）" if own.source else "未填写",
            needed,
            blocking=True,
            item="platform.result" if own.source == "platform" else "maturity.kind",
        )
    elif own.source == "platform" and "platform.result" not in facts.evidenced:
        yield Finding(
            "maturity.no_evidence",
            "上传国家平台出具的成熟度评估报告",
            clause,
            "已填写结果，未上传报告",
            needed,
            blocking=True,
            item="platform.result",
        )


def _coverage_findings(facts: _Facts, tier: Tier, gate: Gate) -> Iterator[Finding]:
    """One finding per open condition. With a reason, "in principle" makes them warnings."""
    reason = facts.answers.get(f"exception.{tier.value}")
    excused = gate.dimension_rule == "in_principle" and isinstance(reason, str) and reason.strip()
    for dimension in gate.dimensions:
        for result in _upto(facts, dimension, tier):
            if result.status != "met":
                yield _condition_finding(result, blocking=not excused)


def _condition_finding(result: ConditionResult, *, blocking: bool) -> Finding:
    condition = result.condition
    return Finding(
        f"condition.{result.status}",
        condition.text,
        condition.clause,
        result.label,
        "满足，并附佐证材料",
        blocking=blocking,
        item=condition.id,
    )


def _ai_findings(facts: _Facts, tier: Tier, bar: Decimal) -> Iterator[Finding]:
    ai = facts.ai
    if ai.total and Fraction(ai.ai, ai.total) >= Fraction(bar):
        return
    yield Finding(
        "ai.share" if ai.total else "ai.none",
        "应用人工智能技术的场景达到规定比例",
        f"{tier.label}要素条件·人工智能应用",
        ai.text,
        f"{(bar * 100).normalize():f}%及以上",
        blocking=True,
    )
