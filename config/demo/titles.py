"""The part of the demo world in which titles of the basic tier come to their end or are given
another term: renewals at every step, revocations from the notice to the appeal, titles given up.

All of them were determined before the portal; a person of each firm has joined since.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile

from assessments import assessment as self_assessment
from config.demo import (
    answers,
    cases,
    checks,
)
from registry import enterprises
from registry.models import Authority, Factory, User
from registry.policy import Tier
from tiers import appeals, hearings, renewal, renewing, revocation, surrender
from tiers.models import Application, Certification, Revocation, Surrender

if TYPE_CHECKING:
    from config.demo.world import Firm, World

#: In how many days the title of such a firm ends.
RENEWALS = {"renewal-begun": 95, "renewal-sent": 60, "renewal-late": -20, "renewal-done": 25}
#: Of whom one may sign in by the name of the story.
SHOWN = (
    "renewal-begun",
    "renewal-late",
    "revoking-told",
    "revoking-hearing",
    "revoked-appealed",
    "surrender-declared",
)


def run(world: World, firms: list[Firm]) -> None:
    for firm in firms:
        if firm.story in STORIES:
            world.joined(firm, days_ago=200 - firm.index % 30)
            firm.factory = Factory.objects.get(enterprise=firm.enterprise, name=firm.factory_name)
            STORIES[firm.story](world, firm)


def title_of(world: World, firm: Firm) -> Certification:
    return Certification.objects.get(printed_credit_code=world.code(firm), ending="")


def paper(name: str, firm: str) -> ContentFile[bytes]:
    return ContentFile(answers.own_pdf(firm), name=f"{name}.pdf")


# --- renewed (复核换发) ----------------------------------------


def _asked(world: World, firm: Firm, *, days_ago: int) -> Application:
    """The firm has put itself in order, assessed itself and asked for its renewal."""
    at = world.at(days_ago + 12)
    world.particulars(firm, at)
    firm.factory = enterprises.update_factory(
        firm.factory,
        address=world.address(firm),
        industry=firm.industry,
        products=firm.industry.name.removesuffix("制造"),
        by=firm.user,
        at=at,
    )
    cases.assess(world, firm, days_ago=days_ago + 10)
    title = title_of(world, firm)
    late = world.text["renewal_late"] if firm.story == "renewal-late" else ""
    return renewing.start(title, late_reason=late, by=firm.user, at=world.at(days_ago, 9))


def _confirm(world: World, firm: Firm, case: Application, *, days_ago: int, of: int = 1) -> None:
    """One item has changed and is proved anew; of the others the first part is the same."""
    at, own, present = world.at(days_ago, 10), renewal.of(case), case.assessment
    if own is None or present is None:
        raise RuntimeError(f"{case} renews nothing")
    checks.mend(present, world.text["renewed"], by=firm.user, at=at)
    lines = renewal.lines(own, present, Tier(case.tier))
    same = [line.key for line in lines if not line.changes and not line.anew]
    said = dict.fromkeys(same[: len(same) // of], True)
    renewing.confirm(case, said, declared=True, by=firm.user, at=at)


def _renewal_begun(world: World, firm: Firm) -> None:
    case = _asked(world, firm, days_ago=6)
    _confirm(world, firm, case, days_ago=5, of=2)


def _renewal_sent(world: World, firm: Firm, *, days_ago: int = 4) -> Application:
    case = _asked(world, firm, days_ago=days_ago + 3)
    _confirm(world, firm, case, days_ago=days_ago + 1)
    case = Application.objects.select_related("assessment").get(pk=case.pk)
    if case.assessment is None:
        raise RuntimeError(f"{case} rests on no assessment")
    self_assessment.lock(case.assessment, by=firm.user, at=world.at(days_ago + 1, 15))
    return cases.send_in(world, firm, case, days_ago=days_ago)


def _renewal_done(world: World, firm: Firm) -> None:
    """Its new term begins when the old one is over."""
    case = _renewal_sent(world, firm, days_ago=22)
    cases.decide(world, firm, case, days_ago=12)


# --- taken away (撤销) ----------------------------------------


def propose(world: World, firm: Firm, ground: str, *, days_ago: int) -> Revocation:
    """拟撤销, with a record of what was found."""
    title = title_of(world, firm)
    papers = (paper("现场核查记录", firm.name),)
    said = revocation.Proposal(ground, world.text[f"revoke_{ground}"], papers)
    at = world.at(days_ago, 10)
    return revocation.propose(title, said, by=world.officer_at(title.issuer), at=at)


def take_away(world: World, firm: Firm, proposed: Revocation, *, days_ago: int) -> Revocation:
    """撤销, by a colleague of whoever proposed it."""
    at = world.at(days_ago, 15)
    return revocation.decide(
        proposed,
        outcome=Revocation.Outcome.REVOKED,
        reason=proposed.facts,
        document_no=f"{world.city_document(firm)}〔{at.year}〕{firm.index}号（演示）",
        by=second(world, proposed.authority),
        at=at,
    )


def second(world: World, office: Authority) -> User:
    """A colleague in the office, who decides what its officer has proposed."""
    key = f"{office.code}/2"
    if key not in world.officers:
        rows = [one for one in world.data["cities"] if one["code"] == office.code]
        named: dict[str, str] = rows[0].get("second", {}) if rows else {}
        name = named.get("name") or world.person(len(world.officers))
        world.officers[key] = world.officer(
            named.get("user") or f"officer-{office.code}-2", name, office
        )
    return world.officers[key]


def _revoking_told(world: World, firm: Firm) -> None:
    propose(world, firm, "unfit", days_ago=2)


def _revoking_hearing(world: World, firm: Firm) -> None:
    """The firm has answered and wants to be heard; the day stands."""
    told = propose(world, firm, "illegal", days_ago=13)
    revocation.state(
        told,
        statement=world.text["statement"],
        hearing=True,
        papers=(paper("陈述申辩意见", firm.name),),
        by=firm.user,
        at=world.at(10, 16),
    )
    hearings.arrange(
        told,
        on=world.today + timedelta(days=4),
        place=world.text["hearing_place"],
        by=world.officer_at(told.authority),
        at=world.at(6),
    )


def _appealed(world: World, firm: Firm, *, days_ago: int) -> Revocation:
    told = propose(world, firm, "fraud", days_ago=days_ago + 40)
    decided = take_away(world, firm, told, days_ago=days_ago + 20)
    return appeals.appeal(
        decided,
        words=world.text["appeal"],
        papers=(paper("复核申请书", firm.name),),
        by=firm.user,
        at=world.at(days_ago, 11),
    )


def _revoked_appealed(world: World, firm: Firm) -> None:
    """Barred from applying; the appeal waits for somebody who had no part in it."""
    _appealed(world, firm, days_ago=5)


def _answered(world: World, firm: Firm, finding: Revocation.Finding) -> None:
    appealed = _appealed(world, firm, days_ago=90)
    at = world.at(74)
    appeals.answer(
        appealed,
        finding=finding,
        answer=world.text[f"appeal_{finding}"],
        document_no=f"{world.data['review']['document']}〔{at.year}〕{firm.index}号（演示）",
        by=world.province_officer,
        at=at,
    )


def _revoked_upheld(world: World, firm: Firm) -> None:
    _answered(world, firm, Revocation.Finding.DISMISSED)


def _revoked_lifted(world: World, firm: Firm) -> None:
    """The appeal was right: the title is what it was, and the ban is lifted."""
    _answered(world, firm, Revocation.Finding.UPHELD)


# --- given up (放弃) ----------------------------------------


def _declare(world: World, firm: Firm, at: datetime) -> Surrender:
    reason = world.text["surrender"]
    return surrender.declare(
        title_of(world, firm), reason=reason, declared=True, by=firm.user, at=at
    )


def _surrender_declared(world: World, firm: Firm) -> None:
    _declare(world, firm, world.at(3))


def _surrendered(world: World, firm: Firm) -> None:
    declared = _declare(world, firm, world.at(46))
    by = world.officer_at(declared.certification.issuer)
    surrender.confirm(declared, by=by, at=world.at(41))


STORIES: dict[str, Callable[[World, Firm], object]] = {
    "renewal-begun": _renewal_begun,
    "renewal-sent": _renewal_sent,
    "renewal-late": _renewal_sent,
    "renewal-done": _renewal_done,
    "revoking-told": _revoking_told,
    "revoking-hearing": _revoking_hearing,
    "revoked-appealed": _revoked_appealed,
    "revoked-upheld": _revoked_upheld,
    "revoked-lifted": _revoked_lifted,
    "surrender-declared": _surrender_declared,
    "surrendered": _surrendered,
}
