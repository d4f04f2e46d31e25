"""How a person is reached outside the portal: his own e-mail and phone, and what may go there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from registry import audit
from registry.access import OFFICERS, Role
from registry.audit import Verb
from registry.gateways import Channel
from registry.models import Silence, Topic, User

Choice = tuple[str, str]  # topic, channel


def topics_for(user: User) -> list[Topic]:
    """What a person in this place hears of at all."""
    if user.role == Role.ENTERPRISE:
        return [Topic.CASE, Topic.TITLE, Topic.PEOPLE]
    if user.role in OFFICERS:
        return [Topic.DESK, Topic.FILING, Topic.PEOPLE]
    return [Topic.DESK, Topic.PEOPLE]


def needs_phone(user: User) -> bool:
    """Whether somebody else's work depends on ringing him."""
    return user.role == Role.ENTERPRISE


@transaction.atomic
def change(user: User, *, email: str, phone: str, password: str, at: datetime) -> User:
    """A person's new addresses, on his password: whoever finds his screen open cannot redirect
    his letters. The trail says which field changed, never to what.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if not user.check_password(password):
        raise ValidationError({"password": "密码不对，请填写本账号现在的登录密码"})
    if needs_phone(user) and not phone:
        raise ValidationError({"phone": "请填写手机号或固定电话，主管部门办理时要能联系到您"})
    given = {"email": email, "phone": phone}
    changed = [name for name, value in given.items() if getattr(user, name) != value]
    if not changed:
        raise ValidationError("没有改动。不需要修改时请返回")
    for name in changed:
        setattr(user, name, given[name])
    user.save(update_fields=changed)
    _trail(user, changed, at)
    return user


@transaction.atomic
def choose(user: User, wanted: Collection[Choice], *, at: datetime) -> None:
    """From now on these topics by these channels, of those he hears of; messages on their way
    still arrive.
    """
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    offered = {(topic, channel) for topic in topics_for(user) for channel in Channel}
    unwanted = offered - set(wanted)
    if unwanted == silenced(user) & offered:
        return
    Silence.objects.filter(user=user, topic__in={topic for topic, _ in offered}).delete()
    Silence.objects.bulk_create(
        Silence(user=user, topic=topic, channel=channel) for topic, channel in sorted(unwanted)
    )
    _trail(user, ["channels"], at)


def silenced(user: User) -> set[Choice]:
    """What a person does not want to get."""
    return set(Silence.objects.filter(user=user).values_list("topic", "channel"))


def _trail(user: User, changed: list[str], at: datetime) -> None:
    audit.record(
        Verb.ACCOUNT_REACH,
        user,
        by=user,
        at=at,
        name=user.username,
        path=user.authority.path if user.authority else "",
        enterprise_id=user.enterprise_id,
        changed=changed,
    )
