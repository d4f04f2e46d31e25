"""Suspension (暂停) and restoration (恢复) of titles by the office that issued them.

A suspended title stands but is not in force: it meets no prerequisite, cannot be renewed, and is
not counted. Whether it is suspended on a day follows from the dates, so the day it ends by itself
needs no job.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, inbox
from registry.access import OFFICERS, business_date, may_change
from registry.audit import Verb
from registry.models import Event, User
from tiers import telling
from tiers.certification import replay
from tiers.models import Certification, Suspension


@dataclass(frozen=True)
class Terms:
    """What the deciding document says; ``until_on`` is the last suspended day."""

    kind: str
    reason: str
    document_no: str
    from_on: date
    until_on: date | None = None


def may_suspend(title: Certification, user: User, *, on: date) -> bool:
    return _issued_it(title, user) and title.runs_on(on) and title.suspension_on(on) is None


def may_restore(title: Certification, user: User, *, on: date) -> bool:
    return _issued_it(title, user) and standing(title, on=on) is not None


def _issued_it(title: Certification, user: User) -> bool:
    issued_it = user.role in OFFICERS and user.authority_id == title.issuer_id
    return issued_it and may_change(user)


def standing(title: Certification, *, on: date) -> Suspension | None:
    """The suspension that runs, else the next one to come; None where the title has ended."""
    if title.ends_on is not None and title.ends_on <= on:
        return None
    coming = [one for one in title.suspensions.all() if not one.is_over(on)]
    return min(coming, key=lambda one: one.from_on, default=None)


@transaction.atomic
def suspend(title: Certification, terms: Terms, *, by: User, at: datetime) -> Suspension:
    """暂停, from today or a later day. A renewal that has not begun is suspended with it."""
    title = _locked(title, by)
    on = business_date(at)
    _check(title, terms, on)
    renewals = Certification.objects.select_for_update(of=("self",)).filter(
        factory=title.factory_id, tier=title.tier, ending="", valid_from__gt=on
    )
    made = [_write(one, terms, by=by, at=at) for one in (title, *renewals.exclude(pk=title.pk))]
    until = f"至 {terms.until_on:%Y年%-m月%-d日} 止" if terms.until_on else "恢复时间另行通知"
    kind = Suspension.Reason(terms.kind).label
    inbox.send(
        inbox.staff_of(title.factory.enterprise),
        telling.of_title(
            title,
            Event.TITLE_SUSPENDED,
            result=f"自 {terms.from_on:%Y年%-m月%-d日} 起暂停（{kind}），{until}：{terms.reason}",
            next_step="暂停期间不能使用称号，也不能申报更高等级；有异议的联系认定部门",
        ),
        key=f"suspended:{made[0].pk}",
        at=at,
    )
    return made[0]


def _check(title: Certification, terms: Terms, on: date) -> None:
    found = {}
    if terms.kind not in Suspension.Reason.values:
        found["kind"] = "请选择暂停情形"
    if not terms.reason.strip():
        found["reason"] = "请填写暂停原因"
    if not terms.document_no.strip():
        found["document_no"] = "请填写暂停文件的文号"
    if terms.from_on < on:
        found["from_on"] = f"暂停不能早于今天（{on:%Y-%m-%d}），请填今天或以后的日期"
    elif not title.runs_on(terms.from_on):
        found["from_on"] = "这一天认定不在有效期内，不需要暂停"
    if terms.until_on and terms.until_on < terms.from_on:
        found["until_on"] = "截止日期不能早于开始日期"
    ends = terms.until_on + timedelta(days=1) if terms.until_on else None
    for one in title.suspensions.all():
        overlaps = (one.ends_on is None or one.ends_on > terms.from_on) and (
            ends is None or one.from_on < ends
        )
        if overlaps and not one.never_ran:
            end = f"至 {one.last_day:%Y-%m-%d}" if one.last_day else "起"
            found.setdefault("from_on", f"与 {one.from_on:%Y-%m-%d} {end}的暂停重叠，请先恢复")
    if found:
        raise ValidationError(found)


def _write(title: Certification, terms: Terms, *, by: User, at: datetime) -> Suspension:
    one = Suspension.objects.create(
        certification=title,
        kind=terms.kind,
        reason=terms.reason.strip(),
        document_no=terms.document_no.strip(),
        from_on=terms.from_on,
        ends_on=terms.until_on + timedelta(days=1) if terms.until_on else None,
        by=by,
        by_name=str(by),
        at=at,
    )
    _record(Verb.CERTIFICATION_SUSPEND, one, by=by, at=at)
    return one


@transaction.atomic
def restore(
    title: Certification, *, reason: str, document_no: str, by: User, at: datetime
) -> Suspension:
    """恢复 from today: the suspension that runs ends, or the next one does not begin."""
    title = _locked(title, by)
    on = business_date(at)
    found = {}
    if not reason.strip():
        found["reason"] = "请填写恢复原因"
    if not document_no.strip():
        found["document_no"] = "请填写恢复文件的文号"
    if found:
        raise ValidationError(found)
    one = standing(title, on=on)
    if one is None:
        raise ValidationError("这项认定没有在暂停，不需要恢复", code="stale")
    # A renewal was suspended with its title by the same document, and comes back with it.
    together = Suspension.objects.filter(
        certification__factory=title.factory_id,
        certification__tier=title.tier,
        document_no=one.document_no,
        at=one.at,
    )
    for each in together.not_over(on).select_for_update(of=("self",)).order_by("pk"):
        each.ends_on = max(on, each.from_on)
        each.lifted_reason, each.lifted_document_no = reason.strip(), document_no.strip()
        each.lifted_by, each.lifted_at = by, at
        each.save()
        _record(Verb.CERTIFICATION_RESTORE, each, by=by, at=at)
    inbox.send(
        inbox.staff_of(title.factory.enterprise),
        telling.of_title(
            title,
            Event.TITLE_RESTORED,
            result=f"自 {on:%Y年%-m月%-d日} 起恢复有效：{reason.strip()}",
        ),
        key=f"restored:{one.pk}",
        at=at,
    )
    one.refresh_from_db()
    return one


def _locked(title: Certification, by: User) -> Certification:
    if not _issued_it(title, by):
        raise PermissionDenied("只有作出认定的部门能暂停和恢复")
    rows = Certification.objects.select_for_update(of=("self",))
    return rows.select_related("factory__enterprise", "factory__authority").get(pk=title.pk)


def _record(verb: Verb, one: Suspension, *, by: User, at: datetime) -> None:
    title = one.certification
    audit.record(
        verb,
        title,
        by=by,
        at=at,
        path=title.factory.authority.path,
        enterprise_id=title.factory.enterprise_id,
        **replay(title),
        suspension=one.pk,
        suspended_from=str(one.from_on),
        suspended_to=str(one.ends_on or ""),
    )
