"""Handing over: a sweep takes addresses, not deliveries, so that each gets its own in their order
and one that is slow or dead keeps nobody else waiting.

An address is taken by moving its next moment ahead by ``LEASE``. Then, outside any transaction, all
that were taken are called side by side. A worker that dies leaves addresses that are taken again
when the lease has run out, and send the same deliveries under the same numbers: at least once.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom

from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from registry import audit, inbox, outcalls
from registry.audit import Verb
from registry.models import Event
from registry.signing import Signer
from tiers.models import Push, Subscription
from tiers.webhooks.writing import Letter, letter

State, Status = Subscription.State, Push.Status
LEASE = timedelta(minutes=5)
ADDRESSES, EACH = 10, 20
SECONDS = 20  # for all deliveries to one address in one sweep
#: How long to wait after each failure, give or take a tenth; after the last the address is stopped.
WAITS = tuple(timedelta(hours=h) for h in (1 / 60, 1 / 12, 0.25, 1, 3, 6, 12, 12, 12, 24))
PROVING_WAITS = WAITS[:4]
GONE = 410
UNANSWERED = "回答里没有验证码，应原样返回 challenge 的值"
chance = SystemRandom()


@dataclass(frozen=True)
class Try:
    """What came of one attempt; ``error`` is empty where it was taken."""

    code: int | None
    error: str
    milliseconds: int


@dataclass(frozen=True)
class Turn:
    """An address in hand, and what goes there, in order."""

    subscription: Subscription
    pushes: Sequence[Push]
    letters: Sequence[Letter]


def deliver(*, at: datetime) -> Counter[str]:
    """Hand over to a number of addresses what waits for them; returns what came of it."""
    signer = Signer(at=at)
    turns = _take(signer, at)
    if not turns:
        return Counter()
    with ThreadPoolExecutor(len(turns)) as pool:
        tries = list(pool.map(_call, turns))
    return _note(dict(zip((one.subscription.pk for one in turns), tries, strict=True)), turns, at)


@transaction.atomic
def _take(signer: Signer, at: datetime) -> list[Turn]:
    due = Subscription.objects.due(at).select_for_update(of=("self",), skip_locked=True)
    taken = {one.pk: one for one in due.order_by("next_try_at", "pk")[:ADDRESSES]}
    Subscription.objects.filter(pk__in=taken).update(turn=F("turn") + 1, next_try_at=at + LEASE)
    turns = []
    for pushes in _heads(list(taken)):
        own = taken[pushes[0].subscription_id]
        own.turn += 1
        for one in pushes:
            one.subscription = own
        turns.append(Turn(own, pushes, [letter(one, signer, at=at) for one in pushes]))
    return turns


def _heads(subscriptions: Sequence[int]) -> list[list[Push]]:
    """What each waits for first, in its order."""
    place = Window(RowNumber(), partition_by="subscription", order_by="pk")
    waiting = Push.objects.filter(status=Status.WAITING, subscription__in=subscriptions)
    found: dict[int, list[Push]] = {}
    for one in waiting.annotate(place=place).filter(place__lte=EACH).order_by("pk"):
        found.setdefault(one.subscription_id, []).append(one)
    return list(found.values())


def _call(turn: Turn) -> list[Try]:
    """One delivery after the other until one fails or the time is up; touches no row."""
    made: list[Try] = []
    ends = time.monotonic() + SECONDS
    for push, sent in zip(turn.pushes, turn.letters, strict=True):
        made.append(_attempt(push, sent))
        if made[-1].error or time.monotonic() > ends:
            break
    return made


def _attempt(push: Push, sent: Letter) -> Try:
    begun = time.monotonic()
    code, error = None, ""
    try:
        answer = outcalls.post(sent.address, sent.body, sent.headers)
    except (outcalls.NotAllowed, outcalls.Failed) as failure:
        error = str(failure)
    else:
        code = answer.status
        if not 200 <= code < 300:
            error = f"对方答复 {code}"
        elif push.kind == Push.Kind.CHALLENGE and not _echoed(push, answer.body):
            error = UNANSWERED
    return Try(code, error, round((time.monotonic() - begun) * 1000))


def _echoed(push: Push, body: bytes) -> bool:
    """The value itself, or JSON that has it under ``challenge``."""
    wanted = push.content["challenge"]
    try:
        text = body.decode().strip()
        found = json.loads(text) if text.startswith("{") else {"challenge": text}
    except ValueError:
        return False
    return bool(found.get("challenge") == wanted)


@transaction.atomic
def _note(tries: dict[int, list[Try]], turns: Sequence[Turn], at: datetime) -> Counter[str]:
    """Write down what came of it, for those whose turn is still the same."""
    held = {
        one.pk: one
        for one in Subscription.objects.select_for_update(of=("self",))
        .select_related("owner__authority")
        .filter(pk__in=tries)
        .order_by("pk")
    }
    pushes, outcome, stopped = [], Counter[str](), []
    for turn in turns:
        own = held.get(turn.subscription.pk)
        if own is None or own.turn != turn.subscription.turn:
            continue
        made = tries[own.pk]
        for push, one in zip(turn.pushes, made, strict=False):
            push.status = Status.WAITING if one.error else Status.SENT
            push.attempts, push.tried_at = push.attempts + 1, at
            push.code, push.error, push.milliseconds = one.code, one.error[:200], one.milliseconds
            pushes.append(push)
            outcome["failed" if one.error else "sent"] += 1
        _follow(own, turn.pushes, made, at)
        if own.state == State.STOPPED:
            stopped.append(own)
    fields = ["status", "attempts", "tried_at", "code", "error", "milliseconds"]
    Push.objects.bulk_update(pushes, fields)
    Subscription.objects.bulk_update(
        held.values(), ["state", "failures", "proved_at", "next_try_at"]
    )
    _tell(stopped, at)
    return outcome


def _follow(own: Subscription, pushes: Sequence[Push], made: Sequence[Try], at: datetime) -> None:
    """What the address makes of its last attempt."""
    last = made[-1]
    if len(made) > 1 or not last.error:
        own.failures = 0
    if not last.error:
        own.next_try_at = at
        if own.state == State.PROVING:
            own.state, own.proved_at = State.OPEN, at
        return
    waits = PROVING_WAITS if own.state == State.PROVING else WAITS
    own.failures += 1
    if last.code == GONE or own.failures > len(waits):
        own.state = State.STOPPED if own.state != State.PAUSED else own.state
    else:
        own.next_try_at = at + waits[own.failures - 1] * chance.uniform(0.9, 1.1)


def _tell(stopped: Sequence[Subscription], at: datetime) -> None:
    """In the trail, and to the owners."""
    audit.record_many(
        audit.event(
            Verb.PUSH_STOP,
            one,
            by=None,
            at=at,
            path=one.owner.authority.path if one.owner.authority else "",
            enterprise_id=one.owner.enterprise_id,
        )
        for one in stopped
    )
    inbox.send_many(
        [
            inbox.addressed(
                one.owner,
                inbox.Message(
                    event=Event.PEOPLE_PUSH,
                    matter=f"应用“{one.name}”的变更推送",
                    result="推送连续不成，已停止" if one.proved_at else "地址没有通过验证，已停止",
                    next_step="请检查接收程序后恢复推送，停止期间的变更可从名录变更订阅补取",
                    link=f"/account/pushes/{one.pk}/",
                ),
                key=f"push:{one.pk}:{one.turn}",
                at=at,
            )
            for one in stopped
        ]
    )
