"""The part of the demo world about people: colleagues in a firm, invitations, officers who are
away, and those who may only look on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from config.demo import (
    cases,
)
from registry import delegation, enterprises
from registry.access import Duty, Seat, business_date
from registry.delegation import Terms
from registry.models import Authority, Delegation, Invitation, User

if TYPE_CHECKING:
    from config.demo.world import Firm, World

BY_STAND_IN = "certified-by-stand-in"


def tell(world: World, firms: list[Firm]) -> None:
    for row in world.data.get("readers", []):
        authority = Authority.objects.get(code=row["code"])
        reader = world.officer(row["user"], row["name"], authority)
        reader.seat = Seat.READER
        reader.save(update_fields=["seat"])
    for firm in firms:
        if firm.story == "firm-1":
            _colleagues(world, firm)
        if firm.story == BY_STAND_IN:
            _stand_in(world, firm)


# --- a firm's people ----------------------------------------


def _colleagues(world: World, firm: Firm) -> None:
    """An editor and a reader, one who has left, and invitations that are open, taken back, over."""
    join(world, firm, "firm-1-editor", Seat.EDITOR, days_ago=34)
    reader = join(world, firm, "firm-1-reader", Seat.EDITOR, days_ago=32)
    enterprises.change_seat(reader, Seat.READER, by=firm.user, at=world.at(30))
    former = join(world, firm, "firm-1-former", Seat.EDITOR, days_ago=33)
    enterprises.release(former, by=firm.user, at=world.at(18))
    _invite(world, firm, 71, Seat.EDITOR, days_ago=20)
    withdrawn = _invite(world, firm, 72, Seat.READER, days_ago=6)
    enterprises.revoke(withdrawn, by=firm.user, at=world.at(5))
    _invite(world, firm, 73, Seat.EDITOR, days_ago=2)


def _invite(world: World, firm: Firm, number: int, seat: Seat, *, days_ago: int) -> Invitation:
    made: Invitation
    made, _ = enterprises.invite(
        name=world.person(number),
        contact=f"colleague-{number}@example.cn",
        seat=seat,
        by=firm.user,
        at=world.at(days_ago),
    )
    return made


def join(world: World, firm: Firm, username: str, seat: Seat, *, days_ago: int) -> User:
    """A colleague, invited and joined the next day."""
    name, address = world.person(80 + days_ago), f"{username}@example.cn"
    _, code = enterprises.invite(
        name=name, contact=address, seat=seat, by=firm.user, at=world.at(days_ago)
    )
    person = enterprises.Person(
        username=username,
        password=world.password,
        name=name,
        phone="",
        email=address,
    )
    return enterprises.join_anew(person, code, at=world.at(days_ago - 1))


# --- an officer who is away ----------------------------------------


def _stand_in(world: World, firm: Firm) -> None:
    """Last month a colleague below decided in the city officer's place; now he may again."""
    giver = world.city_officer(firm)
    below = world.officers[world.data["stand_in"]]
    case = cases.submit(world, firm, days_ago=26)
    away = _away(world, giver, below, days_ago=17, days=6)
    then = world.at(14, 16)
    acting = User.objects.select_related("authority").get(pk=below.pk)
    delegation.take_up(away, by=acting, at=then)
    taken = delegation.in_force(away.pk, acting, at=then)
    if taken is None:
        raise RuntimeError("the delegation has lapsed")
    delegation.put_on(acting, taken)
    cases.complete(world, firm, case, by=acting, at=then)
    delegation.lay_down(acting, at=world.at(14, 17))
    _away(world, giver, below, days_ago=1, days=8)


def _away(world: World, giver: User, below: User, *, days_ago: int, days: int) -> Delegation:
    at = world.at(days_ago, 8)
    begins = business_date(at)
    terms = Terms(
        stand_in=below,
        from_on=begins,
        until_on=begins + timedelta(days=days - 1),
        duties=[Duty.COMPLETE, Duty.SEND_BACK, Duty.PEOPLE],
        tiers=[],
        reason=world.text["away"],
    )
    return delegation.give(terms, by=giver, at=at)
