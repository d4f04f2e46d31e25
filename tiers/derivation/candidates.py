"""Which honours may give which tier, and why some do not yet: judged in sets, changing nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from assessments.models import Assessment
from registry import policy
from registry.access import OFFICERS, business_date, may_change
from registry.models import Authority, Factory, Honour, User
from registry.policy import LEVELS, Derivation, Policy, Tier
from registry.workdays import years_later
from tiers import eligibility
from tiers.eligibility import Problem
from tiers.models import Certification, HonourCheck, Rereview, RereviewItem


@dataclass(frozen=True)
class Candidate:
    """An honour that may give a tier: to which factory, from which day, and what is missing."""

    honour: Honour
    tier: Tier
    rules: Policy
    rule: Derivation
    factory: Factory | None
    assessment: Assessment | None
    check: HonourCheck | None
    problems: tuple[Problem, ...] = ()
    #: The day from which the term counts, and the first day of the title.
    counts_from: date | None = None
    valid_from: date | None = None
    #: Whether it is determined by itself, and not in a campaign for all holders.
    alone: bool = True

    @property
    def ripe(self) -> bool:
        return not self.problems

    @property
    def honour_name(self) -> str:
        return self.rules.honour_kind(self.honour.kind).name

    @property
    def office(self) -> Authority | None:
        """Who lists the factory or determines it."""
        return office_at(self.factory, self.rule.by) if self.factory else None

    @property
    def checking_office(self) -> Authority | None:
        """Who checks before that; None where nobody below has to."""
        if self.factory is None or self.rule.checked_by is None:
            return None
        office = office_at(self.factory, self.rule.checked_by)
        return None if office == self.office else office

    @property
    def basis(self) -> str:
        """What is written on the title."""
        level = self.assessment.maturity_level if self.assessment else None
        words = f"《{self.rules.title}》：{self.honour_name}（{self.honour.document_no}）"
        return (f"{words}，成熟度自评{level}级" if level else words)[:300]


def office_at(factory: Factory, level: str) -> Authority:
    """The office of a level in a factory's chain, or the one above where there is none."""
    office = factory.authority
    while LEVELS.index(office.kind) < LEVELS.index(level) and office.parent is not None:
        office = office.parent
    return office


def derives(authority: Authority, on: date) -> bool:
    """Whether the rules of that day let any honour give a tier below this office."""
    rules = policy.current(authority.province_code, on)
    return any(
        item.authority is None
        or f"/{item.authority}/" in authority.path
        or authority.kind == "province"
        for rule in rules.tiers.values()
        for item in rule.derive
    )


def candidates(
    path: str, *, on: date, assessed_by: date | None = None, **only: Any
) -> list[Candidate]:
    """Every honour below an office that may give a tier and has not given it yet, or ``only`` those
    with these values. Where ``assessed_by`` is given, later self-assessments do not count.
    """
    rules = policy.current(path.split("/")[1], on)
    honours = Honour.objects.below(path).filter(kind__in=rules.deriving_honours, awarded_on__lte=on)
    honours = honours.filter(**only)
    honours = honours.select_related("enterprise__authority", "factory__authority__parent__parent")
    found = [
        candidate
        for one in honours.prefetch_related(
            "enterprise__factories__authority__parent__parent"
        ).order_by("awarded_on", "pk")
        for candidate in _possible(one, rules)
        if candidate.factory is None or candidate.factory.authority.path.startswith(path)
    ]
    return _judge(found, rules, on, assessed_by)


def _possible(honour: Honour, rules: Policy) -> Iterator[Candidate]:
    factories = list(honour.enterprise.factories.all())
    factory = honour.factory or (factories[0] if len(factories) == 1 else None)
    for rule in rules.tiers.values():
        fitting = [item for item in rule.derive if item.honour == honour.kind]
        # A rule for one city stands in place of the province's own for the same honour.
        here = [item for item in fitting if _limited_to(item, factory, honour)]
        everywhere = [item for item in fitting if item.authority is None]
        for item in (here or everywhere)[:1]:
            yield Candidate(honour, rule.tier, rules, item, factory, None, None)


def _limited_to(item: Derivation, factory: Factory | None, honour: Honour) -> bool:
    place = factory.authority if factory else honour.enterprise.authority
    return item.authority is not None and place is not None and f"/{item.authority}/" in place.path


