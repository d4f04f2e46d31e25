"""Firms and factories entered, and taken out again, in sets: what an office sends as a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction

from registry import audit, bulk, creditcode
from registry.access import OFFICERS
from registry.audit import Verb
from registry.enterprises.scope import ensure_open
from registry.intake import parts
from registry.models import Division, Enterprise, Factory, Industry, User


@dataclass(frozen=True)
class Firm:
    """A firm as a list names it; code and name are tidied."""

    code: str
    name: str
    seat: Division
    industry: Industry | None = None
    address: str = ""
    size: str = ""
    above_scale: bool | None = None


@dataclass(frozen=True)
class Site:
    """A factory as a list names it; the authority of its division is known."""

    enterprise: Enterprise
    name: str
    division: Division
    industry: Industry | None = None
    address: str = ""
    products: str = ""


@transaction.atomic
def register_all(
    firms: Sequence[Firm], *, by: User, at: datetime, **data: Any
) -> dict[str, Enterprise]:
    """Enter firms that nobody has signed up for, all or none; by their codes. Their factories come
    with them in the same act, so that the officer sees what he has entered.
    """
    if by.role not in OFFICERS:
        raise PermissionDenied("只有主管部门能代为登记企业")
    if any(len(firm.name) < 4 for firm in firms):
        raise ValidationError("请按营业执照填写企业全称")
    try:
        with transaction.atomic():
            entered = [
                Enterprise(
                    credit_code=firm.code,
                    name=firm.name,
                    seat=firm.seat,
                    authority=firm.seat.authority or by.authority,
                    industry=firm.industry,
                    address=firm.address,
                    size=firm.size,
                    above_scale=firm.above_scale,
                    created_at=at,
                )
                for firm in firms
            ]
            bulk.write_keyed(entered)
    except IntegrityError as taken:
        raise ValidationError("清单里有企业刚刚由别人登记，请重新核对", code="stale") from taken
    audit.record_many(
        audit.event(
            Verb.ENTERPRISE_REGISTER,
            one,
            by=by,
            at=at,
            path=one.authority.path if one.authority else "",
            enterprise_id=one.pk,
            credit_code=one.credit_code,
            **data,
        )
        for one in entered
    )
    return {one.credit_code: one for one in entered}


@transaction.atomic
def enter_factories(sites: Sequence[Site], *, by: User, at: datetime, **data: Any) -> list[Factory]:
    """Enter factories of an office's own area, all or none; in the order given."""
    _hold({site.enterprise.pk for site in sites})
    for site in sites:
        ensure_open(site.enterprise)
        office = site.division.authority
        if office is None or not office.path.startswith(by.authority_path):
            raise ValidationError(f"{site.division.name}不归本部门管辖，请由当地主管部门登记")
        if creditcode.tidy_name(site.name) != site.name or len(site.name) < 2:
            raise ValidationError("请填写工厂名称")
    try:
        with transaction.atomic():
            entered = [
                Factory(
                    enterprise=site.enterprise,
                    name=site.name,
                    division=site.division,
                    authority=site.division.authority,
                    industry=site.industry or site.enterprise.industry,
                    address=site.address,
                    products=site.products,
                    created_at=at,
                )
                for site in sites
            ]
            bulk.write_keyed(entered)
    except IntegrityError as taken:
        raise ValidationError("清单里有工厂刚刚由别人登记，请重新核对", code="stale") from taken
    audit.record_many(
        audit.event(
            Verb.FACTORY_ADD,
            one,
            by=by,
            at=at,
            path=one.authority.path,
            enterprise_id=one.enterprise_id,
            **data,
        )
        for one in entered
    )
    return entered


def _hold(enterprises: Iterable[int]) -> None:
    """Each firm's row until the act is done, always in one order."""
    for part in parts(sorted(enterprises)):
        rows = Enterprise.objects.select_for_update(of=("self",)).filter(pk__in=part)
        list(rows.order_by("pk").values_list("pk"))


def withdraw_factories(keys: Iterable[int], *, by: User, at: datetime, **data: Any) -> None:
    """Take factories out on which nothing rests: the caller has seen to it."""
    rows = Factory.objects.select_related("authority")
    _withdraw(rows, Verb.FACTORY_WITHDRAW, sorted(keys), by, at, data)


def withdraw_firms(keys: Iterable[int], *, by: User, at: datetime, **data: Any) -> None:
    rows = Enterprise.objects.select_related("authority")
    _withdraw(rows, Verb.ENTERPRISE_WITHDRAW, sorted(keys), by, at, data)


@transaction.atomic
def _withdraw(
    rows: models.QuerySet[Any],
    verb: Verb,
    keys: list[int],
    by: User,
    at: datetime,
    data: dict[str, Any],
) -> None:
    for part in parts(keys):
        found = list(rows.filter(pk__in=part))
        audit.record_many(
            audit.event(
                verb,
                one,
                by=by,
                at=at,
                path=one.authority.path if one.authority else "",
                enterprise_id=one.pk if isinstance(one, Enterprise) else one.enterprise_id,
                **data,
            )
            for one in found
        )
        try:
            rows.model._default_manager.filter(pk__in=part).delete()
        except (models.ProtectedError, models.RestrictedError) as held:
            raise ValidationError("登记的企业或工厂已有其他记录，不能撤销") from held
