"""The part of the demo world about the province's own round: places for its cities, cases that they
put forward in order, and what the province has done with them so far.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from assessments import assessment as self_assessment
from assessments import standard
from config.demo import (
    answers,
    cases,
    checks,
)
from registry.models import Authority
from registry.policy import Tier
from tiers import drafts, quota, rounds, workflow
from tiers.models import Application, Recommendation
from tiers.workflow import Action

if TYPE_CHECKING:
    from config.demo.world import Firm, World

ROUND = "advanced"
#: How far a firm's case has come in the round.
STORIES = (
    "advanced-draft",
    "advanced-waiting",
    "advanced-recommended",
    "advanced-off-quota",
    "advanced-returned",
    "advanced-released",
)
RETURNED = ("advanced-returned", "advanced-released")


def announce(world: World) -> None:
    """The province opens its round and gives out the places, where its file has one."""
    told = world.data.get(ROUND)
    if told is None:
        return
    by = world.province_officer
    batch = rounds.open_round(
        Authority.objects.get(code=world.data["province"]),
        tier=Tier.ADVANCED,
        title=f"{world.today.year}年{told['title']}",
        opens_on=world.at(75).date(),
        closes_on=world.today + timedelta(days=6),
        recommend_by=world.today + timedelta(days=20),
        asks=told["asks"],
        off_quota_kinds=told["off_quota_kinds"],
        by=by,
        at=world.at(78),
    )
    places = dict.fromkeys(quota.units(batch).values_list("pk", flat=True), 1)
    given = {Authority.objects.get(code=code).pk: n for code, n in told["places"].items()}
    quota.allot(batch, places | given, by=by, at=world.at(70))
    world.rounds[ROUND] = batch


def run(world: World, firms: list[Firm]) -> None:
    """The cases of the round, the order among them, and more time for those who come late."""
    batch = world.rounds.get(ROUND)
    if batch is None:
        return
    for firm in firms:
        if firm.story in STORIES:
            _apply(world, firm)
    for code in world.data[ROUND]["reordered"]:
        by = world.officers[code]
        standing = Recommendation.objects.standing().filter(round=batch, authority=by.authority)
        now = list(standing.in_order().values_list("pk", flat=True))
        quota.reorder(batch, [now[-1], *now[:-1]], seen=now, by=by, at=world.at(1, 9))
    rounds.extend_round(
        batch,
        closes_on=world.today + timedelta(days=20),
        recommend_by=world.today + timedelta(days=34),
        reason=world.data[ROUND]["extended"],
        by=world.province_officer,
        at=world.at(1),
    )


def _apply(world: World, firm: Firm) -> None:
    days_ago = 24 + firm.index % 12
    batch = world.rounds[ROUND]
    assess(world, firm, days_ago=days_ago + 6)
    case = drafts.start(firm.factory, batch, by=firm.user, at=world.at(days_ago, 9))
    if firm.story == "advanced-draft":
        return
    case = cases.send_in(world, firm, case, days_ago=days_ago)
    if firm.story != "advanced-waiting":
        _recommend(world, firm, case)


def _recommend(world: World, firm: Firm, case: Application) -> None:
    told, off_quota = world.data[ROUND], firm.story == "advanced-off-quota"
    city, comes_back = world.city_officer(firm), firm.story in RETURNED
    case = workflow.act(
        case,
        Action.COMPLETE,
        by=city,
        at=world.at(12 if comes_back else 3 + firm.index % 8, 15),
        opinion=world.text["recommend"],
        off_quota=told["off_quota_kinds"][0] if off_quota else "",
        ground=told["ground"] if off_quota else "",
    )
    if comes_back:
        checks.send_back(world, case, days_ago=7, items=2)
    if firm.story == "advanced-released":
        held = Recommendation.objects.standing().get(application=case)
        quota.release(held, reason=world.text["release"], by=city, at=world.at(5))


def assess(world: World, firm: Firm, *, days_ago: int) -> None:
    """What was assessed for the basic tier, taken further to the advanced one."""
    at = world.at(days_ago, 11)
    earlier = drafts.latest_assessment(firm.factory)
    if earlier is None:
        raise RuntimeError(f"{firm.name} has no assessment to go on from")
    chosen = self_assessment.copy_from(earlier, by=firm.user, at=at)
    edition = standard.get(chosen.standard)
    asked = edition.gates[Tier.ADVANCED].dimensions
    met = {
        item: value
        for tier in (Tier.BASIC, Tier.ADVANCED)
        for item, value in answers.conditions_met(edition, tier, asked, world.text["how"]).items()
    }
    self_assessment.save_answers(chosen, met, seen={}, by=firm.user, at=at)
    proven = self_assessment.evidenced_items(chosen)
    for condition in edition.conditions:
        if condition.id in met and condition.id not in proven:
            cases.prove(chosen, condition, by=firm.user, days_ago=days_ago, world=world)
    self_assessment.lock(chosen, by=firm.user, at=world.at(days_ago, 12))
