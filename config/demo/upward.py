"""The part of the demo world about tiers that others decide: a round of the excellent tier at every
step, a candidate for the leading tier, a national title that was ended, what a factory gives
others, and a central group that certifies a factory of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile

from assessments import assessment as self_assessment
from assessments import standard
from config.demo import (
    answers,
    cases,
    reviewers,
)
from registry.models import Authority, User
from registry.policy import Tier
from tiers import (
    affiliation,
    certification,
    contributions,
    delisting,
    drafts,
    formal_check,
    group_titles,
    reporting,
    rounds,
    upward,
    workflow,
)
from tiers.models import Application, Certification, Round, UpwardItem, UpwardList
from tiers.workflow import Action

if TYPE_CHECKING:
    from config.demo.world import Firm, World

STORIES = (
    "upward-selection",
    "upward-reported",
    "upward-titled",
    "upward-ended",
    "upward-candidate",
    "upward-group",
)
#: Of whom one may sign in by the name of the story.
SHOWN = ("upward-titled", "upward-ended", "upward-candidate", "upward-group")
Kind, Yes = UpwardList.Kind, UpwardItem.Outcome.YES
#: When everybody applied, the first were reported, and the ministries answered.
APPLIED, REPORTED, ANSWERED = 120, 90, 60


def run(world: World, firms: list[Firm]) -> None:
    told = {story: [firm for firm in firms if firm.story == story] for story in STORIES}
    if not any(told.values()):
        return
    for firm in (one for group in told.values() for one in group):
        world.sign_up(firm, days_ago=400)
    excellent, leading = (_round(world, tier) for tier in (Tier.EXCELLENT, Tier.LEADING))
    cases = {
        story: [_selected(world, firm, excellent) for firm in told[story]]
        for story in ("upward-titled", "upward-ended", "upward-reported", "upward-selection")
    }
    first = cases["upward-titled"] + cases["upward-ended"]
    _listed(world, excellent, Kind.NOMINATION, first, days_ago=REPORTED)
    _listed(world, excellent, Kind.RESULT, first, days_ago=ANSWERED)
    _listed(world, excellent, Kind.NOMINATION, cases["upward-reported"], days_ago=14)
    candidates = [_selected(world, firm, leading) for firm in told["upward-candidate"]]
    _listed(world, leading, Kind.NOMINATION, candidates, days_ago=REPORTED)
    _listed(world, leading, Kind.RESULT, candidates, days_ago=ANSWERED)
    for firm in told["upward-titled"]:
        _give(world, firm)
    _end(world, cases["upward-ended"])
    for firm in told["upward-group"]:
        _certify_own(world, firm)


def _number(world: World, at: datetime, words: str) -> str:
    return f"{world.data['upward'][words]}〔{at.year}〕{at.timetuple().tm_yday}号（演示）"


# --- the rounds ----------------------------------------


def _round(world: World, tier: Tier) -> Round:
    told, by = world.data["upward"], world.province_officer
    batch = rounds.open_round(
        Authority.objects.get(code=world.data["province"]),
        tier=tier,
        title=f"{world.today.year}年{tier.label}智能工厂推荐",
        opens_on=world.at(150).date(),
        asks=told["asks"],
        by=by,
        at=world.at(152),
    )
    at = world.at(148)
    upward.set_places(
        batch,
        places=told["places"][tier.value],
        document_no=_number(world, at, "ministries"),
        by=by,
        at=at,
    )
    return batch


def _selected(world: World, firm: Firm, batch: Round) -> Application:
    """The firm's case, recommended by its city and past the formal check."""
    tier = Tier(batch.tier)
    _below(world, firm, Tier.ADVANCED)
    if tier == Tier.LEADING:
        _below(world, firm, Tier.EXCELLENT)
    assess(world, firm, tier, days_ago=APPLIED + 5)
    case = drafts.start(
        firm.factory,
        batch,
        assessment=drafts.latest_assessment(firm.factory),
        by=firm.user,
        at=world.at(APPLIED, 9),
    )
    case = cases.send_in(world, firm, case, days_ago=APPLIED)
    case = _complete(case, "recommend", world, world.city_officer(firm), days_ago=110)
    given = {
        one.id: formal_check.Given("yes", world.text["checked"] if one.machine else "")
        for one in formal_check.edition_for(batch).questions
    }
    by = world.province_officer
    formal_check.answer(case, given, by=by, at=world.at(100, 11))
    return _complete(case, "passed", world, by, days_ago=100)


def _complete(
    case: Application, words: str, world: World, by: User, *, days_ago: int
) -> Application:
    at = world.at(days_ago, 15)
    return workflow.act(case, Action.COMPLETE, by=by, at=at, opinion=world.text[words])


def _below(world: World, firm: Firm, tier: Tier) -> None:
    """A title from before the portal."""
    national = tier == Tier.EXCELLENT
    at = world.at(330)
    province = Authority.objects.get(code=world.data["province"])
    grant = certification.Grant(
        issuer=upward.issuer() if national else province,
        document_no=_number(world, at, "ministries" if national else "province"),
        valid_from=at.date(),
        source=Certification.Source.IMPORTED,
        basis=world.data["upward"]["imported"],
    )
    certification.issue(firm.factory, tier, grant, by=world.province_officer, at=at)