@dataclass(frozen=True)
class _Facts:
    """What the candidates are judged by, read for all of them at once."""

    given: set[tuple[int, str]]
    assessments: dict[int, list[Assessment]]
    titles: dict[tuple[int, str], Certification]
    checks: dict[tuple[int, str], HonourCheck]
    barred: dict[int, Problem]
    vetoes: dict[int, list[Problem]]
    #: Honours that came through a campaign without a title, and the kinds one is under way for.
    left_over: set[tuple[int, str]]
    under_way: set[tuple[str, str]]


def _read(found: Iterable[Candidate], rules: Policy, on: date, assessed_by: date | None) -> _Facts:
    honours = {c.honour.pk for c in found}
    factories = {c.factory.pk for c in found if c.factory}
    firms = {c.honour.enterprise_id for c in found}
    assessments: dict[int, list[Assessment]] = {}
    locked = Assessment.objects.filter(factory__in=factories, locked_at__isnull=False)
    for assessment in locked.filter(standard=rules.standard).order_by("-locked_at", "-pk"):
        if assessed_by is None or locked_on(assessment) <= assessed_by:
            assessments.setdefault(assessment.factory_id, []).append(assessment)
    titles: dict[tuple[int, str], Certification] = {}
    for title in Certification.objects.filter(factory__in=factories).order_by("valid_from", "pk"):
        titles[title.factory_id, title.tier] = title
    return _Facts(
        set(Certification.objects.filter(honour__in=honours).values_list("honour", "tier")),
        assessments,
        titles,
        {
            (check.honour_id, check.tier): check
            for check in HonourCheck.objects.filter(honour__in=honours).order_by("at", "pk")
        },
        eligibility.barred(firms, rules, on=on),
        eligibility.vetoes_of(firms, rules, on=on),
        *_campaigns(honours, rules),
    )


def _campaigns(
    honours: set[int], rules: Policy
) -> tuple[set[tuple[int, str]], set[tuple[str, str]]]:
    """What campaigns have left over, and what they are under way for."""
    if not any(item.together for rule in rules.tiers.values() for item in rule.derive):
        return set(), set()
    left = RereviewItem.objects.determined().filter(honour__in=honours, title__isnull=True)
    running = Rereview.objects.under_way().filter(authority__path__startswith=f"/{rules.province}/")
    return (
        set(left.values_list("honour", "rereview__tier")),
        set(running.values_list("honour_kind", "tier")),
    )


def _judge(
    found: list[Candidate], rules: Policy, on: date, assessed_by: date | None
) -> list[Candidate]:
    facts = _read(found, rules, on, assessed_by)
    judged = []
    for candidate in found:
        if (candidate.honour.pk, candidate.tier.value) in facts.given:
            continue
        candidate = _dated(candidate, facts, on)
        judged.append(replace(candidate, problems=tuple(_problems(candidate, facts, on))))
    return judged


def _dated(candidate: Candidate, facts: _Facts, on: date) -> Candidate:
    """With the assessment it rests on and the days it would count from."""
    honour, rule = candidate.honour, candidate.rule
    own = facts.assessments.get(candidate.factory.pk, []) if candidate.factory else []
    if rule.same_year:
        own = [a for a in own if locked_on(a).year <= honour.awarded_on.year]
    assessment = own[0] if own else None
    counts_from = on
    if rule.automatic:
        counts_from = max(honour.awarded_on, candidate.rules.in_force_from)
        if rule.maturity_level and assessment:
            counts_from = max(counts_from, locked_on(assessment))
    valid_from = counts_from
    if candidate.factory:
        older = facts.titles.get((candidate.factory.pk, candidate.tier.value))
        if older is not None and older.ends_on is not None and older.ends_on <= on:
            valid_from = max(valid_from, older.ends_on)
    return replace(
        candidate,
        assessment=assessment,
        check=facts.checks.get((honour.pk, candidate.tier.value)),
        counts_from=counts_from,
        valid_from=valid_from,
        alone=not rule.together or _left_over(candidate, facts),
    )


