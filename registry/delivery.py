"""Passing messages on by e-mail and SMS: a queue of rows, and a sweep over it.

A row is written in the transaction of its message, so nothing that a broker forgets is lost. A
sweep takes rows by moving their next moment ahead by ``LEASE``, commits, and only then talks to the
gateway: two sweeps never hold one row. A worker that dies with a letter in hand leaves a row that
is taken again when the lease has run out. The letter may then leave twice, but under the same key,
by which the gateway knows it: at least once from here, once for the reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F

from registry import audit, gateways, outward
from registry.audit import Verb
from registry.gateways import Channel
from registry.models import Delivery, Notification, Silence, User

Status = Delivery.Status

#: One sweep takes no more than it can finish, at the gateway's slowest, well within the lease.
BATCH = 10
LEASE = timedelta(minutes=5)
#: How long to wait after each failure; after the last of them nothing more is tried.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
#: News older than this is not news: a queue that stood still for a week is not let loose on people.
KEEP = timedelta(days=3)
STALE = "三天内没有发出，不再发送"


def queue(messages: Iterable[Notification], *, at: datetime) -> None:
    """Write what should leave: by each open channel on which its reader can and will be reached."""
    possible = [
        (message, channel)
        for message in messages
        for channel in outward.leaves_by(message.event)
        if gateways.address_of(channel)
        and gateways.fits(channel, address_of(message.recipient, channel))
    ]
    if not possible:
        return
    silences = set(
        Silence.objects.filter(user__in={m.recipient_id for m, _ in possible}).values_list(
            "user", "topic", "channel"
        )
    )
    Delivery.objects.bulk_create(
        [
            Delivery(notification=message, channel=channel, queued_at=at, next_try_at=at)
            for message, channel in possible
            if (message.recipient_id, message.topic, channel) not in silences
            or message.event in outward.UNSILENCED
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def address_of(user: User, channel: Channel) -> str:
    return user.phone if channel == Channel.SMS else user.email


def deliver(*, at: datetime) -> Counter[str]:
    """Take one batch of what is due and hand it to the gateways; returns what came of it."""
    outcome: Counter[str] = Counter()
    for delivery in _take(at):
        outcome[_pass_on(delivery, at)] += 1
    return outcome


@transaction.atomic
def _take(at: datetime) -> list[Delivery]:
    due = Delivery.objects.due(at).filter(channel__in=gateways.open_channels())
    taken = list(
        due.select_for_update(of=("self",), skip_locked=True)
        .select_related("notification__recipient")
        .order_by("next_try_at", "pk")[:BATCH]
    )
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in taken]).update(
        attempts=F("attempts") + 1, next_try_at=at + LEASE
    )
    for delivery in taken:
        delivery.attempts += 1
    return taken


def _pass_on(delivery: Delivery, at: datetime) -> str:
    """Try once and write down what came of it."""
    why_not = _hindrance(delivery, at)
    if why_not:
        return _note(delivery, Status.GIVEN_UP, error=why_not)
    try:
        gateways.pass_on(outward.letter_for(delivery))
    except gateways.Refused as refusal:
        return _note(delivery, Status.GIVEN_UP, error=str(refusal))
    except gateways.Unavailable as failure:
        if delivery.attempts > len(WAITS):
            return _note(delivery, Status.GIVEN_UP, error=str(failure))
        next_try = at + WAITS[delivery.attempts - 1]
        return _note(delivery, Status.FAILED, error=str(failure), next_try_at=next_try)
    return _note(delivery, Status.SENT, sent_at=at)


def _hindrance(delivery: Delivery, at: datetime) -> str:
    """Why it is not even tried, in words; empty when it may be."""
    person, channel = delivery.notification.recipient, Channel(delivery.channel)
    if delivery.attempts > len(WAITS) + 1:
        return "每次发送都中断，没有结果"
    if delivery.notification.recalled_at:
        return "消息已撤回"
    if delivery.queued_at < at - KEEP:
        return STALE
    if not person.is_active:
        return "账号已停用"
    if not gateways.fits(channel, address_of(person, channel)):
        return f"没有可用的{'手机号' if channel == Channel.SMS else '邮箱'}"
    return ""


def _note(delivery: Delivery, status: str, *, error: str = "", **fields: datetime) -> str:
    """Only by the attempt it belongs to: a worker that overslept its lease changes nothing."""
    Delivery.objects.unsent().filter(pk=delivery.pk, attempts=delivery.attempts).update(
        status=status, last_error=error, **fields
    )
    return status


@transaction.atomic
def retry(deliveries: Iterable[Delivery], *, by: User, at: datetime) -> int:
    """Put what was given up back into the queue; returns how many."""
    wanted = [delivery.pk for delivery in deliveries]
    given_up = list(
        Delivery.objects.select_for_update(of=("self",)).filter(
            pk__in=wanted, status=Status.GIVEN_UP
        )
    )
    if not given_up:
        raise ValidationError("所选的都不是已停止发送的消息，不需要重新发送", code="stale")
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in given_up]).update(
        status=Status.WAITING, attempts=0, queued_at=at, next_try_at=at, last_error=""
    )
    audit.record_many(
        audit.event(Verb.DELIVERY_RETRY, delivery, by=by, at=at, channel=delivery.channel)
        for delivery in given_up
    )
    return len(given_up)


def counts() -> dict[str, int]:
    """How much has not left yet and how much will not, for the log of the night."""
    unsent = Delivery.objects.exclude(status=Status.SENT)
    found = Counter(dict(unsent.order_by().values_list("status").annotate(Count("pk"))))
    return {
        "letters_waiting": found[Status.WAITING] + found[Status.FAILED],
        "letters_given_up": found[Status.GIVEN_UP],
    }
