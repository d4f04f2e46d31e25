"""Acts on the register of firms: sign up, confirm the person, add and move factories, rename, record honours.

A firm may stand in the register before anybody signs up for it; whoever signs up with its code then *claims*
it and sees nothing of it until its bureau has confirmed him.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction

from registry import audit, creditcode, inbox
from registry.access import OFFICERS, Role, business_date
from registry.audit import Verb
from registry.models import (
    Authority,
    Claim,
    Division,
    Enterprise,
    EnterpriseName,
    Factory,
    Honour,
    Industry,
    User,
    VetoEvent,
)


@dataclass(frozen=True)
class Person:
    """Who signs up: the account he wants and how to reach him."""

    username: str
    password: str
    name: str
    phone: str
    email: str = ""


def ensure_visible(target: models.Model, user: User) -> None:
    """Refuse an act on something outside the user's scope, whatever way he got hold of it."""
    if not type(target)._default_manager.visible_to(user).filter(pk=target.pk).exists():  # type: ignore[attr-defined]
        raise PermissionDenied("这条记录不在本账号的范围内")


def responsible(division: Division | None) -> Authority | None:
    """The authority answering for a place; None outside the provinces that are loaded."""
    return division.authority if division else None


# --- people -----------------------------------------------------------------------------------------------


@transaction.atomic
def sign_up(
    person: Person,
    *,
    credit_code: str,
    name: str,
    seat: Division,
    factory_place: Division | None = None,
    at: datetime,
) -> Claim:
    """Open an account for a firm's person. A firm not yet known is entered in the register; a known one is
    claimed. Either way the bureau confirms the person before he may apply.

    ``factory_place`` says which bureau answers where the seat lies outside the loaded provinces.
    Raises ValidationError, keyed by field, for a wrong code, a taken user name, or a place nobody answers for.
    """
    code = creditcode.clean(credit_code)
    authority = responsible(seat) or responsible(factory_place)
    known = Enterprise.objects.filter(credit_code=code).first()
    if known is None and authority is None:
        raise ValidationError(
            {"factory_place": "注册地不在本平台覆盖的省份，请再选工厂所在地，以确定由哪个部门确认"}
        )
    user = _open_account(
        person, enterprise=None if known else _enter(code, name, seat, authority, at)
    )
    enterprise = known or user.enterprise
    first_factory = enterprise.factories.order_by("pk").first() if known else None
    claim = Claim.objects.create(
        user=user,
        enterprise=enterprise,
        authority=enterprise.authority or (first_factory and first_factory.authority) or authority,
        kind=Claim.Kind.EXISTING if known else Claim.Kind.NEW,
        made_at=at,
    )
    _trail(Verb.CLAIM_MAKE, claim, enterprise, by=user, at=at, kind=claim.kind)
    inbox.send(
        inbox.officers_for(claim.authority),
        f"{enterprise.name}有 1 人等待确认为企业经办人",
        link="/people/",
        key=f"claim:{claim.pk}",
        at=at,
    )
    return claim


