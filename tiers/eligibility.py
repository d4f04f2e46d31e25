"""Whether a factory may apply for a tier: checks that each give zero or more problems with a way
to mend them.

Shown before submission and enforced at it; a prerequisite title is asked for again at
determination. The functions change nothing and take the day as an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from assessments import assessment as self_assessment
from assessments import standard
from registry import enterprises, policy
from registry.models import User, VetoEvent
from registry.workdays import years_later
from tiers import agreement, bans
from tiers.agreement import Agreement
from tiers.models import Application, Certification, Round


@dataclass(frozen=True)
class Problem:
    """Something that stands in the way, in words for the firm; hints (not blocking) only inform."""

    code: str
    message: str
    blocking: bool = True


def problems(
    application: Application, *, by: User | None, on: date, confirmed: bool
) -> list[Problem]:
    """Everything that stands in the way of submitting this application today.

    ``confirmed`` says whether the bureau has confirmed the person who would submit.
    """
    found = [] if confirmed else [_unconfirmed()]
    found += _round(application, on)
    found += _assessment(application, on)
    found += vetoes(application, on=on)
    found += _ban(application, on)
    found += prerequisite(application, on=on)
    found += _standing_title(application, on)
    return found


def at_determination(
    application: Application, *, on: date, checked: Agreement | None = None
) -> list[Problem]:
    """What is asked for again on the day of the decision: events on record, a ban, the tier
    below, and the gates of the tier by the values agreed on in the re-check. ``checked`` saves
    reading those again.
    """
    objections = checked.objections() if checked else agreement.objections(application)
    return [
        *vetoes(application, on=on),
        *_ban(application, on),
        *prerequisite(application, on=on),
        *(Problem("verification", text) for text in objections),
    ]


def _unconfirmed() -> Problem:
    return Problem(
        "unconfirmed", "主管部门还没有确认您是本企业经办人，确认后即可提交；填写内容都会保留"
    )


def _round(application: Application, on: date) -> list[Problem]:
    batch = application.round
    moved = not Round.objects.covering(application.factory).filter(pk=batch.pk).exists()
    if moved and not application.submissions:
        return [Problem("round_elsewhere", "工厂已迁出本批次的范围，请撤回后在所在地的批次申报")]
    if batch.is_open(on):
        return []
    if on < batch.opens_on:
        return [Problem("round_not_open", f"本批次自 {batch.opens_on:%Y-%m-%d} 起受理，届时再提交")]
    if application.submissions:
        # Mending what was sent back is no new application: the window was kept the first time.
        return []
    return [
        Problem(
            "round_closed", f"本批次已于 {batch.closes_on:%Y-%m-%d} 24:00 截止，请等下一批次开放"
        )
    ]


def _assessment(application: Application, on: date) -> list[Problem]:
    chosen = application.assessment
    if chosen is None:
        return [Problem("no_assessment", "还没有选用自评，请先完成工厂自评并锁定")]
    if not chosen.is_locked:
        return [Problem("assessment_open", "选用的自评还没有锁定，请到“工厂自评”核对并锁定")]
    rules = policy.get(application.round.policy)
    if chosen.standard != rules.standard:
        title = standard.get(rules.standard).title
        return [
            Problem(
                "assessment_edition", f"自评依据的标准版本不符，本批次要求“{title}”，请重新自评"
            )
        ]
    outcome = self_assessment.result(chosen).tiers[policy.Tier(application.tier)]
    return [Problem(f"gate.{f.code}", f.text, blocking=f.blocking) for f in outcome.findings]


def vetoes(application: Application, *, on: date) -> list[Problem]:
    """Events on record that bar a title, within the look-back of the rules."""
    rules = policy.get(application.round.policy)
    return vetoes_of([application.factory.enterprise_id], rules, on=on).get(
        application.factory.enterprise_id, []
    )


def vetoes_of(firms: Iterable[int], rules: policy.Policy, *, on: date) -> dict[int, list[Problem]]:
    """The events that bar a title, for each of these enterprises that has any; those of a firm that
    it comes from count as its own.
    """
    edition, years = standard.get(rules.standard), rules.veto_lookback_years
    above = enterprises.predecessors(firms)
    owners = above.keys() | set().union(*above.values())
    events = VetoEvent.objects.filter(enterprise__in=owners, happened_on__lte=on)
    barring: dict[int, list[Problem]] = {}
    for event in events.order_by("happened_on", "pk"):
        until = years_later(event.happened_on, years)
        if on <= until and edition.bars(event.kind, event.grade):
            barring.setdefault(event.enterprise_id, []).append(
                Problem(
                    "veto",
                    f"{event.happened_on:%Y-%m-%d} 发生{veto_label(edition, event)}，"
                    f"{years} 年内不能申报（至 {until:%Y-%m-%d} 止，含当日）",
                )
            )
    whole = {
        firm: [problem for one in (firm, *sorted(earlier)) for problem in barring.get(one, ())]
        for firm, earlier in above.items()
    }
    return {firm: problems for firm, problems in whole.items() if problems}


def veto_label(edition: standard.Standard, event: VetoEvent) -> str:
    """The event in words: its grade, where the kind has grades, and its kind."""
    kind = next((k for k in edition.veto_kinds if k.id == event.kind), None)
    grade = next((g.name for g in edition.veto_grades if g.id == event.grade), "")
    return f"{grade}{kind.name if kind else event.kind}"


def least_maturity(rules: policy.Policy, tier: policy.Tier) -> int:
    """The maturity level a tier asks for: the national gate unless the province sets its own."""
    national = standard.get(rules.standard).gates[tier].maturity_level
    return int(rules.tiers[tier].gates.get("maturity_level", national))


def _ban(application: Application, on: date) -> list[Problem]:
    """After a title was revoked or an honour lost the rules may bar the firm for some years."""
    rules = policy.get(application.round.policy)
    return list(barred([application.factory.enterprise_id], rules, on=on).values())


def barred(enterprises: Iterable[int], rules: policy.Policy, *, on: date) -> dict[int, Problem]:
    """The ban that runs on a day, for each of these enterprises that is under one."""
    found = bans.of(enterprises, rules, on=on)
    return {firm: Problem("ban", bans.sentence(ban, firm)) for firm, ban in found.items()}


def prerequisite(application: Application, *, on: date) -> list[Problem]:
    """The tier below, where the rules ask for it as a title or as a self-assessment that reaches
    it.
    """
    found = prerequisites_of([application], on=on)
    return list(found.values())


def prerequisites_of(cases: Sequence[Application], *, on: date) -> dict[int, Problem]:
    """The same for many cases at once, for those that miss it."""
    titles = Certification.objects.filter(factory__in={case.factory_id for case in cases})
    held = {
        (one.factory_id, one.tier): one
        for one in titles.running(on).prefetch_related("suspensions").order_by("valid_from")
    }
    found = {}
    for case in cases:
        tier = policy.Tier(case.tier)
        rule = policy.get(case.round.policy).tiers[tier]
        if rule.requires is None:
            continue
        if rule.prerequisite == "self_assessed":
            chosen = case.assessment
            if not (chosen and self_assessment.result(chosen).tiers[rule.requires].met):
                found[case.pk] = Problem("prerequisite", f"自评须先达到{rule.requires.label}")
        elif missing := _not_in_force(held.get((case.factory_id, rule.requires)), rule, on):
            found[case.pk] = Problem("prerequisite", missing)
    return found


def _not_in_force(title: Certification | None, rule: policy.TierRule, on: date) -> str:
    """Why the title below does not carry the tier of the rule; "" where it does."""
    below = rule.requires.label if rule.requires else ""
    if title is None:
        return f"须先取得{below}认定且在有效期内，可先申报{below}"
    if title.suspension_on(on):
        return f"这座工厂的{below}认定正在暂停，恢复后才能申报{rule.tier.label}"
    return ""


def _standing_title(application: Application, on: date) -> list[Problem]:
    title = (
        Certification.objects.filter(factory=application.factory, tier=application.tier)
        .running(on)
        .order_by("-valid_from")
        .first()
    )
    if title is None:
        return []
    if title.suspension_on(on):
        return [
            Problem(
                "standing_title",
                f"这座工厂的{title.get_tier_display()}认定（{title.number}）正在暂停，"
                "恢复后才能再次申报",
            )
        ]
    if title.last_day is None:
        return [
            Problem(
                "standing_title", f"这座工厂已是{title.get_tier_display()}，没有期限，不需要再申报"
            )
        ]
    return [
        Problem(
            "standing_title",
            f"这座工厂已是{title.get_tier_display()}，有效期至 "
            f"{title.last_day:%Y-%m-%d}；再次认定后从次日起算",
            blocking=False,
        )
    ]
