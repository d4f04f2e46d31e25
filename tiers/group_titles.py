"""Advanced factories that a central group certifies among its own firms (央企集团认定): entered by
one of its people, confirmed by another, which gives the titles and tells the offices of the place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from assessments import assessment as self_assessment
from assessments.models import Assessment
from registry import audit, digests, inbox, policy, workdays
from registry.access import Role, business_date, may_change
from registry.audit import Verb
from registry.models import Authority, Event, Factory, User
from registry.policy import Tier
from tiers import bans, certification, coverage, eligibility, involvement, telling
from tiers.models import Affiliation, Certification, GroupList, GroupListItem

BASIS = "中央企业集团认定本集团工厂（工信厅联通装函〔2025〕251号）"
STALE = "名单有变化，没有办理，请看过最新内容再办"


@dataclass(frozen=True)
class Line:
    """A factory of the group as the form shows it."""

    factory: Factory
    assessment: Assessment | None
    title: Certification | None


# --- questions ----------------------------------------


def may_handle(user: User) -> bool:
    return user.role == Role.GROUP and may_change(user)


def factories_of(group_id: int | None) -> list[Factory]:
    """Every factory of the firms that the group has confirmed as its own."""
    firms = Affiliation.objects.confirmed().filter(group=group_id).values("enterprise")
    rows = Factory.objects.filter(enterprise__in=firms)
    return list(
        rows.select_related("enterprise", "authority__parent", "division").order_by(
            "enterprise__name", "pk"
        )
    )


def lines(group_id: int | None, on: date) -> list[Line]:
    """Its factories, each with the self-assessment locked last and its advanced title."""
    factories = factories_of(group_id)
    locked = Assessment.objects.filter(factory__in=factories, locked_at__isnull=False)
    latest = {one.factory_id: one for one in locked.order_by("locked_at", "pk")}
    titles = Certification.objects.filter(factory__in=factories, tier=Tier.ADVANCED).running(on)
    held = {one.factory_id: one for one in titles.for_list().select_related("issuer")}
    return [Line(one, latest.get(one.pk), held.get(one.pk)) for one in factories]


def digest(held: GroupList) -> str:
    """Over what the second person confirms; it changes when any of it does."""
    factories = held.items.order_by("factory").values_list("factory", flat=True)
    return digests.of([held.document_no, str(held.dated), list(factories)])


def open_points(line: Line, group: Authority, *, dated: date, on: date) -> Iterator[str]:
    """Why the group cannot certify this factory on that day."""
    province = line.factory.authority.province_code
    try:
        rules = policy.current(province, dated)
    except LookupError:
        yield f"文件日期 {dated:%Y-%m-%d} 早于所在省的规则施行日期"
        return
    firm = line.factory.enterprise_id
    if not rules.central_groups:
        yield f"{rules.province_name}的规则不承认中央企业集团认定的先进级"
    if line.title and line.title.issuer_id != group.pk:
        yield f"已有{line.title.issuer.name}认定的先进级（{line.title.number}），不重复认定"
    elif line.title and (early := _too_early(line.title, rules, dated)):
        yield early
    if ban := bans.of([firm], rules, on=on).get(firm):
        yield bans.sentence(ban, firm)
    yield from (one.message for one in eligibility.vetoes_of([firm], rules, on=on).get(firm, []))
    own = line.assessment
    if own is None or own.standard != rules.standard:
        yield "还没有按现行要素条件完成并锁定自评"
    elif not self_assessment.result(own).tiers[Tier.BASIC].met:
        yield "自评没有达到基础级"


def _too_early(title: Certification, rules: policy.Policy, dated: date) -> str:
    """A group certifies once more when titles of the province could be renewed, else when the
    title has run out.
    """
    if title.last_day is None:
        return f"已有长期有效的先进级（{title.number}），不重复认定"
    renewal = rules.tiers[Tier.ADVANCED].renewal
    opens = workdays.months_later(title.last_day, -renewal.opens_months if renewal else 0)
    if dated >= opens:
        return ""
    held = f"已有先进级（{title.number}）有效至 {title.last_day:%Y-%m-%d}"
    return f"{held}，{opens:%Y-%m-%d} 起的文件才能再次认定"


# --- acts ----------------------------------------


@transaction.atomic
def prepare(
    held: GroupList | None,
    factories: Collection[int],
    *,
    document_no: str,
    dated: date,
    seen: int = 0,
    by: User,
    at: datetime,
) -> GroupList:
    """Put down the document and its factories; colleagues are told. ``seen`` is the version that
    was on the screen.
    """
    if not may_handle(by) or by.authority is None:
        raise PermissionDenied("由中央企业集团的人员登记")
    one = _locked(held, by) if held else GroupList(group=by.authority)
    if not one.is_open or one.version != seen:
        raise ValidationError(STALE, code="stale")
    if not document_no.strip():
        raise ValidationError({"document_no": "请填写认定文号"})
    one.document_no, one.dated = document_no.strip(), dated
    _ensure_fit(one, factories, on=business_date(at))
    one.prepared_by, one.prepared_name, one.prepared_at = by, str(by), at
    one.version += 1
    one.save()
    one.preparers.add(*involvement.people_behind(by))
    one.items.all().delete()
    GroupListItem.objects.bulk_create(
        GroupListItem(group_list=one, factory_id=pk) for pk in sorted(factories)
    )
    _trail(Verb.GROUP_LIST_PREPARE, one, by=by, at=at, factories=len(factories))
    _tell_colleagues(one, by=by, at=at)
    return one


@transaction.atomic
def confirm(held: GroupList, *, seen: str, by: User, at: datetime) -> GroupList:
    """A second person puts his name to what was on the screen, and all of them get their titles."""
    one = _locked(held, by)
    if not one.is_open or digest(one) != seen:
        raise ValidationError(STALE, code="stale")
    if involvement.prepared(one, by):
        raise ValidationError("名单由本人（或所代的人）准备，须由另一人确认", code="same_person")
    items = {item.factory_id: item for item in one.items.all()}
    fit = _ensure_fit(one, items, on=business_date(at))
    one.confirmed_by, one.confirmed_name, one.confirmed_at = by, str(by), at
    one.save()
    for line in fit:
        _certify(one, items[line.factory.pk], line, by=by, at=at)
    _trail(Verb.GROUP_LIST_CONFIRM, one, by=by, at=at, factories=len(items))
    return one


@transaction.atomic
def drop(held: GroupList, *, by: User, at: datetime) -> GroupList:
    """取消: taken back before anybody has confirmed it."""
    one = _locked(held, by)
    if not one.is_open:
        raise ValidationError(STALE, code="stale")
    one.dropped_by, one.dropped_at = by, at
    one.save(update_fields=["dropped_by", "dropped_at"])
    _trail(Verb.GROUP_LIST_DROP, one, by=by, at=at)
    return one


def _locked(held: GroupList, by: User) -> GroupList:
    if not may_handle(by) or by.authority_id != held.group_id:
        raise PermissionDenied("由登记的集团办理")
    rows = GroupList.objects.select_for_update(of=("self",)).select_related("group")
    found: GroupList = rows.get(pk=held.pk)
    return found


def _ensure_fit(one: GroupList, factories: Collection[int], *, on: date) -> list[Line]:
    """The lines of these factories, all of the group's own and without an open point."""
    if one.dated > on:
        raise ValidationError({"dated": "文件日期不能晚于今天"})
    if not factories:
        raise ValidationError("请至少选择一座工厂")
    own = {line.factory.pk: line for line in lines(one.group_id, on)}
    if not set(factories) <= set(own):
        raise ValidationError("名单中有的工厂不属于本集团已确认的企业，请刷新后再选")
    chosen = [own[pk] for pk in sorted(factories)]
    faults = [
        f"{line.factory.enterprise.name}{line.factory.name}：{point}"
        for line in chosen
        for point in open_points(line, one.group, dated=one.dated, on=on)
    ]
    if faults:
        raise ValidationError(faults)
    return chosen


