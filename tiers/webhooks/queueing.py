"""From the trail into the queue: each change once for every address that is open.

The trail is asked for what has not had its turn yet, not for what comes behind the last one: a line
whose transaction ended late has a number among the earlier ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tiers import change_feed
from tiers.models import Push, PushedChange, Subscription

#: How far back a line may come up; what is older is read in the feed.
WINDOW = timedelta(days=3)
KEEP = timedelta(days=30)
MOST = 200  # lines at a time


@transaction.atomic
def queue(*, at: datetime) -> int:
    """Put what is new into the queues; returns how many lines had their turn. Two at once wait for
    each other at the addresses.
    """
    open_ = Subscription.objects.select_for_update(of=("self",)).running()
    own = list(open_.filter(state=Subscription.State.OPEN).order_by("pk"))
    if not own:
        return 0
    known = PushedChange.objects.filter(at__gte=at - WINDOW).values("line")
    lines = list(change_feed.since(at - WINDOW, without=known)[:MOST])
    if not lines:
        return 0
    had = PushedChange.objects.bulk_create([PushedChange(line=one, at=one.at) for one in lines])
    numbers = {one.line_id: one.pk for one in had}
    Push.objects.bulk_create(
        [
            Push(
                subscription=to,
                kind=Push.Kind.CHANGE,
                sequence=numbers[change.key],
                content=change_feed.entry(change, to.origin.__add__),
                queued_at=at,
            )
            for change in change_feed.told(lines)
            for to in own
            if to.proved_at is not None and change.at >= to.proved_at
        ],
        batch_size=500,
    )
    return len(lines)


@transaction.atomic
def forget(*, at: datetime) -> int:
    """Drop what is older than it is kept; an address not yet proven keeps its challenge."""
    old = Push.objects.filter(queued_at__lt=at - KEEP)
    dropped, _ = old.exclude(kind=Push.Kind.CHALLENGE, status=Push.Status.WAITING).delete()
    PushedChange.objects.filter(at__lt=at - KEEP).delete()
    return dropped
