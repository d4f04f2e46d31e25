"""A firm's factories: add, correct, rename, move. The authority of a factory follows its place."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from registry import creditcode, inbox
from registry.access import OFFICERS, business_date
from registry.audit import Verb
from registry.enterprises.past import keep
from registry.enterprises.scope import (
    ensure_open,
    ensure_visible,
    one_at_a_time,
    responsible,
    trail,
)
from registry.merging import Seen, merged
from registry.models import Authority, Division, Enterprise, Event, Factory, Industry, User


@transaction.atomic
def add_factory(
    enterprise: Enterprise,
    *,
    name: str,
    division: Division | None,
    by: User,
    at: datetime,
    address: str = "",
    industry: Industry | None = None,
    products: str = "",
) -> Factory:
    """Add a factory to a firm that the person sees; its authority follows its place."""
    ensure_visible(enterprise, by)
    return enter_factory(
        enterprise,
        name=name,
        division=division,
        by=by,
        at=at,
        address=address,
        industry=industry,
        products=products,
    )


def enter_factory(
    enterprise: Enterprise,
    *,
    name: str,
    division: Division | None,
    by: User,
    at: datetime,
    address: str = "",
    industry: Industry | None = None,
    products: str = "",
) -> Factory:
    """The factory itself. Outside the loaded provinces the authority of the seat answers for it."""
    tidied = creditcode.tidy_name(name)
    if len(tidied) < 2:
        raise ValidationError({"name": "请填写工厂名称"})
    one_at_a_time(enterprise)
    ensure_open(enterprise)
    if enterprise.factories.filter(name=tidied).exists():
        raise ValidationError({"name": "这家企业已登记过同名工厂，请换一个能区分的名称"})
    factory = Factory.objects.create(
        enterprise=enterprise,
        name=tidied,
        division=division,
        address=address.strip(),
        authority=_authority_of(division, enterprise),
        industry=industry or enterprise.industry,
        products=products.strip(),
        created_at=at,
    )
    _still_visible(factory, by)
    trail(Verb.FACTORY_ADD, factory, enterprise, by=by, at=at, path=factory.authority.path)
    return factory


def _authority_of(
    division: Division | None, enterprise: Enterprise, before: Authority | None = None
) -> Authority:
    authority = responsible(division) or enterprise.authority or before
    if authority is None:
        raise ValidationError(
            {"division": "这个地点没有主管部门，请选本平台覆盖省份内的县（市、区）"}
        )
    return authority


def _still_visible(factory: Factory, by: User) -> None:
    """An officer cannot put a factory where he no longer sees it: that is the other bureau's
    act.
    """
    if by.role in OFFICERS and not factory.authority.path.startswith(by.authority_path):
        raise ValidationError({"division": "这个地点不归本部门管辖，请由企业或当地主管部门登记"})


def factory_facts(factory: Factory) -> dict[str, Any]:
    """What :func:`update_factory` may change, as it stands."""
    return {name: getattr(factory, name) for name in ("address", "industry", "products")}


@transaction.atomic
def update_factory(
    factory: Factory,
    *,
    by: User,
    at: datetime,
    address: str,
    industry: Industry | None,
    products: str,
    seen: Seen | None = None,
) -> Factory:
    """Change the facts of a factory that are neither its name nor its place; ``seen`` as with a
    firm's.
    """
    ensure_visible(factory, by)
    factory = Factory.objects.select_for_update(of=("self",)).get(pk=factory.pk)
    given = {"address": address.strip(), "industry": industry, "products": products.strip()}
    for name, value in merged(factory_facts(factory), given, seen).items():
        setattr(factory, name, value)
    factory.save()
    trail(
        Verb.FACTORY_UPDATE, factory, factory.enterprise, by=by, at=at, path=factory.authority.path
    )
    return factory


@transaction.atomic
def rename_factory(
    factory: Factory, name: str, *, by: User, at: datetime, on: date | None = None
) -> Factory:
    """Give a factory another name, from a day that is not to come; titles keep the name they were
    printed with.
    """
    ensure_visible(factory, by)
    factory = Factory.objects.select_for_update(of=("self",)).get(pk=factory.pk)
    tidied = creditcode.tidy_name(name)
    if len(tidied) < 2 or tidied == factory.name:
        raise ValidationError({"name": "请填写与现名不同的工厂名称"})
    one_at_a_time(factory.enterprise)
    if factory.enterprise.factories.filter(name=tidied).exists():
        raise ValidationError({"name": "这家企业已登记过同名工厂，请换一个能区分的名称"})
    keep(factory, until=on or business_date(at))
    before, factory.name = factory.name, tidied
    factory.save(update_fields=["name"])
    trail(
        Verb.FACTORY_RENAME,
        factory,
        factory.enterprise,
        by=by,
        at=at,
        path=factory.authority.path,
        before=before,
        after=tidied,
    )
    return factory


@transaction.atomic
def move_factory(
    factory: Factory,
    division: Division,
    *,
    address: str,
    by: User,
    at: datetime,
    on: date | None = None,
) -> Factory:
    """搬迁: the factory's place and with it the authority that answers for it; the one it had where
    nobody answers for the new place. Both bureaus are told. What it means for cases and titles is
    asked by ``tiers.relocation``, the door for people.
    """
    ensure_visible(factory, by)
    factory = Factory.objects.select_for_update(of=("self",)).get(pk=factory.pk)
    keep(factory, until=on or business_date(at))
    before = factory.authority
    factory.division, factory.address = division, address.strip()
    factory.authority = _authority_of(division, factory.enterprise, before)
    _still_visible(factory, by)
    factory.save()
    trail(
        Verb.FACTORY_MOVE,
        factory,
        factory.enterprise,
        by=by,
        at=at,
        path=factory.authority.path,
        before=before.name,
        after=factory.authority.name,
    )
    if before != factory.authority:
        _tell_of_move(factory, before, at)
    return factory


def _tell_of_move(factory: Factory, before: Authority, at: datetime) -> None:
    now = factory.authority
    told = inbox.officers_for(before) + inbox.officers_for(now)
    message = inbox.Message(
        event=Event.DESK_MOVE,
        matter=f"{factory.name}迁址",
        result=f"主管部门由{before.short_name}变为{now.short_name}",
        next_step=f"此后的申报由{now.short_name}办理",
    )
    inbox.send(told, message, key=f"moved:{factory.pk}:{at.isoformat()}", at=at)