def _certify(
    one: GroupList, item: GroupListItem, line: Line, *, by: User, at: datetime
) -> Certification:
    own = line.assessment
    title = certification.issue(
        line.factory,
        Tier.ADVANCED,
        certification.Grant(
            issuer=one.group,
            document_no=one.document_no,
            valid_from=one.dated,
            source=Certification.Source.GROUP,
            basis=BASIS,
            maturity_level=own.maturity_level if own else None,
            assessed_on=business_date(own.locked_at) if own and own.locked_at else None,
            covers=coverage.of(own, Tier.ADVANCED),
        ),
        by=by,
        at=at,
    )
    item.certification = title
    item.save(update_fields=["certification"])
    _tell(title, one.group, at=at)
    return title


def _tell(title: Certification, group: Authority, *, at: datetime) -> None:
    """The firm, and every office of the place up to the province."""
    words = f"{group.name}认定为先进级智能工厂（{title.document_no}）"
    told = telling.of_title(title, Event.TITLE_ISSUED, result=words)
    inbox.send(inbox.staff_of(title.factory.enterprise), told, key=f"issued:{title.pk}", at=at)
    here: Authority | None = title.factory.authority
    while here is not None:
        noted = telling.of_title(title, Event.DESK_TITLE, result=words)
        inbox.send(inbox.officers_of(here), noted, key=f"group-title:{title.pk}", at=at)
        here = here.parent


def _tell_colleagues(one: GroupList, *, by: User, at: datetime) -> None:
    message = inbox.Message(
        event=Event.DESK_GROUP_LIST,
        matter="集团认定先进级工厂",
        result=f"{one.document_no}：{one.items.count()} 座工厂，待另一人确认",
        next_step="核对文件后确认",
        link=f"/group/lists/{one.pk}/",
    )
    behind = involvement.people_behind(by)
    colleagues = [who for who in inbox.officers_of(one.group) if who.pk not in behind]
    inbox.send(colleagues, message, key=f"group-list:{one.pk}:{one.version}", at=at)


def _trail(verb: Verb, one: GroupList, *, by: User, at: datetime, **data: Any) -> None:
    audit.record(verb, one, by=by, at=at, path=one.group.path, **data)