def _open_account(person: Person, *, enterprise: Enterprise | None) -> User:
    user = User(
        username=person.username.strip(),
        name=person.name.strip(),
        phone=person.phone.strip(),
        email=person.email.strip(),
        role=Role.ENTERPRISE,
        enterprise=enterprise,
    )
    if User.objects.filter(username__iexact=user.username).exists():
        raise ValidationError({"username": "这个用户名已有人使用，请换一个"})
    try:
        validate_password(person.password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    user.set_password(person.password)
    user.save()
    return user


def _enter(
    code: str, name: str, seat: Division | None, authority: Authority | None, at: datetime
) -> Enterprise:
    tidied = creditcode.tidy_name(name)
    if len(tidied) < 4:
        raise ValidationError({"name": "请按营业执照填写企业全称"})
    return Enterprise.objects.create(
        credit_code=code,
        name=tidied,
        seat=seat,
        authority=responsible(seat) or authority,
        created_at=at,
    )


@transaction.atomic
def confirm(claim: Claim, *, by: User, at: datetime) -> Claim:
    """The bureau has satisfied itself that the person acts for the firm."""
    claim = _pending(claim, by)
    claim.user.enterprise = claim.enterprise
    claim.user.save(update_fields=["enterprise"])
    return _decide(claim, Claim.Status.CONFIRMED, Verb.CLAIM_CONFIRM, by=by, at=at)


@transaction.atomic
def refuse(claim: Claim, *, by: User, at: datetime, reason: str) -> Claim:
    """The person does not act for the firm; he may claim again, and keeps no sight of it."""
    if not reason.strip():
        raise ValidationError({"reason": "请写明不予确认的原因，申请人能看到"})
    claim = _pending(claim, by)
    claim.user.enterprise = None
    claim.user.save(update_fields=["enterprise"])
    claim.reason = reason.strip()
    return _decide(claim, Claim.Status.REFUSED, Verb.CLAIM_REFUSE, by=by, at=at)


def _pending(claim: Claim, by: User) -> Claim:
    if by.role not in OFFICERS:
        raise PermissionDenied("只有主管部门能确认企业经办人")
    ensure_visible(claim, by)
    claim = (
        Claim.objects.select_for_update(of=("self",))
        .select_related("user", "enterprise")
        .get(pk=claim.pk)
    )
    if claim.status != Claim.Status.PENDING:
        raise ValidationError("这位经办人已经办理过了，请刷新列表", code="stale")
    return claim


def _decide(claim: Claim, status: str, verb: Verb, *, by: User, at: datetime) -> Claim:
    claim.status, claim.decided_at, claim.decided_by = status, at, by
    claim.save()
    _trail(verb, claim, claim.enterprise, by=by, at=at)
    text = (
        f"已确认为{claim.enterprise.name}的经办人，可以申报了"
        if status == Claim.Status.CONFIRMED
        else f"未能确认为{claim.enterprise.name}的经办人：{claim.reason}"
    )
    inbox.send([claim.user], text, link="/home/", key=f"claim:{claim.pk}:{status}", at=at)
    return claim


def is_confirmed(user: User) -> bool:
    """Whether the bureau has confirmed that this person acts for his enterprise."""
    return Claim.objects.filter(
        user=user, enterprise=user.enterprise_id, status=Claim.Status.CONFIRMED
    ).exists()


# --- enterprises ------------------------------------------------------------------------------------------


@transaction.atomic
def register(
    *, credit_code: str, name: str, seat: Division, by: User, at: datetime, **details: Any
) -> Enterprise:
    """An officer enters a firm that nobody has signed up for; a code that is known raises ValidationError."""
    if by.role not in OFFICERS:
        raise PermissionDenied("只有主管部门能代为登记企业")
    code = creditcode.clean(credit_code)
    if known := Enterprise.objects.filter(credit_code=code).first():
        raise ValidationError(
            {"credit_code": f"这个代码已登记为“{known.name}”，请直接使用"}, code="known"
        )
    enterprise = _enter(code, name, seat, by.authority, at)
    for field, value in details.items():
        setattr(enterprise, field, value)
    enterprise.save()
    _trail(Verb.ENTERPRISE_REGISTER, enterprise, enterprise, by=by, at=at, credit_code=code)
    return enterprise


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
) -> Enterprise:
    """Change the facts that are not its name, code or seat."""
    ensure_visible(enterprise, by)
    enterprise = Enterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
    enterprise.address = address.strip()
    enterprise.industry, enterprise.size, enterprise.above_scale = industry, size, above_scale
    enterprise.save()
    _trail(Verb.ENTERPRISE_UPDATE, enterprise, enterprise, by=by, at=at)
    return enterprise


