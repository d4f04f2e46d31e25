"""Tokens of the API: one per application, with the eyes, or eyes and hands, of the person who made
it, until a day of his choosing.

A token does never more than its owner may at that moment; it ends with his account and his place,
and nobody in another's place makes one.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q

from registry import audit, inbox
from registry.access import Role, Seat, business_date
from registry.audit import Verb
from registry.models import ApiToken, Event, User
from registry.models.tokens import place_of

PREFIX = "sfr_"
LONGEST = 366  # days
MOST = 20  # in force at once, of one person
NOTED_EVERY = timedelta(hours=1)
TOLD_AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Terms:
    """Which application, what it may do, until when."""

    name: str
    scope: str
    ends_on: date


def may_hold(user: User) -> bool:
    """Whether there is anything that a token of this person could see."""
    placed = user.role != Role.ENTERPRISE or user.enterprise_id is not None
    return bool(user.role) and placed and user.standing_in is None


@transaction.atomic
def issue(terms: Terms, *, password: str, by: User, at: datetime) -> tuple[ApiToken, str]:
    """A new token, on the person's password; the second value is shown once and never again."""
    if not may_hold(by):
        raise PermissionDenied("代他人办理时，或还没有所属单位，不能生成接口令牌")
    owner = User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    if not owner.check_password(password):
        raise ValidationError({"password": "密码不对，请填写本账号现在的登录密码"})
    _check(terms, owner, business_date(at))
    secret = PREFIX + secrets.token_urlsafe(32)
    made = ApiToken.objects.create(
        owner=owner,
        place=place_of(owner),
        name=terms.name.strip(),
        scope=ApiToken.Scope(terms.scope),
        prefix=secret[:10],
        digest=_digest(secret),
        made_at=at,
        ends_on=terms.ends_on,
    )
    _trail(Verb.TOKEN_ISSUE, made, by=by, at=at)
    return made, secret


def _check(terms: Terms, owner: User, today: date) -> None:
    if not terms.name.strip():
        raise ValidationError({"name": "请填写使用令牌的应用"})
    if terms.scope not in ApiToken.Scope.values:
        raise ValidationError({"scope": "请从列出的权限中选择"})
    if terms.scope == ApiToken.Scope.ACT and owner.seat == Seat.READER:
        raise ValidationError({"scope": "本账号是只读席位，只能生成只读取的令牌"})
    if not today <= terms.ends_on <= today + timedelta(days=LONGEST - 1):
        raise ValidationError({"ends_on": "最后有效日不早于今天，最长一年，请改日期"})
    held = ApiToken.objects.standing().filter(owner=owner, ends_on__gte=today)
    if held.count() >= MOST:
        raise ValidationError(f"有效的令牌已有 {MOST} 个，请先停用不再使用的")


@transaction.atomic
def revoke(token: ApiToken, *, by: User, at: datetime) -> ApiToken:
    """Worth nothing from the next request on: by its owner, his manager, or an administrator."""
    token = (
        ApiToken.objects.select_for_update(of=("self",)).select_related("owner").get(pk=token.pk)
    )
    seen = ApiToken.objects.visible_to(by).filter(pk=token.pk).exists()
    if not (seen or by.is_superuser):
        raise PermissionDenied("接口令牌由持有人、本企业管理员或平台管理员停用")
    if token.revoked_at is not None:
        raise ValidationError("这个令牌已经停用", code="stale")
    token.revoked_at, token.revoked_by_id = at, by.pk
    token.save(update_fields=["revoked_at", "revoked_by"])
    _trail(Verb.TOKEN_REVOKE, token, by=by, at=at)
    return token


def holder(secret: str, *, at: datetime) -> User | None:
    """Whose token this is, with the token put on him; None where it is worth nothing."""
    found = (
        ApiToken.objects.standing()
        .filter(digest=_digest(secret))
        .select_related("owner__authority", "owner__enterprise")
        .first()
    )
    if found is None or found.state(business_date(at)) != "open":
        return None
    if found.last_used_at is None or at - found.last_used_at >= NOTED_EVERY:
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=at)
    owner: User = found.owner
    owner.token = found
    return owner


def remind(*, on: date, at: datetime) -> int:
    """Tell the owners of what ends within a fortnight, once each."""
    ending = ApiToken.objects.standing().filter(ends_on__range=(on, on + TOLD_AHEAD))
    told = 0
    for token in ending.filter(~Q(owner__is_active=False)).select_related("owner"):
        message = inbox.Message(
            event=Event.PEOPLE_TOKEN,
            matter=f"应用“{token.name}”的接口令牌",
            result=f"{token.ends_on:%Y-%m-%d} 到期",
            next_step="还要使用的，请生成新令牌并在应用里更换",
            due_on=token.ends_on,
            link="/account/tokens/",
        )
        inbox.send([token.owner], message, key=f"token:{token.pk}:ending", at=at)
        told += 1
    return told


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _trail(verb: Verb, token: ApiToken, *, by: User, at: datetime) -> None:
    owner = token.owner
    audit.record(
        verb,
        token,
        by=by,
        at=at,
        path=owner.authority.path if owner.authority else "",
        enterprise_id=owner.enterprise_id,
        scope=token.scope,
        ends_on=f"{token.ends_on:%Y-%m-%d}",
    )
