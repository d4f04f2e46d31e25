"""What becomes of each factory under the rules tried, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import models

from assessments.scoring import Finding, Verdict
from registry.models import Authority, Factory
from registry.policy import Policy, Tier
from reports.titles import NONE, unit_of
from reports.whatif.trial import Trial
from tiers import trying
from tiers.trying import Judged

Findings = Mapping[Tier, tuple[Finding, ...]]


class Outcome(models.TextChoices):
    KEEP = "keep", "保持"
    FALL = "fall", "降级"
    RISE = "rise", "升级"
    UNKNOWN = "unknown", "无法判断"


@dataclass(frozen=True)
class Reason:
    """One condition that decides an outcome."""

    key: str
    text: str
    clause: str


#: Several findings of one kind are one condition: which figure was short differs by tier.
_KINDS = {
    "maturity": Reason("maturity", "智能制造能力成熟度达到规定等级", "智能制造能力成熟度"),
    "ai": Reason("ai", "应用人工智能技术的场景达到规定比例", "人工智能应用"),
    "performance": Reason("performance", "填写与同行业比较的主要技术经济指标", "主要技术经济指标"),
    "veto": Reason("veto", "回溯期内没有一票否决事项", "基本要求·一票否决"),
}
UNASSESSED = Reason("assessment", "没有锁定的自评，条件逐条是否满足无从得知", "自评")


@dataclass(frozen=True)
class Case:
    """One factory: what it has (a title, else its own reach), and between which two tiers it would
    lie. ``already`` says that it misses its title by its own edition too.
    """

    factory: int
    name: str
    firm: str
    unit: str
    industry: str
    edition: str
    held: str
    now: str
    surely: str
    at_most: str
    outcome: Outcome
    already: bool
    reasons: tuple[Reason, ...]

    @property
    def has_label(self) -> str:
        return _label(self.held or self.now)

    @property
    def then_label(self) -> str:
        if self.surely == self.at_most:
            return _label(self.surely)
        return f"{_label(self.surely)}至{_label(self.at_most)}之间"


def _label(tier: str) -> str:
    return str(Tier(tier).label) if tier else "未达到基础级"


def cases_of(office: Authority, trial: Trial, present: Policy, on: date) -> list[Case]:
    """Every factory below an office that holds a title or has a locked assessment."""
    factories = Factory.objects.below(office.path)
    found = trying.judged(factories, trial.put_into(present), present, on=on)
    return [compared(one, office) for one in found]


def compared(one: Judged, office: Authority) -> Case:
    """The outcome of a factory, with the conditions it turns on."""
    held = Tier(one.held.tier) if one.held else None
    now = one.own.surely if one.own else held
    outcome = _outcome(_rank(held or now), max(_rank(held), _rank(now)), one.tried)
    industry = one.factory.industry_id or ""
    return Case(
        factory=one.factory.pk,
        name=one.factory.name,
        firm=one.factory.enterprise.name,
        unit=unit_of(one.factory.authority.path, office),
        industry=industry[:2] or NONE,
        edition=one.assessment.standard if one.assessment else "",
        held=held or "",
        now=now or "",
        surely=one.tried.surely or "",
        at_most=one.tried.at_most or "",
        outcome=outcome,
        already=outcome == Outcome.FALL and _rank(now) < _rank(held),
        reasons=tuple({r.key: r for r in _REASONS[outcome](one, held or now)}.values()),
    )


def _rank(tier: Tier | None) -> int:
    return tier.rank if tier else 0


def _outcome(has: int, top: int, tried: Verdict) -> Outcome:
    """``has`` is what is kept or lost; only above ``top`` something is gained."""
    surely, at_most = _rank(tried.surely), _rank(tried.at_most)
    if at_most < has:
        return Outcome.FALL
    if surely > top:
        return Outcome.RISE
    return Outcome.KEEP if surely >= has and at_most <= top else Outcome.UNKNOWN


def _kept(one: Judged, has: Tier | None) -> Iterator[Reason]:
    return iter(())


def _fallen(one: Judged, has: Tier | None) -> Iterator[Reason]:
    """What is known to stand in the way of every tier from the one reached to the one there is."""
    return _between(one.tried.missed, _rank(one.tried.at_most), _rank(has))


def _risen(one: Judged, has: Tier | None) -> Iterator[Reason]:
    """What stood in the way before and does so no more."""
    if one.own is None:
        return
    above = _rank(one.own.surely), _rank(one.tried.surely)
    still = {reason.key for reason in _between(one.tried.missed, *above)}
    yield from (r for r in _between(one.own.missed, *above) if r.key not in still)


def _untold(one: Judged, has: Tier | None) -> Iterator[Reason]:
    """What nobody asked and the outcome turns on."""
    if one.own is None:
        yield UNASSESSED
        return
    yield from _between(one.tried.unasked, _rank(one.tried.surely), _rank(one.tried.at_most))


_REASONS: dict[Outcome, Callable[[Judged, Tier | None], Iterator[Reason]]] = {
    Outcome.KEEP: _kept,
    Outcome.FALL: _fallen,
    Outcome.RISE: _risen,
    Outcome.UNKNOWN: _untold,
}


def _between(findings: Findings, low: int, high: int) -> Iterator[Reason]:
    for tier, found in findings.items():
        if low < tier.rank <= high:
            yield from map(reason_of, found)


def reason_of(finding: Finding) -> Reason:
    kind = finding.code.partition(".")[0]
    return _KINDS.get(kind) or Reason(finding.item, finding.text, finding.clause)


def outcomes_of(cases: Iterable[Case]) -> dict[Outcome, int]:
    found = dict.fromkeys(Outcome, 0)
    for case in cases:
        found[case.outcome] += 1
    return found
