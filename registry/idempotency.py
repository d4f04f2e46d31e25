"""The same call of the API sent twice is carried out once: its sender gives it a key.

A row under the key is written first, on its own; act and answer are then written in one
transaction. Whoever is killed in between has done nothing, and after ``LEASE`` the key may be taken
over. A refusal did nothing either: its key is free again.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from registry.models import IdempotencyKey, User
from registry.models.tokens import place_of

LEASE = timedelta(seconds=60)
KEPT = timedelta(days=7)


class KeyReused(Exception):
    """The key stands for another call."""


class InFlight(Exception):
    """The same call is being carried out by somebody; ``seconds`` until one may take it over."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass(frozen=True)
class Call:
    """Who calls under which key, and what exactly."""

    user: User
    key: str
    fingerprint: str
    at: datetime


def call(user: User, key: str, method: str, path: str, body: Any, *, at: datetime) -> Call:
    """What makes two calls the same; whoever has changed places since calls for something else."""
    parts = [place_of(user), method, path, body]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return Call(user, key, hashlib.sha256(text.encode()).hexdigest(), at)


def claimed(asked: Call) -> tuple[IdempotencyKey, bool]:
    """The row of this call, and whether it is now ours to carry out; if not, it has its answer."""
    for _ in range(3):
        held = IdempotencyKey.objects.filter(user=asked.user, key=asked.key).first()
        if held is None:
            if made := _new(asked):
                return made, True
        elif held.fingerprint != asked.fingerprint:
            raise KeyReused
        elif held.status is not None:
            return held, False
        elif (left := held.began_at + LEASE - asked.at) > timedelta(0):
            raise InFlight(left.seconds + 1)
        elif taken := _taken_over(held, asked):
            return taken, True
    raise InFlight(1)


def _new(asked: Call) -> IdempotencyKey | None:
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(
                user=asked.user,
                key=asked.key,
                fingerprint=asked.fingerprint,
                claim=uuid.uuid4(),
                began_at=asked.at,
            )
    except IntegrityError:
        return None  # somebody was quicker


def _taken_over(held: IdempotencyKey, asked: Call) -> IdempotencyKey | None:
    """Waits for whoever still holds the row; if he came to his end, it is not taken."""
    same = IdempotencyKey.objects.filter(pk=held.pk, claim=held.claim, status=None)
    claim = uuid.uuid4()
    if not same.update(claim=claim, began_at=asked.at):
        return None
    held.claim, held.began_at = claim, asked.at
    return held


def hold(mine: IdempotencyKey) -> None:
    """Inside the act's transaction: the row stays ours until the act is through."""
    held = IdempotencyKey.objects.select_for_update().filter(pk=mine.pk, claim=mine.claim)
    if not held.filter(status=None).exists():
        raise InFlight(1)


def keep(mine: IdempotencyKey, status: int, answer: str) -> None:
    """The answer, in the same transaction as the act."""
    mine.status, mine.answer = status, answer
    mine.save(update_fields=["status", "answer"])


def give_up(mine: IdempotencyKey) -> None:
    """Nothing was done; the key is free."""
    IdempotencyKey.objects.filter(pk=mine.pk, claim=mine.claim, status=None).delete()


def forget(at: datetime) -> int:
    """Nobody repeats a call after a week."""
    return IdempotencyKey.objects.filter(began_at__lt=at - KEPT).delete()[0]
