"""A firm's entry in the register: enter, correct, rename, and what is put on record about it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import creditcode
from registry.access import OFFICERS, business_date
from registry.audit import Verb
from registry.enterprises.factories import enter_factory
from registry.enterprises.scope import ensure_open, ensure_visible, responsible, trail
from registry.merging import Seen, merged
from registry.models import (
    Authority,
    Division,
    Enterprise,
    EnterpriseName,
    Industry,
    User,
    VetoEvent,
)

#: What a firm may correct without a document.
FACTS = ("address", "industry", "size", "above_scale")


def enter(
    code: str, name: str, seat: Division | None, authority: Authority | None, at: datetime
) -> Enterprise:
    tidied = creditcode.tidy_name(name)
    if len(tidied) < 4:
        raise ValidationError({"name": "请按营业执照填写企业全称"})
    # Two people may bring the same new firm in the same second: the later one finds the record.
    return Enterprise.objects.get_or_create(
        credit_code=code,
        defaults={
            "name": tidied,
            "seat": seat,
            "authority": responsible(seat) or authority,
            "created_at": at,
        },
    )[0]


@transaction.atomic
def register(
    *,
    credit_code: str,
    name: str,
    seat: Division,
    by: User,
    at: datetime,
    factory_name: str = "",
    factory_place: Division | None = None,
    **details: Any,
) -> Enterprise:
    """An officer enters a firm that nobody has signed up for, if he likes with its first factory.

    Raises ValidationError for a code that is known, and for a seat that another bureau answers for
    when no factory comes with it: the officer would not see what he has entered.
    """
    if by.role not in OFFICERS:
        raise PermissionDenied("只有主管部门能代为登记企业")
    code = creditcode.clean(credit_code)
    if known := Enterprise.objects.filter(credit_code=code).first():
        raise ValidationError(
            {"credit_code": f"这个代码已登记为“{known.name}”，请直接使用"}, code="known"
        )
    enterprise = enter(code, name, seat, by.authority, at)
    for field, value in details.items():
        setattr(enterprise, field, value)
    enterprise.save()
    trail(Verb.ENTERPRISE_REGISTER, enterprise, enterprise, by=by, at=at, credit_code=code)
    if factory_name:
        _first_factory(enterprise, factory_name, factory_place, by, at)
    elif not Enterprise.objects.visible_to(by).filter(pk=enterprise.pk).exists():
        raise ValidationError(
            {"seat": "注册地不归本部门管辖，请同时登记本辖区内的工厂，或由当地主管部门登记"}
        )
    return enterprise


def _first_factory(
    enterprise: Enterprise, name: str, place: Division | None, by: User, at: datetime
) -> None:
    try:
        enter_factory(enterprise, name=name, division=place, by=by, at=at)
    except ValidationError as error:
        fields = {"name": "factory_name", "division": "factory_place"}
        raise ValidationError(
            {fields[key]: problems for key, problems in error.error_dict.items()}
        ) from error


def facts_of(enterprise: Enterprise) -> dict[str, Any]:
    """What :func:`update` may change, as it stands."""
    return {name: getattr(enterprise, name) for name in FACTS}


@transaction.atomic
def update(
    enterprise: Enterprise,
    *,
    by: User,
    at: datetime,
    address: str,
    industry: Industry | None,
    size: str,
    above_scale: bool | None,
    seen: Seen | None = None,
) -> Enterprise:
    """Change the facts that are not its name, code or seat. With ``seen``, what somebody else
    changed meanwhile stays, and Overlap is raised where both changed the same.
    """
    ensure_visible(enterprise, by)
    enterprise = Enterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
    given = {
        "address": address.strip(),
        "industry": industry,
        "size": size,
        "above_scale": above_scale,
    }
    for name, value in merged(facts_of(enterprise), given, seen).items():
        setattr(enterprise, name, value)
    enterprise.save()
    trail(Verb.ENTERPRISE_UPDATE, enterprise, enterprise, by=by, at=at)
    return enterprise


@transaction.atomic
def rename(
    enterprise: Enterprise,
    name: str,
    *,
    document: str,
    by: User,
    at: datetime,
    on: date | None = None,
) -> Enterprise:
    """更名: the register shows the new name, a search by the old one still finds the firm, and
    titles keep the name they were printed with. ``document`` names the registration notice
    (变更登记通知书), ``on`` the day it was changed if not today.
    """
    ensure_visible(enterprise, by)
    tidied = creditcode.tidy_name(name)
    enterprise = Enterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
    ensure_open(enterprise)
    if len(tidied) < 4 or tidied == enterprise.name:
        raise ValidationError({"name": "请填写与现名不同的企业全称"})
    if not document.strip():
        raise ValidationError({"document": "请填写变更登记通知书的名称或文号"})
    old = enterprise.name
    EnterpriseName.objects.create(enterprise=enterprise, name=old, until=on or business_date(at))
    enterprise.name = tidied
    enterprise.save(update_fields=["name"])
    trail(
        Verb.ENTERPRISE_RENAME,
        enterprise,
        enterprise,
        by=by,
        at=at,
        before=old,
        after=tidied,
        document=document,
    )
    return enterprise


@transaction.atomic
def record_veto_event(
    enterprise: Enterprise,
    *,
    kind: str,
    grade: str,
    happened_on: date,
    note: str = "",
    by: User,
    at: datetime,
) -> VetoEvent:
    """Put a dated event on record, declared by the firm itself or entered by its bureau."""
    ensure_visible(enterprise, by)
    if happened_on > business_date(at):
        raise ValidationError({"happened_on": "发生日期不能晚于今天"})
    event = VetoEvent.objects.create(
        enterprise=enterprise,
        kind=kind,
        grade=grade,
        happened_on=happened_on,
        note=note.strip(),
        recorded_by=by,
        recorded_at=at,
    )
    trail(
        Verb.ENTERPRISE_VETO,
        event,
        enterprise,
        by=by,
        at=at,
        kind=kind,
        grade=grade,
        happened_on=str(happened_on),
    )
    return event
