"""Tries at a secret, counted before the secret is compared, so that many at once count too.

A count belongs to a window of time that ends by itself: nobody is shut out for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from registry.models import GuessCount

#: Counts are kept a little longer than the longest window.
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """So many tries within so much time, for one thing that is counted by."""

    key: str
    tries: int
    window: timedelta


def reserve(limits: Iterable[Limit], *, at: datetime) -> datetime | None:
    """Count one try under every limit, or none; returns when one may try again if one is full."""
    taken: list[str] = []
    for limit in limits:
        if (until := _reserve(limit, at)) is not None:
            give_back(taken)
            return until
        taken.append(limit.key)
    return None


def _reserve(limit: Limit, at: datetime) -> datetime | None:
    begun = [GuessCount(key=limit.key, since=at)]
    GuessCount.objects.bulk_create(begun, ignore_conflicts=True)
    mine = GuessCount.objects.filter(key=limit.key)
    mine.filter(since__lte=at - limit.window).update(since=at, count=0)
    if mine.filter(count__lt=limit.tries).update(count=F("count") + 1):
        return None
    found = mine.first()
    return (found.since if found else at) + limit.window


def give_back(keys: Iterable[str]) -> None:
    """A try that was none after all, or was right."""
    GuessCount.objects.filter(key__in=list(keys), count__gt=0).update(count=F("count") - 1)


def clear(key: str) -> None:
    """Whoever knew the secret has not been guessing."""
    GuessCount.objects.filter(key=key).delete()


def forget(at: datetime) -> int:
    return GuessCount.objects.filter(since__lt=at - KEPT).delete()[0]
