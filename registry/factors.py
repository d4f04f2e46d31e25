"""The second factor at sign-in (第二重验证): who must have one, what is told when one changes, and
how an administrator takes a lost one away.
"""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, inbox
from registry.access import OFFICERS, Role
from registry.audit import Verb
from registry.models import Event, User

FORCED = (*OFFICERS, Role.DEPARTMENT, Role.GROUP, Role.EXPERT)
#: Recovery codes stand in for one of these; alone they are no second factor.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def spared(user: User) -> bool:
    """An account of the demo, in the demo: its password is printed for everybody."""
    return settings.DEMO and user.made_for_demo


def required_of(user: User) -> bool:
    """Whether this person has to have one. Known from his own row, without a question."""
    if spared(user):
        return False
    return user.role in FORCED or user.is_staff or user.is_superuser


def has_one(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def last_one(authenticator: Authenticator) -> bool:
    others = Authenticator.objects.filter(user=authenticator.user_id, type__in=FACTORS)
    return not others.exclude(pk=authenticator.pk).exists()


def noted(verb: Verb, user: User, what: str, *, at: datetime) -> None:
    """What a person has done about his own: the trail, and word to him in case it was not he."""
    audit.record(verb, user, by=user, at=at, name=user.username, what=what)
    message = inbox.Message(
        event=Event.PEOPLE_FACTOR,
        matter=f"第二重验证：{what}",
        result=f"已{Verb(verb).label}",
        next_step="不是本人操作的，请立即修改密码并告知系统管理员",
        link="/account/security/",
    )
    inbox.send([user], message, key=f"{verb}:{at.isoformat()}", at=at)


@transaction.atomic
def reset(person: User, *, by: User, at: datetime) -> None:
    """Take all of a person's factors away, and sign him out everywhere; he sets up new ones when he
    signs in next.
    """
    if not by.is_superuser:
        raise PermissionDenied("只有系统管理员可以重置第二重验证")
    if person.pk == by.pk:
        raise ValidationError("不能重置本人的第二重验证，请由另一位系统管理员办理")
    locked = User.objects.select_for_update().get(pk=person.pk)
    removed, _ = Authenticator.objects.filter(user=locked).delete()
    if not removed:
        raise ValidationError(f"{locked.username} 没有设置第二重验证")
    for one in UserSession.objects.filter(user=locked):
        one.end()
    path = locked.authority.path if locked.authority else ""
    audit.record(Verb.FACTOR_RESET, locked, by=by, at=at, name=locked.username, path=path)
    message = inbox.Message(
        event=Event.PEOPLE_FACTOR,
        matter="第二重验证",
        result="系统管理员已重置，原有验证器、通行密钥和恢复码作废",
        next_step="登录后重新设置；不是本人要求的，请立即告知系统管理员",
        link="/account/security/",
    )
    inbox.send([locked], message, key=f"{Verb.FACTOR_RESET}:{at.isoformat()}", at=at)
