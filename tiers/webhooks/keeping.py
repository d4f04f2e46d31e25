"""A person's addresses: naming one, pausing, resuming and deleting it, and what he has sent there.

An address gets nothing before it has answered a challenge, so that nobody has changes sent to a
machine that did not ask for them.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, outcalls, tokens
from registry.audit import Verb
from registry.models import User
from tiers.models import Push, Subscription

State = Subscription.State
MOST = 5  # of one person


@transaction.atomic
def add(name: str, address: str, *, origin: str, by: User, at: datetime) -> Subscription:
    """A new address, and the challenge that it must answer; ``origin`` begins the links in what is
    sent.
    """
    if not tokens.may_hold(by):
        raise PermissionDenied("代他人办理时，或还没有所属单位，不能添加变更推送")
    owner = User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    name, address = name.strip(), address.strip()
    if not name:
        raise ValidationError({"name": "请填写接收变更的应用"})
    try:
        outcalls.read(address)
    except outcalls.NotAllowed as refusal:
        raise ValidationError({"address": str(refusal)}) from None
    own = Subscription.objects.filter(owner=owner)
    if own.filter(address=address).exists():
        raise ValidationError({"address": "这个地址已经添加过，不需要再添加"})
    if own.count() >= MOST:
        raise ValidationError(f"接收地址已有 {MOST} 个，请先删除不再使用的")
    made = Subscription.objects.create(
        owner=owner, name=name, address=address, origin=origin, made_at=at, next_try_at=at
    )
    challenge = {"challenge": secrets.token_urlsafe(24)}
    Push.objects.create(
        subscription=made, kind=Push.Kind.CHALLENGE, content=challenge, queued_at=at
    )
    _trail(Verb.PUSH_ADD, made, by=by, at=at, address=address)
    return made


@transaction.atomic
def pause(subscription: Subscription, *, by: User, at: datetime) -> None:
    """Nothing more is sent; what changes meanwhile is read in the feed."""
    held = _held(subscription, by)
    if held.state != State.OPEN:
        raise ValidationError("只有推送中的地址可以暂停", code="stale")
    _change(held, Verb.PUSH_PAUSE, by=by, at=at, state=State.PAUSED)


@transaction.atomic
def resume(subscription: Subscription, *, by: User, at: datetime) -> None:
    """Go on with what had not been handed over; an address not yet proven is asked again."""
    held = _held(subscription, by)
    if held.state in (State.OPEN, State.PROVING):
        raise ValidationError("这个地址没有暂停，不需要恢复", code="stale")
    state = State.OPEN if held.proved_at else State.PROVING
    _change(held, Verb.PUSH_RESUME, by=by, at=at, state=state, failures=0, next_try_at=at)


@transaction.atomic
def delete(subscription: Subscription, *, by: User, at: datetime) -> None:
    """The address with all that was sent to it."""
    held = _held(subscription, by)
    _trail(Verb.PUSH_DELETE, held, by=by, at=at, address=held.address)
    held.delete()


@transaction.atomic
def send_test(subscription: Subscription, *, by: User, at: datetime) -> Push:
    """One delivery that tells of nothing, behind those that wait."""
    held = _held(subscription, by)
    _ensure_open(held)
    made = Push.objects.create(
        subscription=held, kind=Push.Kind.TEST, content={"text": "测试推送"}, queued_at=at
    )
    _change(held, Verb.PUSH_SEND, by=by, at=at, next_try_at=at)
    return made


@transaction.atomic
def send_again(push: Push, *, by: User, at: datetime) -> None:
    """The same once more, under the same number; what waits is tried at once."""
    held = _held(push.subscription, by)
    _ensure_open(held)
    Push.objects.filter(pk=push.pk).update(status=Push.Status.WAITING)
    _change(held, Verb.PUSH_SEND, by=by, at=at, next_try_at=at)


def _ensure_open(held: Subscription) -> None:
    if held.state != State.OPEN:
        raise ValidationError("地址验证通过、推送没有暂停时才能推送，请先恢复", code="stale")


def _held(subscription: Subscription, by: User) -> Subscription:
    """The row, locked, for its owner alone."""
    own = Subscription.objects.select_for_update(of=("self",)).visible_to(by)
    held: Subscription | None = own.filter(pk=subscription.pk).first()
    if held is None:
        raise PermissionDenied("变更推送由添加它的人管理")
    return held


def _change(held: Subscription, verb: Verb, *, by: User, at: datetime, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(held, name, value)
    held.save(update_fields=list(fields))
    _trail(verb, held, by=by, at=at)


def _trail(verb: Verb, held: Subscription, *, by: User, at: datetime, **data: Any) -> None:
    path = by.authority.path if by.authority else ""
    audit.record(verb, held, by=by, at=at, path=path, enterprise_id=by.enterprise_id, **data)
