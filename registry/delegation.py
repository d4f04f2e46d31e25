"""Acting in an absent officer's place (代为办理): given for some days, taken up, laid down.

Whoever has taken a delegation up acts with the giver's role and office and as himself: scope and
actions follow from the first, and every trace names both. That lives for one request on the person
in memory and is never saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q

from registry import audit, inbox
from registry.access import OFFICERS, Duty, Seat, business_date
from registry.audit import Verb
from registry.models import Authority, Delegation, Event, User
from registry.policy import Tier

SESSION_KEY = "delegation"
LONGEST = 60  # days, both ends counted
NO_CHAIN = "正在代他人办理，不能再委托。请先退出代办"


@dataclass(frozen=True)
class Terms:
    """What is asked of whom, from when until when."""

    stand_in: User
    from_on: date
    until_on: date
    duties: Sequence[str]
    tiers: Sequence[str]
    reason: str


def candidates(giver: User) -> models.QuerySet[User]:
    """Who may stand in for an officer: those of his own office, and of the next above and below."""
    office = giver.authority_id
    return (
        User.objects.filter(role__in=OFFICERS, is_active=True)
        .exclude(pk=giver.pk)
        .exclude(seat=Seat.READER)
        .filter(
            Q(authority=office) | Q(authority__children=office) | Q(authority__parent=office),
        )
        .select_related("authority")
        .distinct()
        .order_by("authority__path", "name", "pk")
    )


@transaction.atomic
def give(terms: Terms, *, by: User, at: datetime) -> Delegation:
    """Name a stand-in. It begins and ends by its own dates."""
    if by.standing_in is not None:
        raise PermissionDenied(NO_CHAIN)
    if by.role not in OFFICERS or by.authority is None or by.seat == Seat.READER:
        raise PermissionDenied("只有主管部门的经办人员能委托他人办理")
    pks = [by.pk, terms.stand_in.pk]
    # Both rows are held, in one order, so that two who name each other meet here.
    list(User.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk"))
    if not candidates(by).filter(pk=terms.stand_in.pk).exists():
        raise ValidationError({"stand_in": "只能委托本部门或上一级、下一级主管部门的经办人员"})
    _check_dates(terms, business_date(at))
    _check_limits(terms)
    _check_others(terms, by)
    made = Delegation.objects.create(
        giver=by,
        stand_in=terms.stand_in,
        authority=by.authority,
        from_on=terms.from_on,
        until_on=terms.until_on,
        duties=list(terms.duties),
        tiers=list(terms.tiers),
        reason=terms.reason.strip(),
        given_at=at,
    )
    _trail(Verb.DELEGATION_GIVE, made, by=by, at=at)
    _tell(made, "已委托", at=at, next_step="到期自动结束；在“委托办理”里可以开始代办或提前终止")
    return made


def _check_dates(terms: Terms, today: date) -> None:
    if terms.from_on < today:
        raise ValidationError({"from_on": "开始日期不能早于今天"})
    if terms.until_on < terms.from_on:
        raise ValidationError({"until_on": "结束日期不能早于开始日期"})
    if terms.until_on > terms.from_on + timedelta(days=LONGEST - 1):
        raise ValidationError({"until_on": f"一次委托最长 {LONGEST} 天，请改早结束日期"})


def _check_limits(terms: Terms) -> None:
    if not terms.duties or set(terms.duties) - set(Duty.values):
        raise ValidationError({"duties": "请至少选择一项可代办的事项"})
    if set(terms.tiers) - {tier.value for tier in Tier}:
        raise ValidationError({"tiers": "请从列出的等级中选择"})
    if not terms.reason.strip():
        raise ValidationError({"reason": "请填写委托原因，如出差、休假"})


def _check_others(terms: Terms, giver: User) -> None:
    """One stand-in at a time, and no chains: neither of the two is away or stands in as well."""
    then = Delegation.objects.overlapping(terms.from_on, terms.until_on)
    if then.filter(giver=giver).exists():
        raise ValidationError({"from_on": "这段时间已委托他人办理，请先终止那次委托或改日期"})
    if then.filter(giver=terms.stand_in).exists():
        raise ValidationError({"stand_in": "这个人在这段时间也已委托他人办理，请另选一人"})
    if then.filter(stand_in=giver).exists():
        raise ValidationError({"from_on": "这段时间您正受他人委托代办，不能再委托出去"})


@transaction.atomic
def revoke(delegation: Delegation, *, by: User, at: datetime) -> Delegation:
    """End it at once: the giver takes it back, or the stand-in gives it back."""
    delegation = (
        Delegation.objects.select_for_update(of=("self",))
        .select_related("giver", "stand_in", "authority")
        .get(pk=delegation.pk)
    )
    if by.pk not in (delegation.giver_id, delegation.stand_in_id):
        raise PermissionDenied("委托由委托人或代办人本人终止")
    if delegation.revoked_at is not None or delegation.until_on < business_date(at):
        raise ValidationError("这项委托已经结束", code="stale")
    delegation.revoked_at, delegation.revoked_by_id = at, by.pk
    delegation.save(update_fields=["revoked_at", "revoked_by"])
    _trail(Verb.DELEGATION_REVOKE, delegation, by=by, at=at)
    _tell(delegation, "已提前终止", at=at, next_step="此后由委托人本人办理")
    return delegation


@transaction.atomic
def take_up(delegation: Delegation, *, by: User, at: datetime) -> Delegation:
    """The stand-in begins to act in the giver's place, in this browser, until he lays it down."""
    if by.standing_in is not None:
        raise PermissionDenied("正在代他人办理，请先退出代办")
    found = in_force(delegation.pk, by, at=at)
    if found is None:
        raise ValidationError("这项委托现在不生效，请核对起止日期", code="stale")
    _trail(Verb.DELEGATION_TAKE_UP, found, by=by, at=at)
    return found


