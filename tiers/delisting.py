"""Titles that the ministries or a central group have given, ended by their document (国家、集团文件
终止认定): entered by one officer of the province with its file, confirmed by a second person. The
issuer has heard the firm; here his decision is recorded, told and shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import Q

from assessments import assessment as self_assessment
from registry import audit, digests, inbox, policy
from registry.access import Role, business_date, may_change
from registry.audit import Verb
from registry.models import Authority, Event, User
from tiers import bans, endings, involvement, telling
from tiers.models import Certification, CertificationQuerySet, Delisting, DelistingItem

LAPSED = DelistingItem.LAPSED
LAPSED_NAME = "期满或复核后不再保留"
STALE = "内容有变化，没有办理，请看过最新内容再办"
Ending = Certification.Ending


@dataclass(frozen=True)
class Document:
    """The ministries' document, and the day from which the titles are over by it."""

    document_name: str
    document_no: str
    dated: date
    ends_on: date


@dataclass(frozen=True)
class Word:
    """What the document says of one title; without a ground it does not name it."""

    ground: str = ""
    reason: str = ""


# --- questions ----------------------------------------


def may_handle(user: User) -> bool:
    """An officer of a province, who enters what the ministries decided of his factories."""
    return user.role == Role.PROVINCE and may_change(user)


def endable(user: User, on: date) -> CertificationQuerySet:
    """Titles given elsewhere that are not over, of the officer's province."""
    open_ends = Q(ends_on__isnull=True) | Q(ends_on__gt=on)
    return Certification.objects.visible_to(user).filter(
        open_ends, issuer__kind__in=endings.ELSEWHERE, ending__in=("", Ending.SUPERSEDED)
    )


def may_end(title: Certification, user: User, *, on: date) -> bool:
    elsewhere = title.issuer.kind in endings.ELSEWHERE
    return elsewhere and may_handle(user) and not endings.is_over(title, on)


def grounds(office: Authority, on: date) -> dict[str, str]:
    """Each ground with its words: the profile's, and that the ministries keep it no longer."""
    own = policy.current(office.province_code, on).revoking_grounds
    return {**{one.code: one.name for one in own}, LAPSED: LAPSED_NAME}


def digest(held: Delisting) -> str:
    """Over what the second person confirms; it changes when any of it does."""
    head = [held.document_name, held.document_no, str(held.dated), str(held.ends_on), held.sha256]
    rows = held.items.order_by("certification").values_list("certification", "ground", "reason")
    return digests.of([head, [list(row) for row in rows]])


# --- acts ----------------------------------------


@transaction.atomic
def prepare(
    held: Delisting | None,
    document: Document,
    words: Mapping[int, Word],
    *,
    upload: File | None = None,
    seen: int = 0,
    by: User,
    at: datetime,
) -> Delisting:
    """Put down the document and whom it names; ``words`` are by id of the title. Colleagues are
    told. ``seen`` is the version that was on the screen.
    """
    if not may_handle(by) or by.authority is None:
        raise PermissionDenied("国家、集团文件终止认定由省级主管部门登记")
    on = business_date(at)
    one = _locked(held, by) if held else Delisting(authority=by.authority)
    if not one.is_open or one.version != seen:
        raise ValidationError(STALE, code="stale")
    named = {pk: word for pk, word in words.items() if word.ground}
    _ensure_whole(one, document, named, upload, by=by, on=on)
    _fill(one, document, upload)
    one.prepared_by, one.prepared_name, one.prepared_at = by, str(by), at
    one.version += 1
    one.save()
    one.preparers.add(*involvement.people_behind(by))
    one.items.all().delete()
    labels = grounds(one.authority, on)
    DelistingItem.objects.bulk_create(
        DelistingItem(
            delisting=one,
            certification_id=pk,
            ground=word.ground,
            ground_name=labels[word.ground],
            reason=word.reason.strip(),
        )
        for pk, word in named.items()
    )
    _trail(Verb.DELISTING_PREPARE, one, by=by, at=at, titles=len(named), version=one.version)
    _tell_colleagues(one, by=by, at=at)
    return one


@transaction.atomic
def confirm(held: Delisting, *, seen: str, by: User, at: datetime) -> Delisting:
    """A second person puts his name to what was on the screen, and the titles end: all or none."""
    one = _locked(held, by)
    if not one.is_open or digest(one) != seen:
        raise ValidationError(STALE, code="stale")
    if involvement.prepared(one, by):
        raise ValidationError("由本人（或所代的人）登记，须由另一人确认", code="same_person")
    if max(one.dated, one.ends_on) > business_date(at):
        day = max(one.dated, one.ends_on)
        raise ValidationError(f"文件日期或终止日期是 {day:%Y-%m-%d}，到那一天才能确认")
    rules = policy.current(one.authority.province_code, business_date(at))
    one.policy = rules.code
    one.confirmed_by, one.confirmed_name, one.confirmed_at = by, str(by), at
    one.save()
    items = one.items.select_related(
        "certification__factory__enterprise",
        "certification__factory__authority__parent",
        "certification__issuer",
    )
    for item in items.order_by("pk"):
        _carry_out(one, item, rules, by=by, at=at)
    _trail(Verb.DELISTING_CONFIRM, one, by=by, at=at, titles=len(items))
    return one