@transaction.atomic
def rename(
    enterprise: Enterprise, name: str, *, document: str, by: User, at: datetime
) -> Enterprise:
    """更名: the register shows the new name, a search by the old one still finds the firm, and titles keep the
    name they were printed with. ``document`` names the registration notice (变更登记通知书)."""
    ensure_visible(enterprise, by)
    tidied = creditcode.tidy_name(name)
    enterprise = Enterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
    if len(tidied) < 4 or tidied == enterprise.name:
        raise ValidationError({"name": "请填写与现名不同的企业全称"})
    if not document.strip():
        raise ValidationError({"document": "请填写变更登记通知书的名称或文号"})
    old = enterprise.name
    EnterpriseName.objects.create(enterprise=enterprise, name=old, until=business_date(at))
    enterprise.name = tidied
    enterprise.save(update_fields=["name"])
    _trail(
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
    _trail(
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


@transaction.atomic
def record_honour(
    enterprise: Enterprise,
    *,
    kind: str,
    document_no: str,
    awarded_on: date,
    factory: Factory | None = None,
    note: str = "",
    by: User,
    at: datetime,
) -> Honour:
    """Record a title of an older scheme with the document that gave it. Recording the same one twice is refused."""
    ensure_visible(enterprise, by)
    if not document_no.strip():
        raise ValidationError({"document_no": "请填写授予称号的文号"})
    if awarded_on > business_date(at):
        raise ValidationError({"awarded_on": "授予日期不能晚于今天"})
    honour = Honour(
        enterprise=enterprise,
        factory=factory,
        kind=kind,
        document_no=document_no.strip(),
        awarded_on=awarded_on,
        note=note.strip(),
    )
    same = Honour.objects.filter(
        enterprise=enterprise, factory=factory, kind=kind, document_no=honour.document_no
    )
    if same.exists():
        raise ValidationError({"document_no": "这项称号已登记过"})
    honour.save()
    _trail(
        Verb.HONOUR_RECORD,
        honour,
        enterprise,
        by=by,
        at=at,
        kind=kind,
        document_no=honour.document_no,
    )
    return honour


# --- factories --------------------------------------------------------------------------------------------


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
    """Add a factory. Its authority follows its place; abroad or outside the loaded provinces, the firm's seat."""
    ensure_visible(enterprise, by)
    tidied = creditcode.tidy_name(name)
    if len(tidied) < 2:
        raise ValidationError({"name": "请填写工厂名称"})
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
    _trail(Verb.FACTORY_ADD, factory, enterprise, by=by, at=at, path=factory.authority.path)
    return factory


def _authority_of(division: Division | None, enterprise: Enterprise) -> Authority:
    authority = responsible(division) or enterprise.authority
    if authority is None:
        raise ValidationError(
            {"division": "这个地点没有主管部门，请选本平台覆盖省份内的县（市、区）"}
        )
    return authority


def _still_visible(factory: Factory, by: User) -> None:
    """An officer cannot put a factory where he no longer sees it: that is the other bureau's act."""
    if by.role in OFFICERS and not factory.authority.path.startswith(by.authority_path):
        raise ValidationError({"division": "这个地点不归本部门管辖，请由企业或当地主管部门登记"})


@transaction.atomic
def update_factory(
    factory: Factory,
    *,
    by: User,
    at: datetime,
    address: str,
    industry: Industry | None,
    products: str,
) -> Factory:
    """Change the facts of a factory that are neither its name nor its place."""
    ensure_visible(factory, by)
    factory = Factory.objects.select_for_update(of=("self",)).get(pk=factory.pk)
    factory.address, factory.industry, factory.products = (
        address.strip(),
        industry,
        products.strip(),
    )
    factory.save()
    _trail(
        Verb.FACTORY_UPDATE, factory, factory.enterprise, by=by, at=at, path=factory.authority.path
    )
    return factory


@transaction.atomic
def rename_factory(factory: Factory, name: str, *, by: User, at: datetime) -> Factory:
    """Give a factory another name; titles keep the name they were printed with."""
    ensure_visible(factory, by)
    factory = Factory.objects.select_for_update(of=("self",)).get(pk=factory.pk)
    tidied = creditcode.tidy_name(name)
    if len(tidied) < 2 or tidied == factory.name:
        raise ValidationError({"name": "请填写与现名不同的工厂名称"})
    if factory.enterprise.factories.filter(name=tidied).exists():
        raise ValidationError({"name": "这家企业已登记过同名工厂，请换一个能区分的名称"})
    before, factory.name = factory.name, tidied
    factory.save(update_fields=["name"])
    _trail(
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
    factory: Factory, division: Division, *, address: str, by: User, at: datetime
) -> Factory:
    """搬迁: the factory's place and with it the authority that answers for it. Both bureaus are told."""
    ensure_visible(factory, by)
    factory = Factory.objects.select_for_update(of=("self",)).get(pk=factory.pk)
    before = factory.authority
    factory.division, factory.address = division, address.strip()
    factory.authority = _authority_of(division, factory.enterprise)
    _still_visible(factory, by)
    factory.save()
    _trail(
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
        told = inbox.officers_for(before) + inbox.officers_for(factory.authority)
        inbox.send(
            told,
            f"{factory.name}迁址，主管部门由{before.short_name}变为{factory.authority.short_name}",
            at=at,
        )
    return factory


def _trail(
    verb: Verb,
    target: models.Model,
    enterprise: Enterprise,
    *,
    by: User,
    at: datetime,
    path: str = "",
    **data: Any,
) -> None:
    path = path or (enterprise.authority.path if enterprise.authority else "")
    # A claim's own text names the person; the trail shows the firm instead, so that no personal data enters it.
    name = enterprise.name if isinstance(target, Claim | Honour | VetoEvent) else ""
    audit.record(
        verb, target, by=by, at=at, name=name, path=path, enterprise_id=enterprise.pk, **data
    )
