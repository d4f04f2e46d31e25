"""Which central state-owned group a firm belongs to (所属中央企业集团): said by the firm's manager,
confirmed by the group, and ended by either.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, enterprises, inbox
from registry.access import Role, may_change
from registry.audit import Verb
from registry.models import Authority, Enterprise, Event, User
from tiers.models import Affiliation

Status = Affiliation.Status
STALE = "已由他人办理，请刷新后再看"


# --- questions ----------------------------------------


def standing_of(firm: Enterprise) -> Affiliation | None:
    """What the firm has said and what stands of it."""
    rows = Affiliation.objects.standing().filter(enterprise=firm)
    return rows.select_related("group").first()


def may_answer(user: User) -> bool:
    return user.role == Role.GROUP and may_change(user)


# --- acts ----------------------------------------


@transaction.atomic
def declare(firm: Enterprise, group: Authority, *, by: User, at: datetime) -> Affiliation:
    """The firm says that it belongs to a group, whose people answer."""
    if by.enterprise_id != firm.pk or not enterprises.may_manage(by):
        raise PermissionDenied("所属集团由企业管理员声明")
    if group.kind != Authority.Kind.GROUP:
        raise ValidationError({"group": "请从列出的集团中选择"})
    Enterprise.objects.select_for_update(of=("self",)).get(pk=firm.pk)
    if standing_of(firm):
        raise ValidationError("已声明所属集团，要更换的请先解除", code="stale")
    one = Affiliation.objects.create(
        enterprise=firm, group=group, declared_by=by, declared_name=str(by), declared_at=at
    )
    _trail(Verb.AFFILIATION_DECLARE, one, by=by, at=at)
    message = inbox.Message(
        event=Event.DESK_AFFILIATION,
        matter=firm.name,
        result="声明属于本集团，待确认",
        next_step="核对后确认，或说明原因不予确认",
        link="/group/",
    )
    inbox.send(inbox.officers_of(group), message, key=f"affiliation:{one.pk}", at=at)
    return one


@transaction.atomic
def answer(
    one: Affiliation, *, confirmed: bool, reason: str = "", by: User, at: datetime
) -> Affiliation:
    """The group's answer; a refusal says why."""
    one = _locked(one, by)
    if one.status != Status.WAITING:
        raise ValidationError(STALE, code="stale")
    if not confirmed and not reason.strip():
        raise ValidationError("请写明不予确认的原因，企业能看到")
    one.status = Status.CONFIRMED if confirmed else Status.REFUSED
    _settle(one, Verb.AFFILIATION_ANSWER, reason, by=by, at=at)
    return one


@transaction.atomic
def end(one: Affiliation, *, reason: str = "", by: User, at: datetime) -> Affiliation:
    """解除, by either side; titles that were given stay."""
    one = _locked(one, by)
    if one.status not in (Status.WAITING, Status.CONFIRMED):
        raise ValidationError(STALE, code="stale")
    one.status = Status.ENDED
    _settle(one, Verb.AFFILIATION_END, reason, by=by, at=at)
    return one


def _locked(one: Affiliation, by: User) -> Affiliation:
    """The row under its lock, for the group and the firm's manager."""
    rows = Affiliation.objects.select_for_update(of=("self",)).select_related("enterprise", "group")
    found: Affiliation = rows.get(pk=one.pk)
    own_firm = by.enterprise_id == found.enterprise_id and enterprises.may_manage(by)
    own_group = may_answer(by) and by.authority_id == found.group_id
    if not own_firm and not own_group:
        raise PermissionDenied("所属集团由本企业管理员和该集团办理")
    return found


def _settle(one: Affiliation, verb: Verb, reason: str, *, by: User, at: datetime) -> None:
    one.answered_by, one.answered_at, one.reason = by, at, reason.strip()[:200]
    one.save()
    _trail(verb, one, by=by, at=at)
    if by.role != Role.GROUP:
        return
    message = inbox.Message(
        event=Event.FIRM_AFFILIATION,
        matter=f"所属集团：{one.group.name}",
        result=one.get_status_display() + (f"：{one.reason}" if one.reason else ""),
        link="/affiliation/",
    )
    key = f"affiliation:{one.pk}:{one.status}"
    inbox.send(inbox.staff_of(one.enterprise), message, key=key, at=at)


def _trail(verb: Verb, one: Affiliation, *, by: User, at: datetime) -> None:
    audit.record(
        verb,
        one,
        by=by,
        at=at,
        path=one.enterprise.authority.path if one.enterprise.authority else "",
        enterprise_id=one.enterprise_id,
        group=one.group_id,
        status=one.status,
    )
