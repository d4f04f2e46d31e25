"""Factories judged by rules that are only tried, beside what they hold and what their own say.

Questions only: nothing is written. The number of queries does not grow with the factories.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from assessments import assessment as self_assessment
from assessments import scoring, standard
from assessments.assessment import Facts
from assessments.models import Assessment
from assessments.scoring import Finding, Verdict
from assessments.standard import Standard
from registry import policy
from registry.models import Factory
from registry.policy import Policy, Tier
from tiers import agreement, eligibility
from tiers.eligibility import Problem
from tiers.models import Application, Certification, Verification

RELATED = ("enterprise", "authority", "industry")


@dataclass(frozen=True, eq=False)
class Judged:
    """A factory that holds a title or has a locked assessment.

    ``held`` is the highest title that runs; ``own`` what the newest assessment comes to under its
    own edition, None without one; ``tried`` under the rules that are tried.
    """

    factory: Factory
    held: Certification | None
    assessment: Assessment | None
    own: Verdict | None
    tried: Verdict


def judged(
    factories: QuerySet[Factory], tried: Policy, present: Policy, *, on: date
) -> Iterator[Judged]:
    """Each of these factories that holds a title that day or has a locked assessment."""
    held = _held(factories, on)
    newest = {one.factory_id: one for one in _newest(factories)}
    known = factories.filter(Q(pk__in=held.keys() | newest.keys())).select_related(*RELATED)
    by_pk = {one.pk: one for one in known}
    firms = {one.enterprise_id for one in by_pk.values()}
    bars = [eligibility.vetoes_of(firms, rules, on=on) for rules in (present, tried)]
    agreed = _agreed(held.values())

    def barred(verdict: Verdict, factory: Factory, by: int) -> Verdict:
        return _barred(verdict, bars[by].get(factory.enterprise_id, []))

    for one, facts in self_assessment.facts_of(newest.values()):
        factory = by_pk[one.factory_id]
        own, other = _verdicts(one, _with(one, facts, agreed.get(one.pk, {})), tried)
        title = held.get(factory.pk)
        yield Judged(factory, title, one, barred(own, factory, 0), barred(other, factory, 1))
    for key in sorted(held.keys() - newest.keys()):
        level = held[key].maturity_level
        found = scoring.unassessed(standard.get(tried.standard), _gates(tried), level)
        yield Judged(by_pk[key], held[key], None, None, barred(found, by_pk[key], 1))


def _held(factories: QuerySet[Factory], on: date) -> dict[int, Certification]:
    titles = Certification.objects.running(on).filter(factory__in=factories.order_by())
    ranked = sorted(
        titles.select_related("application"), key=lambda one: (Tier(one.tier).rank, one.pk)
    )
    return {one.factory_id: one for one in ranked}


def _newest(factories: QuerySet[Factory]) -> QuerySet[Assessment]:
    """The newest locked assessment of each factory."""
    locked = Assessment.objects.filter(locked_at__isnull=False)
    latest = locked.filter(factory=OuterRef("factory")).order_by("-locked_at", "-pk")
    found = locked.filter(factory__in=factories.order_by(), pk=Subquery(latest.values("pk")[:1]))
    return found.select_related("factory__authority")


def _verdicts(one: Assessment, facts: Facts, tried: Policy) -> tuple[Verdict, Verdict]:
    """Under its own edition, and under the rules that are tried."""
    edition, gates = standard.get(one.standard), self_assessment.gate_overrides(one)
    given = (facts.answers, facts.instances, facts.evidenced)
    own = scoring.verdict(scoring.score(edition, *given, gates))
    if tried.standard == one.standard and _gates(tried) == gates:
        return own, own
    other = scoring.judge(standard.get(tried.standard), _gates(tried), edition, *given)
    return own, other


def _gates(rules: Policy) -> dict[Tier, Mapping[str, object]]:
    return {tier: rule.gates for tier, rule in rules.tiers.items() if rule.gates}


def _with(one: Assessment, facts: Facts, values: Mapping[str, str]) -> Facts:
    """The facts where values were agreed on when the title was determined by this assessment."""
    if not values:
        return facts
    answers, seen = self_assessment.with_values(
        standard.get(one.standard), facts.answers, facts.evidenced, values
    )
    return replace(facts, answers=answers, evidenced=seen)


def _agreed(titles: Iterable[Certification]) -> dict[int, Mapping[str, str]]:
    """By assessment, the values agreed on in the case of a title where they are not the own."""
    keys = {one.application_id for one in titles if one.application_id}
    words = Verification.objects.filter(application__in=keys).exclude(agreed="")
    differing = set(words.exclude(agreed=F("own")).values_list("application", flat=True))
    cases = list(
        Application.objects.filter(pk__in=differing).select_related(
            "assessment__factory__authority"
        )
    )
    checked: dict[int, list[Verification]] = {}
    for word in Verification.objects.filter(application__in=differing).exclude(value=""):
        checked.setdefault(word.application_id, []).append(word)
    held = self_assessment.contents_of([case.assessment for case in cases if case.assessment])
    return {
        case.assessment_id: agreement.of(
            case, held=held[case.assessment_id], checked=checked[case.pk]
        ).values
        for case in cases
        if case.assessment_id
    }


def _barred(verdict: Verdict, events: list[Problem]) -> Verdict:
    """The verdict where events on record bar every tier."""
    if not events:
        return verdict
    found = tuple(
        Finding("veto", one.message, "基本要求·一票否决", "有记录", "没有", blocking=True)
        for one in events
    )
    missed = {tier: (*found, *rest) for tier, rest in verdict.missed.items()}
    return replace(verdict, surely=None, at_most=None, missed=missed)


# --- one factory under the edition in force ------------------------------------


@dataclass(frozen=True, eq=False)
class Lacking:
    """A title's holder whose newest assessment is of another edition than the rules ask for now:
    of all that its tier asks now, what it misses and what it was not asked.
    """

    title: Certification
    assessment: Assessment
    was: Standard
    now: Standard
    missed: tuple[Finding, ...]
    unasked: tuple[Finding, ...]


def lacking(factory: Factory, on: date) -> Lacking | None:
    """None where it holds no title or has answered to the edition in force."""
    present = policy.current(factory.authority.province_code, on)
    this = Factory.objects.filter(pk=factory.pk)
    newest = _newest(this).first()
    if newest is None or newest.standard == present.standard:
        return None
    (found,) = judged(this, present, present, on=on)
    if found.held is None:
        return None
    tier = Tier(found.held.tier)
    return Lacking(
        title=found.held,
        assessment=newest,
        was=standard.get(newest.standard),
        now=standard.get(present.standard),
        missed=upto(tier, found.tried.missed),
        unasked=upto(tier, found.tried.unasked),
    )


def upto(tier: Tier, findings: Mapping[Tier, tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """Each thing once, as the highest tier of those asks for it."""
    below = [one for level, those in findings.items() if level.rank <= tier.rank for one in those]
    return tuple({one.item or one.code: one for one in below}.values())