def _left_over(candidate: Candidate, facts: _Facts) -> bool:
    """Whether a campaign has passed it by and no other is under way: taken up again, by appeal or
    because it has mended what was missing.
    """
    honour, tier = candidate.honour, candidate.tier.value
    return (honour.pk, tier) in facts.left_over and (honour.kind, tier) not in facts.under_way


def locked_on(assessment: Assessment) -> date:
    if assessment.locked_at is None:
        raise RuntimeError(f"assessment {assessment.pk} is open")
    return business_date(assessment.locked_at)


def _problems(candidate: Candidate, facts: _Facts, on: date) -> Iterator[Problem]:
    honour = candidate.honour
    if honour.withdrawn_on is not None:
        yield Problem("withdrawn", f"称号已于 {honour.withdrawn_on:%Y-%m-%d} 被取消")
        return
    if honour.verified_at is None:
        yield Problem("unverified", "企业登记的称号还没有核实，请授予部门核对文号后核实")
    if ban := facts.barred.get(honour.enterprise_id):
        yield ban
    if candidate.factory is None:
        yield Problem("factory", "称号没有指明工厂，企业有多座或没有工厂，请按工厂重新登记这项称号")
        return
    yield from _maturity_problems(candidate)
    if candidate.rule.reassessed:
        yield from _reassessment_problems(candidate)
        yield from facts.vetoes.get(honour.enterprise_id, [])
    yield from _check_problems(candidate)
    yield from _title_problems(candidate, facts, on)


def _maturity_problems(candidate: Candidate) -> Iterator[Problem]:
    least, own = candidate.rule.maturity_level, candidate.assessment
    if least is None:
        return
    year = f"{candidate.honour.awarded_on.year} 年内" if candidate.rule.same_year else ""
    if own is None:
        yield Problem("maturity", f"{year}没有已锁定的自评，成熟度须达到 {least} 级")
    elif (own.maturity_level or 0) < least:
        level = own.maturity_level or 0
        yield Problem("maturity", f"{year}自评成熟度 {level} 级，要求不低于 {least} 级")


def _reassessment_problems(candidate: Candidate) -> Iterator[Problem]:
    own = candidate.assessment
    if own is None:
        yield Problem("assessment", "还没有按现行要素条件完成并锁定自评")
    elif not own.reached_tier or Tier(own.reached_tier).rank < candidate.tier.rank:
        yield Problem("assessment", f"最近一次锁定的自评没有达到{candidate.tier.label}")


def _check_problems(candidate: Candidate) -> Iterator[Problem]:
    office, check = candidate.checking_office, candidate.check
    if office is None:
        return
    if check is None:
        yield Problem("check", f"待{office.short_name}填写复核表")
    elif not check.passed:
        yield Problem("check", f"{office.short_name}复核不符合：{check.finding}")


def _title_problems(candidate: Candidate, facts: _Facts, on: date) -> Iterator[Problem]:
    if candidate.factory is None:
        return
    older = facts.titles.get((candidate.factory.pk, candidate.tier.value))
    if older is not None and (older.ends_on is None or older.ends_on > on):
        until = f"，有效期至 {older.last_day:%Y-%m-%d}" if older.last_day else ""
        yield Problem("standing_title", f"这座工厂已有{candidate.tier.label}认定{until}")
    elif (last := last_day_of(candidate)) is not None and last < on:
        yield Problem("lapsed", f"自授予之日起的期限已于 {last:%Y-%m-%d} 届满")


def last_day_of(candidate: Candidate) -> date | None:
    term = candidate.rules.tiers[candidate.tier].term_years
    if not term or candidate.counts_from is None:
        return None
    return years_later(candidate.counts_from, term)


def may_check(candidate: Candidate, user: User) -> bool:
    """Whether this person's office fills in the check of this candidate."""
    office = candidate.checking_office
    blocked = {"withdrawn", "standing_title", "unverified"} & {p.code for p in candidate.problems}
    return (
        user.role in OFFICERS
        and office is not None
        and user.authority_id == office.pk
        and not blocked
        and may_change(user)
    )


def may_grant(candidate: Candidate, user: User) -> bool:
    """Whether this person may list the factory now."""
    office = candidate.office
    its_own = office is not None and user.authority_id == office.pk
    return candidate.ripe and candidate.alone and its_own and may_change(user)
