"""The part of the demo world in which the holders of a former honour are looked at again together:
one campaign that ended in titles, and one under way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from config.demo import (
    advanced,
    cases,
    reviewers,
)
from registry import enterprises
from registry.policy import Tier
from tiers import rereview
from tiers.models import Rereview, RereviewItem

if TYPE_CHECKING:
    from config.demo.world import Firm, World

Outcome = RereviewItem.Outcome
#: What the first campaign said of a holder; whoever is not named here was put off.
FIRST = {
    "former-passed": Outcome.PASS,
    "former-failed": Outcome.FAIL,
    "former-held": Outcome.HOLD,
}
#: Whose honour was recorded after the first campaign, and how far each has come in the second.
SECOND = ("former-fit", "former-reached", "former-unreached", "former-unassessed")
STORIES = (*FIRST, *SECOND)
SHOWN = ("former-failed", "former-unreached")


def run(world: World, firms: list[Firm]) -> None:
    told = world.data.get("rereview")
    if told is None:
        return
    mine = [firm for firm in firms if firm.story in STORIES]
    before = [firm for firm in mine if firm.story in FIRST]
    for firm in before:
        _honour(world, firm, days_ago=240)
    _first(world, before)
    for firm in (firm for firm in mine if firm.story in SECOND):
        _honour(world, firm, days_ago=80)
    _second(world, mine)


def _honour(world: World, firm: Firm, *, days_ago: int) -> None:
    world.sign_up(firm, days_ago=days_ago + 20)
    told = world.data["rereview"]
    enterprises.record_honour(
        firm.enterprise,
        kind=told["honour"],
        document_no=f"{told['awarded']}〔2023〕{firm.index}号（演示）",
        awarded_on=date(2023, 11, 20),
        factory=firm.factory,
        by=world.province_officer,
        at=world.at(days_ago),
    )


def _assess(world: World, firm: Firm, *, days_ago: int, well: bool = True) -> None:
    cases.assess(world, firm, days_ago=days_ago + 2)
    if well:
        advanced.assess(world, firm, days_ago=days_ago)


def _open(world: World, number: int, *, days_ago: int, closes: int) -> Rereview:
    told, at = world.data["rereview"], world.at(days_ago)
    plan = rereview.Plan(
        title=f"{at.year}年{told['titles'][number]}",
        asks=told["asks"],
        opens_on=at.date(),
        closes_on=world.today + timedelta(days=closes),
    )
    subject = f"{told['honour']}:{Tier.ADVANCED}"
    return rereview.open_campaign(subject, plan, by=world.province_officer, at=at)


def _say(
    world: World,
    campaign: Rereview,
    outcomes: Mapping[str, Outcome],
    firms: Sequence[Firm],
    *,
    days_ago: int,
    rest: bool = False,
) -> None:
    """Put down what is said of each story, and with ``rest`` put off whoever else counts."""
    at, by_code = world.at(days_ago, 15), {world.code(firm): firm.story for firm in firms}
    rows = rereview.table(campaign, on=at.date()).counted
    for outcome in Outcome:
        seen = {
            row.honour.pk: row.mark
            for row in rows
            if outcomes.get(
                by_code.get(row.honour.enterprise.credit_code, ""), Outcome.HOLD if rest else None
            )
            == outcome
        }
        if seen:
            word = rereview.Word(outcome, world.data["rereview"]["words"][str(outcome)], True)
            lines = rereview.find(campaign, word, seen, by=world.province_officer, at=at)
            if refused := [line for line in lines if line.refusal]:
                raise RuntimeError(f"{campaign}: {refused}")


def _first(world: World, firms: list[Firm]) -> None:
    """Determined and published."""
    campaign = _open(world, 0, days_ago=210, closes=-170)
    for firm in firms:
        if firm.story in ("former-passed", "former-failed"):
            _assess(world, firm, days_ago=182, well=firm.story == "former-passed")
    _say(world, campaign, FIRST, firms, days_ago=160, rest=True)
    at = world.at(156)
    seen = rereview.table(campaign, on=at.date()).digest
    second = reviewers.colleague(world, 2)
    rereview.confirm(campaign, seen=seen, by=second, at=at)
    done = rereview.determine(
        campaign,
        document_no=f"{world.data['review']['document']}〔{at.year}〕9号（演示）",
        seen=seen,
        by=world.province_officer,
        at=world.at(155, 16),
    )
    rereview.publish(done, by=world.province_officer, at=world.at(154))


def _second(world: World, firms: list[Firm]) -> None:
    """Some have reached the tier, some have not, one is found fit already."""
    campaign = _open(world, 1, days_ago=30, closes=9)
    for firm in firms:
        if firm.story in ("former-failed", "former-fit", "former-reached", "former-unreached"):
            reached = firm.story != "former-unreached"
            if firm.story == "former-failed":
                advanced.assess(world, firm, days_ago=9)
            else:
                _assess(world, firm, days_ago=12 + firm.index % 5, well=reached)
    rereview.remind(campaign, by=world.province_officer, at=world.at(8))
    _say(world, campaign, {"former-fit": Outcome.PASS}, firms, days_ago=4)
