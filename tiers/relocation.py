"""搬迁: a factory goes to another place with all that hangs on it.

A case that is open must not go on in the round of a place the factory has left: what stands in the
way is named before anything changes. The authority follows the place; titles do what the rules of
the province say, within it and out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, enterprises, inbox, policy
from registry.access import OFFICERS, Role, business_date, may_change
from registry.audit import Verb
from registry.models import Authority, Division, Event, Factory, User
from tiers import chain, endings
from tiers.models import Application, Certification, MoveCheck

Status = Application.Status
STALE = "stale"


@dataclass(frozen=True)
class Move:
    """Where a factory goes, from which day, and what proves it."""

    division: Division
    on: date
    address: str = ""
    document: str = ""


# --- questions ----------------------------------------


def leaves_province(factory: Factory, division: Division) -> bool:
    """Whether the place lies outside the province whose offices answer for the factory now."""
    there = enterprises.responsible(division)
    return there is None or there.province_code != factory.authority.province_code


def obstacles(factory: Factory, division: Division) -> list[str]:
    """Open cases that a move there would tear from their round or desk, in words for the firm.

    A draft is no obstacle: it is begun again in a round of the new place.
    """
    there = enterprises.responsible(division)
    cases = Application.objects.open().filter(factory=factory).exclude(status=Status.DRAFT)
    return [
        f"{case.get_tier_display()}申报 {case.number} {_whereabouts(case)}，"
        "搬迁后不能在原批次继续：请先撤回，或等办结后再办理搬迁"
        for case in cases.select_related("round__authority", "factory__authority__parent__parent")
        if there is None or not _goes_along(case, there)
    ]


def _whereabouts(case: Application) -> str:
    if case.status == Status.RETURNED:
        return "正在补正"
    step = chain.current_step(case)
    return f"正在{step.label}" if step else "正在办理"


def _goes_along(case: Application, there: Authority) -> bool:
    """A case goes on where its round takes the new place too, and the office that has it, or that
    has put it forward, stays the same.
    """
    offices = {one.pk for one in _chain(there)}
    if case.round.authority_id not in offices:
        return False
    if case.step_level == Role.PROVINCE:
        return True
    said = case.decisions.exclude(authority=None).values_list("authority", flat=True)
    at = chain.handling_authority(case)
    return {*said, *([at.pk] if at else [])} <= offices


def _chain(authority: Authority | None) -> list[Authority]:
    found = []
    while authority is not None:
        found.append(authority)
        authority = authority.parent
    return found


def may_check(check: MoveCheck, user: User) -> bool:
    """Whether this person may put down what was found: of the office, or of one above it."""
    return (
        check.checked_at is None
        and user.role in OFFICERS
        and check.authority.path.startswith(user.authority_path)
        and may_change(user)
    )


# --- acts ----------------------------------------


@transaction.atomic
def relocate(factory: Factory, move: Move, *, by: User, at: datetime) -> Factory:
    """Move a factory, or say which case stands in the way. Titles that it holds end, stay, or wait
    to be looked at again by the new bureau.
    """
    enterprises.ensure_visible(factory, by)
    factory = (
        Factory.objects.select_for_update(of=("self",))
        .select_related("authority", "enterprise__authority", "division")
        .get(pk=factory.pk)
    )
    today, before = business_date(at), factory.authority
    titles = Certification.objects.filter(factory=factory).running(today)
    if by.role not in OFFICERS and factory.certifications.exists():
        raise PermissionDenied("有过称号的工厂，搬迁由主管部门确认")
    _check(factory, move, today, titled=titles.exists())
    out = leaves_province(factory, move.division)
    rules = policy.current(before.province_code, today).relocation
    factory = enterprises.move_factory(
        factory, move.division, address=move.address, by=by, at=at, on=move.on
    )
    if out:
        if rules.out == "ends":
            endings.end_moved_out(factory, document_no=move.document.strip(), by=by, at=at)
        _close_checks(factory, by=by, at=at)
    elif rules.within == "recheck" and titles.exists():
        _ask_for_check(factory, move, before, at=at)
    return factory


def _check(factory: Factory, move: Move, today: date, *, titled: bool) -> None:
    if (move.division, move.address.strip()) == (factory.division, factory.address):
        raise ValidationError({"division": "这就是工厂现在的地点和地址，请填写搬迁后的"})
    if move.on > today:
        raise ValidationError({"on": "搬迁日期不能晚于今天，请在搬迁完成后办理"})
    if titled and not move.document.strip():
        raise ValidationError({"document": "工厂有称号，请填写证明搬迁的文件名称或文号"})
    if found := obstacles(factory, move.division):
        raise ValidationError(found)


def _close_checks(factory: Factory, *, by: User, at: datetime) -> None:
    """There is nothing left here to look at."""
    MoveCheck.objects.filter(factory=factory).waiting().update(
        kept=False, finding="复核前工厂又迁出本省", by=by, by_name=str(by), checked_at=at
    )


def _ask_for_check(factory: Factory, move: Move, before: Authority, *, at: datetime) -> None:
    check = MoveCheck.objects.filter(factory=factory).waiting().first() or MoveCheck(
        factory=factory, before=before
    )
    check.authority, check.moved_on, check.at = factory.authority, move.on, at
    check.document = move.document.strip()
    check.save()
    message = inbox.Message(
        event=Event.DESK_MOVE_CHECK,
        matter=f"{factory.name}搬迁后复核",
        result=f"工厂有称号，自 {move.on:%Y年%-m月%-d日} 起迁入本辖区",
        next_step="到新址核实是否仍符合认定条件，登记复核意见",
        link=f"/moves/{check.pk}/",
    )
    told = inbox.officers_for(factory.authority)
    inbox.send(told, message, key=f"move-check:{check.pk}:{at.isoformat()}", at=at)


@transaction.atomic
def record_check(
    check: MoveCheck, *, kept: bool, finding: str, by: User, at: datetime
) -> MoveCheck:
    """登记复核意见: the titles are kept, or the offices that issued them are told why not."""
    check = (
        MoveCheck.objects.select_for_update(of=("self",))
        .select_related("factory__enterprise", "factory__authority", "authority")
        .get(pk=check.pk)
    )
    if check.checked_at is not None:
        raise ValidationError("复核意见已经登记过了，请刷新后再看", code=STALE)
    if not may_check(check, by):
        raise PermissionDenied("由迁入地主管部门登记复核意见")
    if not finding.strip():
        raise ValidationError({"finding": "请写明核实的情况和理由，企业能看到"})
    check.kept, check.finding = kept, finding.strip()
    check.by, check.by_name, check.checked_at = by, str(by), at
    check.save()
    factory = check.factory
    audit.record(
        Verb.MOVE_CHECK,
        check,
        by=by,
        at=at,
        path=factory.authority.path,
        enterprise_id=factory.enterprise_id,
        kept=kept,
    )
    _tell_finding(check, at)
    return check


def _tell_finding(check: MoveCheck, at: datetime) -> None:
    factory = check.factory
    message = inbox.Message(
        event=Event.TITLE_MOVE_CHECKED,
        matter=f"{factory.name}搬迁后复核",
        result=f"称号保留：{check.finding}" if check.kept else f"不再符合：{check.finding}",
        next_step="" if check.kept else "由作出认定的部门决定暂停或撤销，有异议的请联系复核部门",
        link=f"/moves/{check.pk}/",
    )
    told = inbox.staff_of(factory.enterprise)
    if not check.kept:
        titles = Certification.objects.filter(factory=factory).running(business_date(at))
        issuers = Authority.objects.filter(pk__in=titles.values("issuer"))
        told += [one for office in issuers for one in inbox.officers_for(office)]
    inbox.send(told, message, key=f"move-checked:{check.pk}", at=at)
