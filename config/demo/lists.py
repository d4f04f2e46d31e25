"""The part of the demo world that turns on lists: filed, acknowledged, sent back; revocations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from config.demo import (
    advanced,
    cases,
    changes,
    review,
    titles,
)
from registry.models import Authority, Enterprise
from tiers import correction, filing
from tiers.earlier import Earlier, add_earlier
from tiers.models import FilingList

if TYPE_CHECKING:
    from config.demo.world import Firm, World

#: How many days ago a city's lists of the past were filed; its firms are shared out among them.
PAST = (400, 220, 70)
LISTED = (
    "public",
    "filed",
    "sent-back",
    *advanced.STORIES,
    *review.STORIES,
    *changes.STORIES,
)


def hand_in(world: World, firms: list[Firm]) -> None:
    """Each city's lists in their order: acknowledged ones, one sent back, one that waits."""
    by_city: dict[str, list[Firm]] = {}
    for firm in firms:
        if firm.entered or firm.story in LISTED:
            by_city.setdefault(world.city_code(firm), []).append(firm)
    for members in by_city.values():
        past = [firm for firm in members if firm.story not in ("filed", "sent-back")]
        for number, days_ago in enumerate(PAST):
            _past(world, [f for f in past if _turn(f) == number], days_ago)
        for story, days_ago in (("sent-back", 30), ("filed", 12)):
            late = [firm for firm in members if firm.story == story]
            for firm in late:
                cases.certify(world, firm, days_ago=days_ago + 8)
            if late:
                handed_in = _file(world, late[0], [], days_ago=days_ago - late[0].index % 5)
                if story == "sent-back":
                    _send_back(world, handed_in)


def settle(world: World, firms: list[Firm]) -> None:
    """What comes after the lists: titles taken back, and a draft for the next list."""
    for firm in firms:
        if firm.kind in ("expires", "expired"):
            # Its person comes to a firm that the bureau has entered, and is told of the end.
            world.joined(firm, days_ago=50 - firm.index % 9)
        if firm.story == "revoked":
            _revoke(world, firm)
    codes = {world.city_code(firm) for firm in firms if firm.story.startswith("certified")}
    for row in world.data["cities"]:
        if row["code"] in codes and "user" in row:
            _collect(world, row["code"])


def _turn(firm: Firm) -> int:
    """On which of its city's lists it came; whoever was judged last year came on the first."""
    return 0 if firm.story in review.STORIES else firm.index % len(PAST)


def _past(world: World, members: list[Firm], days_ago: int) -> None:
    if not members:
        return
    entered = [firm for firm in members if firm.entered]
    for firm in members:
        if not firm.entered:
            cases.certify(world, firm, days_ago=days_ago + 10 + firm.index % 35)
    done = _file(world, members[0], entered, days_ago=days_ago)
    at = world.at(days_ago - 15, 15)
    filing.acknowledge(done, by=world.province_officer, at=at)
    for firm in entered:
        by, enterprise = world.city_officer(firm), Enterprise.objects.get(name=firm.name)
        world.further_factories(firm, enterprise, by=by, at=at)


def _file(world: World, firm: Firm, earlier: list[Firm], *, days_ago: int) -> Any:
    officer = world.city_officer(firm)
    code = world.city_code(firm)
    at = world.at(days_ago, 10)
    draft = filing.collect(Authority.objects.get(code=code), by=officer, at=at)
    if earlier:
        add_earlier(draft, [_row(world, f, days_ago) for f in earlier], by=officer, at=at)
    document = f"{world.city_document(firm)}函〔{at.year}〕{draft.pk}号（演示）"
    return filing.file(draft, document_no=document, by=officer, at=world.at(days_ago, 11))


def _send_back(world: World, handed_in: FilingList) -> None:
    """The province asks for one number; where the list has more, the office has mended it."""
    entry, *others = handed_in.entries.order_by("pk")
    remarks = {entry.pk: world.text["remark"]}
    filing.send_back(handed_in, remarks=remarks, by=world.province_officer, at=world.at(20))
    if others:
        entry.refresh_from_db()
        given = correction.stated(entry.certification)
        mended = replace(given, document_no=given.document_no.replace("号", "-1号"))
        by = world.officers[handed_in.authority.code]
        correction.correct(entry, mended, by=by, at=world.at(6))


def _collect(world: World, code: str) -> None:
    """A draft of the next list; where it has more than one entry, the last is put off."""
    office, by = Authority.objects.get(code=code), world.officers[code]
    draft = filing.collect(office, by=by, at=world.at(3))
    _, *others = draft.entries.order_by("pk")
    if draft.status == FilingList.Status.DRAFT and others:
        filing.strike(others[-1], reason=world.text["strike"], by=by, at=world.at(2))


def _row(world: World, firm: Firm, days_ago: int) -> Earlier:
    decided = world.at(days_ago + 30 + firm.index * 17 % 110).date()
    days = {"expired": -3 - firm.index % 30, **titles.RENEWALS}.get(firm.story)
    if firm.story.startswith("expires-in-"):
        days = int(firm.story.removeprefix("expires-in-"))
    return Earlier(
        credit_code=world.code(firm),
        enterprise_name=firm.name,
        factory_name=firm.factory_name,
        division=firm.division,
        industry=firm.industry,
        decided_on=decided,
        document_no=f"{world.city_document(firm)}〔{decided.year}〕{firm.index}号（演示）",
        maturity_level=2 + firm.index % 2,
        assessed_on=decided - timedelta(days=30),
        last_day=None if days is None else world.today + timedelta(days=days),
    )


def _revoke(world: World, firm: Firm) -> None:
    """The city takes a determination back: one proposes, and after the firm's days another
    decides.
    """
    proposed = titles.propose(world, firm, "closed", days_ago=56)
    titles.take_away(world, firm, proposed, days_ago=36)
