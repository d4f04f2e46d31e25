"""The part of the demo world that turns on lists: filed, acknowledged, sent back; revocations."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from registry.models import Authority, User
from tiers import certification, filing
from tiers.earlier import Earlier, add_earlier
from tiers.models import Certification

if TYPE_CHECKING:
    from config.demo_world import Firm, World

#: Stories whose application goes all the way, and the list it ends on.
FILED_STORIES = ("public", "filed", "sent-back")


def hand_in(world: World, firms: list[Firm]) -> None:
    """Each city's lists: acknowledged, waiting at the province, sent back."""
    province = User.objects.get(username=world.data["officers"][0]["user"])
    earlier = ("earlier", "expires", "expired", "revoked")
    by_city: dict[str, list[Firm]] = {}
    for firm in firms:
        if firm.story in FILED_STORIES or firm.story.partition("-in-")[0] in earlier:
            by_city.setdefault(world.city_code(firm), []).append(firm)
    for members in by_city.values():
        old = [f for f in members if f.story.partition("-in-")[0] in earlier]
        if old or any(f.story == "public" for f in members):
            done = _file(world, members[0], old, days_ago=240)
            filing.acknowledge(done, by=province, at=world.at(225, 15))
        for story, days_ago in (("sent-back", 30), ("filed", 12)):
            late = [f for f in members if f.story == story]
            for firm in late:
                world.certify(firm, days_ago=days_ago + 8)
            if late:
                handed_in = _file(world, late[0], [], days_ago=days_ago)
                if story == "sent-back":
                    entry = handed_in.entries.order_by("pk").first()
                    filing.send_back(
                        handed_in,
                        remarks={entry.pk: world.text["remark"]},
                        by=province,
                        at=world.at(20),
                    )


def _file(world: World, firm: Firm, earlier: list[Firm], *, days_ago: int) -> Any:
    officer = world.city_officer(firm)
    code = world.city_code(firm)
    at = world.at(days_ago, 10)
    draft = filing.collect(Authority.objects.get(code=code), by=officer, at=at)
    if earlier:
        add_earlier(draft, [_row(world, f) for f in earlier], by=officer, at=at)
    document = f"{world.city_document(firm)}函〔{at.year}〕{draft.pk}号（演示）"
    return filing.file(draft, document_no=document, by=officer, at=world.at(days_ago, 11))


def _row(world: World, firm: Firm) -> Earlier:
    decided = world.at(540).date()
    days = {"expired": -20}.get(firm.story)
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


def revoke(world: World, firm: Firm) -> None:
    """The city takes a determination back."""
    title = Certification.objects.get(printed_credit_code=world.code(firm))
    certification.revoke(
        title,
        reason=world.text["revoke"],
        document_no=f"{world.city_document(firm)}〔{world.today.year}〕{firm.index}号（演示）",
        by=world.city_officer(firm),
        at=world.at(60),
    )
