"""The province's unified identity (统一身份认证) as a second way to sign in: who is linked to whom.

A subject is an issuer and its name for a person; nothing else that an issuer says is kept, and
nothing else, no e-mail and no name, ever leads to an account.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from registry import audit, inbox
from registry.audit import Verb
from registry.models import Event, User

PROVIDER = "unified"
TAKEN = "这个统一身份认证账号已关联本平台的另一个账号。需要更换的，先在那个账号里解除关联"
HAVE_ONE = "本账号已关联统一身份认证。需要更换的，先解除原来的关联"
HAVE_NONE = "本账号没有关联统一身份认证"


@dataclass(frozen=True)
class Subject:
    issuer: str
    name: str

    @property
    def key(self) -> str:
        """Of one length, and apart for names that differ in case alone, on every database."""
        return hashlib.sha256(f"{self.issuer}\n{self.name}".encode()).hexdigest()


def of(user: User) -> SocialAccount | None:
    return SocialAccount.objects.filter(user_id=user.pk, provider=PROVIDER).first()


def holder(subject: Subject) -> SocialAccount | None:
    """The link of this subject, with the account it signs in to."""
    linked = SocialAccount.objects.select_related("user")
    return linked.filter(provider=PROVIDER, uid=subject.key).first()


@transaction.atomic
def link(user: User, subject: Subject, *, at: datetime) -> None:
    User.objects.select_for_update().get(pk=user.pk)
    held = of(user)
    if held and held.uid != subject.key:
        raise ValidationError(HAVE_ONE)
    if held:
        return
    try:
        with transaction.atomic():
            SocialAccount.objects.create(
                user_id=user.pk,
                provider=PROVIDER,
                uid=subject.key,
                extra_data={"iss": subject.issuer, "sub": subject.name},
            )
    except IntegrityError:
        raise ValidationError(TAKEN) from None
    _noted(Verb.IDENTITY_LINK, user, at=at)


@transaction.atomic
def unlink(user: User, *, at: datetime) -> None:
    removed, _ = SocialAccount.objects.filter(user_id=user.pk, provider=PROVIDER).delete()
    if not removed:
        raise ValidationError(HAVE_NONE)
    _noted(Verb.IDENTITY_UNLINK, user, at=at)


def _noted(verb: Verb, user: User, *, at: datetime) -> None:
    """The trail, and word to the person in case it was not he."""
    audit.record(verb, user, by=user, at=at, name=user.username)
    message = inbox.Message(
        event=Event.PEOPLE_FACTOR,
        matter="登录方式：统一身份认证",
        result=f"已{verb.label}",
        next_step="不是本人操作的，请立即修改密码并告知系统管理员",
        link="/account/security/",
    )
    inbox.send([user], message, key=f"{verb}:{at.isoformat()}", at=at)


def forget(user: User) -> None:
    """With the password that was lost goes whoever was linked under it."""
    SocialAccount.objects.filter(user_id=user.pk).delete()
