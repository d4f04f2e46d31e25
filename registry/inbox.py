"""Messages to people (站内信): rows written in the same transaction as the fact they tell of.

A message needs no worker and no broker to arrive: the row is the message. A ``key`` makes one
event tell one person once, however often a job runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from registry import bulk, delivery, gateways
from registry.models import Authority, Enterprise, Event, Notification, Topic, User


@dataclass(frozen=True)
class Message:
    """What happened (事项, 结果) and what it asks for (下一步, 期限)."""

    event: Event
    matter: str
    result: str
    next_step: str = ""
    due_on: date | None = None
    link: str = ""


def addressed(user: User | int, message: Message, *, key: str, at: datetime) -> Notification:
    """An unsaved message to one person, or to whom the number is."""
    number = user if isinstance(user, int) else user.pk
    return Notification(
        recipient_id=number,
        event=Event(message.event),
        matter=_cut(message.matter, 200),
        result=_cut(message.result, 300),
        next_step=_cut(message.next_step, 200),
        due_on=message.due_on,
        link=message.link,
        key=f"{key}:{number}",
        created_at=at,
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def send(users: Iterable[User], message: Message, *, key: str, at: datetime) -> None:
    """Tell these people; whoever has been told under this key already is passed over."""
    send_many([addressed(user, message, key=key, at=at) for user in users])


def send_many(messages: list[Notification]) -> None:
    """Write many messages with one insert, skipping keys that exist, and queue what leaves the
    portal.
    """
    if not gateways.open_channels():
        bulk.write(messages, ignore_conflicts=True)
        return
    told = Notification.objects.filter(key__in=[m.key for m in messages])
    known = set(told.values_list("key", flat=True))
    fresh = [message for message in messages if message.key not in known]
    bulk.write(fresh, ignore_conflicts=True)
    if fresh:
        keys = [message.key for message in fresh]
        written = Notification.objects.filter(key__in=keys).select_related("recipient")
        delivery.queue(written, at=fresh[0].created_at)


def officers_of(authority: Authority) -> list[User]:
    """The people who act for an authority itself (not for those below it)."""
    return list(User.objects.filter(authority=authority, is_active=True))


def staff_of(enterprise: Enterprise) -> list[User]:
    """The people who act for an enterprise."""
    return list(User.objects.filter(enterprise=enterprise, is_active=True))


def officers_for(authority: Authority) -> list[User]:
    """The officers of an authority or, where it has none yet, of the nearest above that has."""
    nearest: Authority | None = authority
    while nearest is not None:
        if officers := officers_of(nearest):
            return officers
        nearest = nearest.parent
    return []


def read(notification: Notification, *, at: datetime) -> None:
    """The person has opened a message; the first time counts."""
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=at)


def read_all(user: User, *, at: datetime) -> int:
    """Everything up to this moment has been seen; what arrives later stays unread."""
    return (
        Notification.objects.visible_to(user).unread().filter(created_at__lte=at).update(read_at=at)
    )


def recall(prefix: str, *, at: datetime) -> int:
    """Take back what was sent under keys that begin so, since what it tells of was undone; returns
    how many. Whoever has read one sees that it was taken back; what has not left the portal stays.
    """
    sent = Notification.objects.filter(key__startswith=prefix, recalled_at=None)
    return sent.update(recalled_at=at)


def pass_on(person: User, to: User) -> int:
    """What the person has not read goes to a colleague, unless he was told himself. News about
    people stays with whom it concerns.
    """
    waiting = Notification.objects.visible_to(person).unread().exclude(key=None)
    moved = 0
    for one in waiting.exclude(event__startswith=f"{Topic.PEOPLE}."):
        key = f"{str(one.key).removesuffix(f':{person.pk}')}:{to.pk}"
        if not Notification.objects.filter(key=key).exists():
            one.recipient, one.key = to, key
            one.save(update_fields=["recipient", "key"])
            moved += 1
    return moved
