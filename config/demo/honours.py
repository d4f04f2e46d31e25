"""The part of the demo world that turns on honours: recorded, checked, turned into titles, lost.

What happens in a story stands in the province's own file: which honour, who records it, and what
follows. The honours of one city that nobody else has need no word here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.demo import (
    cases,
)
from registry import enterprises
from registry.access import business_date
from registry.models import Honour, User
from registry.policy import Tier
from tiers import chain, derivation

if TYPE_CHECKING:
    from config.demo.world import Firm, World


def tell(world: World, firm: Firm) -> Honour:
    """One firm's story: it signs up, perhaps assesses itself, its honour is recorded."""
    story = world.data["honours"][firm.story]
    days_ago = story["days_ago"] + firm.index % 5
    world.sign_up(firm, days_ago=days_ago + 40)
    if story.get("assessed"):
        cases.assess(world, firm, days_ago=days_ago + 10)
    at = world.at(days_ago - 1)
    document = story.get("document") or world.city_document(firm)
    honour = enterprises.record_honour(
        firm.enterprise,
        kind=story["kind"],
        document_no=f"{document}〔{at.year}〕{firm.index}号（演示）",
        awarded_on=world.at(days_ago).date(),
        factory=firm.factory,
        by=_actor(world, firm, story["recorded_by"]),
        at=at,
    )
    derivation.derive(on=business_date(at), at=at)
    return honour


def follow(world: World, firm: Firm) -> None:
    """What offices did about it since: after the lists, which would else carry what came later."""
    honour = Honour.objects.get(enterprise=firm.enterprise)
    for step in world.data["honours"][firm.story].get("then", []):
        _act(world, firm, honour, step)


def _actor(world: World, firm: Firm, who: str) -> User:
    """The firm's own person, or the officer of a level in the factory's chain."""
    if firm.user is None or firm.factory is None:
        raise RuntimeError(f"{firm.name} has not signed up")
    office = None if who == "firm" else chain.authority_at(firm.factory, who)
    return world.officer_at(office) if office else firm.user


def _act(world: World, firm: Firm, honour: Honour, step: dict[str, Any]) -> None:
    at = world.at(step["days_ago"], 14, firm.index % 60)
    by = _actor(world, firm, step["by"])
    document = (
        f"{step.get('document') or world.city_document(firm)}〔{at.year}〕{firm.index}号（演示）"
    )
    match step["act"]:
        case "check":
            derivation.check(
                honour,
                Tier(step["tier"]),
                passed=step["passed"],
                finding=step["text"],
                by=by,
                at=at,
            )
        case "grant":
            derivation.grant(
                honour,
                Tier(step["tier"]),
                document_no=document,
                opinion=step["text"],
                performance_confirmed=True,
                by=by,
                at=at,
            )
        case "lose":
            derivation.lose_honour(
                honour,
                reason=step["text"],
                document_no=document,
                withdrawn_on=business_date(at),
                by=by,
                at=at,
            )