@transaction.atomic
def lay_down(by: User, *, at: datetime) -> None:
    """Act as oneself again."""
    if by.standing_in is not None:
        _trail(Verb.DELEGATION_LAY_DOWN, by.standing_in, by=by, at=at)


def in_force(number: int, user: User, *, at: datetime) -> Delegation | None:
    """The delegation by which this person may act at this moment, as both are placed by now."""
    found = (
        Delegation.objects.filter(pk=number, stand_in=user.pk)
        .select_related("giver", "authority__parent")
        .first()
    )
    if found is None or not found.runs_on(business_date(at)):
        return None
    giver = found.giver
    stays = giver.is_active and giver.authority_id == found.authority_id
    both_act = Seat.READER not in (giver.seat, user.seat) and user.role in OFFICERS
    return found if stays and both_act and _near(user.authority, found.authority) else None


def _near(one: Authority | None, other: Authority) -> bool:
    """The same office, or one directly above the other."""
    return one is not None and (
        one.pk == other.pk or one.parent_id == other.pk or other.parent_id == one.pk
    )


def put_on(user: User, delegation: Delegation) -> None:
    """Give the person in memory the giver's place for this request."""
    user.standing_in = delegation
    user.role, user.authority = delegation.giver.role, delegation.authority


def _trail(verb: Verb, delegation: Delegation, *, by: User, at: datetime) -> None:
    audit.record(
        verb,
        delegation,
        by=by,
        at=at,
        name=f"{delegation.from_on:%Y-%m-%d} 至 {delegation.until_on:%Y-%m-%d} 的委托办理",
        path=delegation.authority.path,
        giver=delegation.giver_id,
        stand_in=delegation.stand_in_id,
        duties=delegation.duties,
        tiers=delegation.tiers,
    )


def _tell(delegation: Delegation, result: str, *, at: datetime, next_step: str) -> None:
    message = inbox.Message(
        event=Event.PEOPLE_DELEGATION,
        matter=f"{delegation.giver.name}委托{delegation.stand_in.name}代为办理，"
        f"{delegation.from_on:%Y-%m-%d} 至 {delegation.until_on:%Y-%m-%d}",
        result=result,
        next_step=next_step,
        link="/delegations/",
    )
    told = [delegation.giver, delegation.stand_in]
    inbox.send(told, message, key=f"delegation:{delegation.pk}:{result}", at=at)