def assess(world: World, firm: Firm, tier: Tier, *, days_ago: int) -> None:
    """A self-assessment that reaches the tier, with a proof for everything it asks for."""
    at, by = world.at(days_ago, 11), firm.user
    chosen = self_assessment.start(firm.factory, by=by, at=at)
    edition = standard.get(chosen.standard)
    gate = edition.gates[tier]
    stated = answers.dimensions(edition, None) | {edition.results.id}
    given = answers.answers_for(edition, world.text["how"], firm.index, stated)
    for one in list(Tier)[1 : tier.rank]:
        given |= answers.conditions_met(edition, one, stated, world.text["how"])
    for level in range(1, gate.maturity_level + 1):
        given |= {f"cmmm.{level}.{part.id}": 1 for part in edition.maturity.subdomains}
    self_assessment.save_answers(chosen, given, seen={}, by=by, at=at)
    for number, row in enumerate(world.data["scenarios"][:3]):
        fields = {f: row[f] for f in self_assessment.INSTANCE_FIELDS if f in row}
        uses_ai = number < 2 or tier == Tier.LEADING
        told = {**fields, "scenario_no": row["no"], "uses_ai": uses_ai}
        self_assessment.save_instance(chosen, told, by=by, at=at)
    for condition in edition.conditions:
        if condition.id in given:
            cases.prove(chosen, condition, by=by, days_ago=days_ago, world=world)
    self_assessment.lock(chosen, by=by, at=world.at(days_ago, 12))


def _listed(
    world: World, batch: Round, kind: UpwardList.Kind, cases: list[Application], *, days_ago: int
) -> None:
    """Put down by one person of the province and confirmed by another on the next day."""
    at = world.at(days_ago, 10)
    ranks = range(1, len(cases) + 1) if kind == Kind.NOMINATION else [None] * len(cases)
    upward.prepare(
        batch,
        kind,
        {case.pk: upward.Word(Yes, rank) for case, rank in zip(cases, ranks, strict=True)},
        document_no=_number(world, at, "province" if kind == Kind.NOMINATION else "ministries"),
        dated=at.date(),
        seen=0,
        by=world.province_officer,
        at=at,
    )
    seen = upward.table(batch, kind).digest
    second = reviewers.colleague(world, 2)
    reporting.confirm(batch, kind, seen=seen, by=second, at=world.at(days_ago - 1, 10))


# --- what came of it ----------------------------------------


def _give(world: World, firm: Firm) -> None:
    """Two things that the factory gives others; the one may be shown to everybody."""
    for number, row in enumerate(world.data["upward"]["contributions"]):
        given = contributions.Given(
            row["kind"], row["title"], world.today.year, row["partner"], number == 0
        )
        one = contributions.record(
            firm.factory,
            given,
            ContentFile(answers.own_pdf(firm.name) + b"%% %d" % number),
            name=f"{row['proof']}.pdf",
            by=firm.user,
            at=world.at(40, 9),
        )
        by = world.city_officer(firm)
        contributions.answer(one, confirmed=True, reason="", by=by, at=world.at(35, 9))


def _end(world: World, cases: list[Application]) -> None:
    """The ministries have revoked what they had given."""
    told, at = world.data["upward"]["ended"], world.at(9)
    titles = Certification.objects.filter(application__in=cases)
    held = delisting.prepare(
        None,
        delisting.Document(
            told["document"], _number(world, at, "ministries"), at.date(), at.date()
        ),
        {title.pk: delisting.Word(told["ground"], told["reason"]) for title in titles},
        upload=ContentFile(answers.own_pdf(told["document"]), name="通知.pdf"),
        by=world.province_officer,
        at=at,
    )
    second = reviewers.colleague(world, 2)
    delisting.confirm(held, seen=delisting.digest(held), by=second, at=world.at(8))


def _certify_own(world: World, firm: Firm) -> None:
    """A central group with two people, to which the firm belongs."""
    told = world.data["upward"]["group"]
    group = Authority.objects.create(
        code=told["code"],
        name=told["name"],
        short_name=told["short_name"],
        kind=Authority.Kind.GROUP,
        path=f"/{told['code']}/",
    )
    first, second = (world.officer(user, name, group) for user, name in told["people"])
    one = affiliation.declare(firm.enterprise, group, by=firm.user, at=world.at(80))
    affiliation.answer(one, confirmed=True, by=first, at=world.at(78))
    assess(world, firm, Tier.ADVANCED, days_ago=70)
    at = world.at(50)
    held = group_titles.prepare(
        None,
        [firm.factory.pk],
        document_no=_number(world, at, "group_document"),
        dated=at.date(),
        by=first,
        at=at,
    )
    seen = group_titles.digest(held)
    group_titles.confirm(held, seen=seen, by=second, at=world.at(49))
