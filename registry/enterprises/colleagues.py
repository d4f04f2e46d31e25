"""The people of a firm among themselves: who manages, who sits where, and who leaves.

A firm that has a manager keeps one: every act here holds the firm's row first, so that two managers
who go at the same moment cannot both be the last but one.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet

from registry import inbox
from registry.access import Role, Seat
from registry.audit import Verb
from registry.enterprises.scope import one_at_a_time, trail
from registry.models import Enterprise, Event, Invitation, User

LAST_MANAGER = "本企业只有这一位管理员，请先把另一位同事设为管理员"


def staff_of(enterprise: Enterprise) -> QuerySet[User]:
    """Everybody who acts for the firm just now."""
    return User.objects.filter(enterprise=enterprise, is_active=True)


def managers_of(enterprise: Enterprise) -> QuerySet[User]:
    """Who answers for the firm's people just now."""
    return staff_of(enterprise).filter(seat=Seat.MANAGER)


def may_manage(user: User) -> bool:
    """Whether the person invites, seats and removes the people of his firm."""
    return (
        user.role == Role.ENTERPRISE
        and user.enterprise_id is not None
        and user.seat == Seat.MANAGER
    )


def managed_by(by: User) -> Enterprise:
    """The firm for whose people this person answers, held until the act is done."""
    firm = held(by)
    if not managers_of(firm).filter(pk=by.pk).exists():
        raise PermissionDenied("人员由本企业管理员管理")
    return firm


def held(person: User) -> Enterprise:
    """The firm of a person, held until the act is done."""
    if person.enterprise is None:
        raise PermissionDenied("本账号没有所属企业")
    one_at_a_time(person.enterprise)
    return person.enterprise


def colleague(firm: Enterprise, person: User) -> User:
    """The person as he stands now that the firm is held."""
    found = staff_of(firm).filter(pk=person.pk).first()
    if found is None:
        raise PermissionDenied("这个人不在本企业，或已离开，请刷新后再看")
    return found


def is_last_manager(person: User) -> bool:
    return (
        person.enterprise is not None
        and may_manage(person)
        and not managers_of(person.enterprise).exclude(pk=person.pk).exists()
    )


@transaction.atomic
def change_seat(person: User, seat: Seat, *, by: User, at: datetime) -> User:
    """A manager says how far a colleague's hand reaches; it holds from the next request."""
    firm = managed_by(by)
    person = colleague(firm, person)
    if person.seat == seat:
        return person
    if is_last_manager(person):
        raise ValidationError({"seat": LAST_MANAGER})
    before = person.seat
    trail(Verb.PERSON_SEAT, person, firm, by=by, at=at, seat_before=before, seat_after=seat)
    person.seat = seat
    person.save(update_fields=["seat"])
    if seat != Seat.MANAGER:
        _end_invitations_of(person, at)
    inbox.send(
        [person],
        inbox.Message(
            event=Event.PEOPLE_SEAT,
            matter=firm.name,
            result=f"您的席位已变更为{person.seat_name}",
            link="/people/",
        ),
        key=f"seat:{person.pk}:{at.isoformat()}",
        at=at,
    )
    return person


@transaction.atomic
def release(person: User, *, reason: str = "", by: User, at: datetime) -> User:
    """A person leaves his firm, of himself or by a manager's word. The account stays and sees
    nothing of the firm from the next request on.
    """
    firm = held(by) if by.pk == person.pk else managed_by(by)
    person = colleague(firm, person)
    if is_last_manager(person):
        raise ValidationError(LAST_MANAGER)
    verb = Verb.PERSON_LEAVE if by.pk == person.pk else Verb.PERSON_REMOVE
    trail(verb, person, firm, by=by, at=at, reason=reason.strip())
    let_go(person, firm, at=at)
    return person


def let_go(person: User, firm: Enterprise, *, at: datetime) -> None:
    """The binding itself, with all that hung on it; whoever calls this has asked whether it may
    be.
    """
    _end_invitations_of(person, at)
    person.enterprise, person.seat, person.left_at = None, Seat.EDITOR, at
    person.save(update_fields=["enterprise", "seat", "left_at"])
    inbox.send(
        [person],
        inbox.Message(
            event=Event.PEOPLE_LEFT,
            matter=firm.name,
            result="您已不再是这家企业的人员，不能再查看它的资料",
            next_step="到别的企业任职的，请受邀加入或重新申请",
            link="/waiting/",
        ),
        key=f"left:{person.pk}:{at.isoformat()}",
        at=at,
    )


def _end_invitations_of(person: User, at: datetime) -> None:
    """Codes that a former manager still holds must not let anybody in, least of all himself."""
    Invitation.objects.filter(made_by=person, used_at=None, revoked_at=None).update(revoked_at=at)
