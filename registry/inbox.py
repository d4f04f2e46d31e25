"""Messages to people (站内信): rows written in the same transaction as the fact they tell of.

A message needs no worker and no broker to arrive: the row is the message. A ``key`` makes one
event tell one person once, however often a job runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from registry.models import Authority, Enterprise, Notification, User


def message(
    user: User, text: str, *, link: str = "", key: str | None = None, at: datetime
) -> Notification:
    """An unsaved message to one person."""
    full_key = f"{key}:{user.pk}" if key else None
    return Notification(recipient=user, text=text[:300], link=link, key=full_key, created_at=at)


def send(
    users: Iterable[User], text: str, *, link: str = "", key: str | None = None, at: datetime
) -> None:
    """Tell these people; whoever has been told under this key already is passed over."""
    send_many([message(user, text, link=link, key=key, at=at) for user in users])


def send_many(messages: list[Notification]) -> None:
    """Write many messages with one insert, skipping keys that exist."""
    Notification.objects.bulk_create(messages, ignore_conflicts=True, batch_size=500)


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