@transaction.atomic
def drop(held: Delisting, *, by: User, at: datetime) -> Delisting:
    """取消登记: what was entered by mistake is taken back before anybody has confirmed it."""
    one = _locked(held, by)
    if not one.is_open:
        raise ValidationError(STALE, code="stale")
    one.dropped_by, one.dropped_at = by, at
    one.save(update_fields=["dropped_by", "dropped_at"])
    _trail(Verb.DELISTING_DROP, one, by=by, at=at)
    return one


def _locked(held: Delisting, by: User) -> Delisting:
    if not may_handle(by) or by.authority_id != held.authority_id:
        raise PermissionDenied("由登记的部门办理")
    rows = Delisting.objects.select_for_update(of=("self",)).select_related("authority")
    found: Delisting = rows.get(pk=held.pk)
    return found


def _ensure_whole(
    one: Delisting,
    document: Document,
    named: Mapping[int, Word],
    upload: File | None,
    *,
    by: User,
    on: date,
) -> None:
    found: dict[str, str] = {}
    if not document.document_name.strip():
        found["document_name"] = "请填写文件名称"
    if not document.document_no.strip():
        found["document_no"] = "请填写文号"
    if not upload and not one.file:
        found["upload"] = "请上传文件"
    if found:
        raise ValidationError(found)
    faults = [] if named else ["请至少为一座工厂选择情形"]
    titles = {title.pk: title for title in endable(by, on).select_related("factory")}
    labels = grounds(one.authority, on)
    for pk, word in named.items():
        title = titles.get(pk)
        if title is None:
            faults.append("名单中有的认定已不在有效期内，请刷新后再填")
        elif word.ground not in labels:
            faults.append(f"{title.factory.name}：请从列出的情形中选择")
        elif document.ends_on < title.valid_from:
            faults.append(
                f"{title.factory.name}：终止日期不能早于认定日期 {title.valid_from:%Y-%m-%d}"
            )
    if faults:
        raise ValidationError(list(dict.fromkeys(faults)))


def _fill(one: Delisting, document: Document, upload: File | None) -> None:
    one.document_name = document.document_name.strip()
    one.document_no = document.document_no.strip()
    one.dated, one.ends_on = document.dated, document.ends_on
    if upload:
        seen = self_assessment.vetted(upload, upload.name or "")
        one.name, one.size = seen.name, seen.size
        one.content_type, one.sha256 = seen.content_type, seen.sha256
        one.file.save("", upload, save=False)


def _carry_out(
    one: Delisting, item: DelistingItem, rules: policy.Policy, *, by: User, at: datetime
) -> None:
    title, on = item.certification, one.ends_on
    lapsed = item.ground == LAPSED
    because = f"{item.ground_name}：{item.reason}" if item.reason else item.ground_name
    endings.end_by_document(
        title,
        Ending.EXPIRED if lapsed else Ending.REVOKED,
        because=f"{because}（《{one.document_name}》）",
        document_no=one.document_no,
        on=on,
        by=by,
        at=at,
    )
    if not lapsed:
        issuer, tier = title.issuer.short_name, title.get_tier_display()
        words = f"被{issuer}撤销{tier}认定（{item.ground_name}）"
        cause = bans.Cause(item.ground, words, one.document_no, certification=title)
        bans.put(title.factory.enterprise, rules, cause, from_on=on, by=by, at=at)
    message = telling.of_title(
        title,
        Event.TITLE_REVOKED,
        result=f"认定部门文件（{one.document_no}）{'终止' if lapsed else '撤销'}：{because}",
        next_step="查看文件和终止日期",
        link=f"/delistings/{one.pk}/",
    )
    firm, key = inbox.staff_of(title.factory.enterprise), f"delisted:{item.pk}"
    inbox.send(firm, message, key=key, at=at)
    offices = _offices_below(title.factory.authority, one.authority)
    inbox.send(offices, replace(message, event=Event.DESK_TITLE), key=key, at=at)


def _offices_below(place: Authority, top: Authority) -> list[User]:
    """The officers of the factory's offices, up to the province that has entered it."""
    found, here = [], place
    while here.pk != top.pk and here.parent is not None:
        found += inbox.officers_of(here)
        here = here.parent
    return found


def _tell_colleagues(one: Delisting, *, by: User, at: datetime) -> None:
    message = inbox.Message(
        event=Event.DESK_DELISTING,
        matter="国家、集团文件终止认定",
        result=f"{one.document_no}：已登记 {one.items.count()} 座工厂，待另一人确认",
        next_step="核对文件后确认",
        link=f"/delistings/{one.pk}/",
    )
    behind = involvement.people_behind(by)
    colleagues = [who for who in inbox.officers_of(one.authority) if who.pk not in behind]
    inbox.send(colleagues, message, key=f"delisting:{one.pk}:{one.version}", at=at)


def _trail(verb: Verb, one: Delisting, *, by: User, at: datetime, **data: Any) -> None:
    audit.record(verb, one, by=by, at=at, path=one.authority.path, **data)
