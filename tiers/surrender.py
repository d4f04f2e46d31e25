"""A title given up (主动放弃): declared by the firm's manager, confirmed by the issuing office."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, inbox, policy
from registry.access import OFFICERS, Role, Seat, business_date, may_change
from registry.audit import Verb
from registry.models import Event, User
from tiers import bans, endings
from tiers.models import Certification, Revocation, Surrender


def may_declare(title: Certification, user: User, *, on: date) -> bool:
    """Whether this person may give the title up that day; one of the ministries he cannot here."""
    waiting = Surrender.objects.waiting().filter(certification=title).exists()
    here = title.issuer.kind in OFFICERS and not endings.is_over(title, on)
    return here and not waiting and _speaks_for_firm(title, user)


def _speaks_for_firm(title: Certification, user: User) -> bool:
    own = user.role == Role.ENTERPRISE and user.enterprise_id == title.factory.enterprise_id
    return own and user.seat == Seat.MANAGER and may_change(user)


def may_take_back(surrender: Surrender, user: User) -> bool:
    return _speaks_for_firm(surrender.certification, user)


def may_confirm(title: Certification, user: User) -> bool:
    return user.role in OFFICERS and user.authority_id == title.issuer_id and may_change(user)


@transaction.atomic
def declare(
    title: Certification, *, reason: str, declared: bool, by: User, at: datetime
) -> Surrender:
    """The firm says that it gives the title up; it stands until the office has confirmed."""
    title = _locked(title)
    if not _speaks_for_firm(title, by):
        raise PermissionDenied("放弃认定由企业管理员声明")
    found = {}
    if not reason.strip():
        found["reason"] = "请填写放弃原因"
    if not declared:
        found["declared"] = "请勾选声明"
    if found:
        raise ValidationError(found)
    if not may_declare(title, by, on=business_date(at)):
        raise ValidationError("这项认定已不在有效期内，或已声明放弃，请刷新后再看", code="stale")
    one = Surrender.objects.create(
        certification=title, reason=reason.strip(), by=by, by_name=str(by), at=at
    )
    _record(Verb.SURRENDER_DECLARE, one, by=by, at=at)
    message = inbox.Message(
        event=Event.DESK_REVOCATION,
        matter=f"{title.printed_factory}的{title.get_tier_display()}认定",
        result="企业声明主动放弃",
        next_step="核对后确认，确认当天认定终止",
        link=f"/titles/{title.pk}/",
    )
    inbox.send(inbox.officers_of(title.issuer), message, key=f"surrender:{one.pk}", at=at)
    return one


@transaction.atomic
def take_back(surrender: Surrender, *, by: User, at: datetime) -> Surrender:
    """撤回放弃声明, until it has been confirmed."""
    title = _locked(surrender.certification)
    if not _speaks_for_firm(title, by):
        raise PermissionDenied("放弃声明由企业管理员撤回")
    one = _waiting(surrender)
    one.taken_back_at = at
    one.save()
    _record(Verb.SURRENDER_TAKE_BACK, one, by=by, at=at)
    return one


@transaction.atomic
def confirm(surrender: Surrender, *, by: User, at: datetime) -> Surrender:
    """确认放弃: the title ends today; not while its revocation is under way."""
    title = _locked(surrender.certification)
    if not may_confirm(title, by):
        raise PermissionDenied("放弃由作出认定的部门确认")
    one = _waiting(surrender)
    if Revocation.objects.open().filter(certification=title).exists():
        raise ValidationError("这项认定的撤销程序正在进行，作出决定后才能确认放弃")
    on = business_date(at)
    endings.surrender(title, reason=one.reason, by=by, at=at)
    one.confirmed_by, one.confirmed_at = by, at
    one.save()
    _record(Verb.SURRENDER_CONFIRM, one, by=by, at=at)
    rules = policy.current(title.issuer.province_code, on)
    words = f"主动放弃{title.get_tier_display()}认定"
    cause = bans.Cause(policy.OWN_REQUEST, words, "", certification=title)
    bans.put(title.factory.enterprise, rules, cause, from_on=on, by=by, at=at)
    return one


def _waiting(surrender: Surrender) -> Surrender:
    found: Surrender | None = (
        Surrender.objects.waiting().select_for_update(of=("self",)).filter(pk=surrender.pk).first()
    )
    if found is None:
        raise ValidationError("这份放弃声明已确认或撤回，请刷新后再看", code="stale")
    return found


def _locked(title: Certification) -> Certification:
    rows = Certification.objects.select_for_update(of=("self",))
    found: Certification = rows.select_related(
        "factory__enterprise", "factory__authority", "issuer"
    ).get(pk=title.pk)
    return found


def banned_until(title: Certification, on: date) -> date | None:
    """The last day of the ban that giving the title up would bring; None where it brings none."""
    rules = policy.current(title.issuer.province_code, on)
    return bans.until(rules, policy.OWN_REQUEST, on)


def _record(verb: Verb, one: Surrender, *, by: User, at: datetime) -> None:
    title = one.certification
    audit.record(
        verb,
        one,
        by=by,
        at=at,
        path=title.issuer.path,
        enterprise_id=title.factory.enterprise_id,
        certification=title.pk,
    )
