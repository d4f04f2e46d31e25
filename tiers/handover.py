"""交接: what is a person's own in a firm goes to a colleague before he leaves.

His own are the self-assessments that are still open and the applications that are not closed, of
which he is the keeper, and the messages he has not read. Who began or filled in what stays as it
happened. Measures of a plan name a department or a post, so they stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from assessments.models import Assessment
from registry import audit, enterprises, inbox
from registry.access import Seat
from registry.audit import Verb
from registry.models import Claim, Enterprise, Event, Notification, Topic, User
from tiers.models import Application


@dataclass(frozen=True)
class Holdings:
    """What a person keeps for his firm just now."""

    assessments: list[Assessment]
    applications: list[Application]
    unread: int

    def __len__(self) -> int:
        return len(self.assessments) + len(self.applications)


def holdings(person: User) -> Holdings:
    firm = person.enterprise_id or 0
    assessments = Assessment.objects.filter(
        keeper=person, locked_at=None, factory__enterprise_id=firm
    )
    applications = Application.objects.open().filter(keeper=person, factory__enterprise_id=firm)
    unread = Notification.objects.visible_to(person).unread()
    return Holdings(
        list(assessments.select_related("factory").order_by("pk")),
        list(applications.select_related("factory", "round").order_by("pk")),
        unread.exclude(event__startswith=f"{Topic.PEOPLE}.").count(),
    )


@transaction.atomic
def hand_over(person: User, to: User, *, reason: str, by: User, at: datetime) -> Holdings:
    """Everything the person keeps goes to a colleague; he himself or a manager says so."""
    firm = _held(person, by)
    person, to = enterprises.colleague(firm, person), _taker(firm, person, to)
    if not reason.strip():
        raise ValidationError({"reason": "请写明交接原因，双方和管理员都能看到"})
    moved = holdings(person)
    _record(person, to, moved, firm, reason=reason, by=by, at=at)
    _move(moved, to)
    inbox.pass_on(person, to)
    inbox.send(
        [to],
        inbox.Message(
            event=Event.PEOPLE_HANDED_OVER,
            matter=f"{person.name}的工作",
            result=f"交接给您：{_in_words(moved)}。原因：{reason.strip()}",
            next_step="核对后继续办理",
            link="/home/",
        ),
        key=f"handover:{person.pk}:{at.isoformat()}",
        at=at,
    )
    return moved


@transaction.atomic
def depart(person: User, to: User | None, *, reason: str, by: User, at: datetime) -> None:
    """A person leaves the firm, with what he keeps handed over first. The last manager names who
    manages after him.
    """
    firm = _held(person, by)
    person = enterprises.colleague(firm, person)
    last = enterprises.is_last_manager(person)
    if to is None and (last or len(holdings(person))):
        raise ValidationError({"to": "还有没办完的工作或管理员席位要交接，请选择接手的同事"})
    if to is not None:
        hand_over(person, to, reason=reason, by=by, at=at)
        if last:
            enterprises.change_seat(to, Seat.MANAGER, by=by, at=at)
    elif not reason.strip():
        raise ValidationError({"reason": "请写明离开的原因"})
    enterprises.release(person, reason=reason, by=by, at=at)


@transaction.atomic
def take_over(claim: Claim, *, reason: str, by: User, at: datetime) -> list[User]:
    """The bureau gives a firm whose managers are gone to a new one; what they kept goes to him."""
    kept = [holdings(one) for one in enterprises.managers_of(claim.enterprise)]
    former = enterprises.appoint(claim, reason=reason, by=by, at=at)
    for moved in kept:
        _move(moved, claim.user)
    return former


def _held(person: User, by: User) -> Enterprise:
    return enterprises.held(by) if by.pk == person.pk else enterprises.managed_by(by)


def _taker(firm: Enterprise, person: User, to: User) -> User:
    to = enterprises.colleague(firm, to)
    if to.pk == person.pk:
        raise ValidationError({"to": "请选择另一位同事"})
    if to.seat == Seat.READER:
        raise ValidationError({"to": "查阅人员不能接手工作，请先变更其席位，或选择别的同事"})
    return to


def _move(moved: Holdings, to: User) -> None:
    Assessment.objects.filter(pk__in=[one.pk for one in moved.assessments]).update(keeper=to)
    Application.objects.filter(pk__in=[one.pk for one in moved.applications]).update(keeper=to)


def _in_words(moved: Holdings) -> str:
    return f"自评 {len(moved.assessments)} 份、申报 {len(moved.applications)} 件"


def _record(
    person: User,
    to: User,
    moved: Holdings,
    firm: Enterprise,
    *,
    reason: str,
    by: User,
    at: datetime,
) -> None:
    audit.record(
        Verb.PERSON_HAND_OVER,
        person,
        by=by,
        at=at,
        name=firm.name,
        path=firm.authority.path if firm.authority else "",
        enterprise_id=firm.pk,
        to=to.pk,
        reason=reason.strip(),
        assessments=[one.pk for one in moved.assessments],
        applications=[one.pk for one in moved.applications],
    )
