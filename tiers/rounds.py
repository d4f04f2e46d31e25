"""Rounds of applications (批次): opened under the rules of their first day, extended, and given a
last. Each of the three is announced to the offices and firms below.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q

from registry import audit, inbox, policy
from registry.access import OFFICERS, business_date, may_change
from registry.audit import Verb
from registry.models import Authority, Event, Factory, User
from registry.policy import LEVELS, Tier
from tiers.models import Round


@transaction.atomic
def open_round(
    authority: Authority,
    *,
    tier: Tier,
    title: str,
    opens_on: date,
    closes_on: date | None = None,
    recommend_by: date | None = None,
    asks: str = "",
    off_quota_kinds: Sequence[str] = (),
    by: User,
    at: datetime,
) -> Round:
    """Open a batch for the factories below an authority, under the rules in force on its first
    day.

    The authority must be the one whose step comes first in the rules, or the one above it; a tier
    without steps takes no applications.
    """
    if by.role not in OFFICERS or by.authority_id != authority.pk:
        raise PermissionDenied("批次由本部门的经办人员开放")
    try:
        rules = policy.current(authority.province_code, opens_on)
    except LookupError as error:
        raise ValidationError({"opens_on": "开始日期早于本省规则的施行日，请改晚"}) from error
    rule = rules.tiers.get(tier)
    if rule is None or not rule.steps:
        raise ValidationError({"tier": f"按“{rules.title}”，{tier.label}不接受申报"})
    if LEVELS.index(by.role) < LEVELS.index(rule.steps[-1].level):
        raise ValidationError(
            {"tier": f"{tier.label}由{policy.LEVEL_LABELS[rule.steps[-1].level]}主管部门开放批次"}
        )
    if not title.strip():
        raise ValidationError({"title": "请填写批次名称"})
    if closes_on is not None and closes_on < opens_on:
        raise ValidationError({"closes_on": "截止日期不能早于开始日期"})
    if recommend_by is not None and (closes_on is None or recommend_by < closes_on):
        raise ValidationError({"recommend_by": "先填申报截止日期，推荐截止日期不早于它"})
    kinds = list(dict.fromkeys(kind.strip() for kind in off_quota_kinds if kind.strip()))
    batch = Round.objects.create(
        authority=authority,
        tier=tier,
        policy=rules.code,
        title=title.strip(),
        opens_on=opens_on,
        closes_on=closes_on,
        recommend_by=recommend_by,
        asks=asks.strip(),
        off_quota_kinds=kinds,
        opened_by=by,
        opened_at=at,
    )
    audit.record(
        Verb.ROUND_OPEN, batch, by=by, at=at, path=authority.path, tier=tier, policy=rules.code
    )
    until = f"至 {closes_on:%Y-%m-%d} 24:00" if closes_on else "常年受理"
    _announce(batch, f"{opens_on:%Y-%m-%d} 起受理，{until}", by=by, at=at)
    return batch


@transaction.atomic
def close_round(batch: Round, *, closes_on: date, by: User, at: datetime) -> Round:
    """Give a round its last day, or an earlier one: what is submitted by that day's end is still
    taken.
    """
    batch = _own(batch, by)
    if closes_on < max(batch.opens_on, business_date(at)):
        raise ValidationError({"closes_on": "截止日期不能早于今天和开始日期"})
    if batch.closes_on is not None and closes_on > batch.closes_on:
        raise ValidationError({"closes_on": "要晚于现在的截止日期，请用“延长受理”并写明原因"})
    batch.closes_on = closes_on
    batch.save(update_fields=["closes_on"])
    audit.record(
        Verb.ROUND_CLOSE, batch, by=by, at=at, path=batch.authority.path, closes_on=str(closes_on)
    )
    _announce(batch, f"受理至 {closes_on:%Y-%m-%d} 24:00 截止", by=by, at=at)
    return batch


@transaction.atomic
def extend_round(
    batch: Round,
    *,
    closes_on: date,
    recommend_by: date | None = None,
    reason: str,
    by: User,
    at: datetime,
) -> Round:
    """Take applications for longer, also where the last day has passed already. Without a new day
    for the recommendations theirs stays, but never before the firms' own.
    """
    batch = _own(batch, by)
    if batch.closes_on is None:
        raise ValidationError({"closes_on": "本批次常年受理，不需要延长"})
    if closes_on <= batch.closes_on or closes_on < business_date(at):
        raise ValidationError({"closes_on": "新的截止日期要晚于现在的截止日期，并且不早于今天"})
    if not reason.strip():
        raise ValidationError({"reason": "请写明延长的原因，企业能看到"})
    later = recommend_by or batch.recommend_by
    if later is not None and later < closes_on:
        raise ValidationError({"recommend_by": "推荐截止日期不能早于新的申报截止日期，请一并延长"})
    before, batch.closes_on, batch.recommend_by = batch.closes_on, closes_on, later
    batch.save(update_fields=["closes_on", "recommend_by"])
    audit.record(
        Verb.ROUND_EXTEND,
        batch,
        by=by,
        at=at,
        path=batch.authority.path,
        before=str(before),
        closes_on=str(closes_on),
        reason=reason.strip(),
    )
    words = f"受理延长至 {closes_on:%Y-%m-%d} 24:00，原因：{reason.strip()}"
    _announce(batch, words, by=by, at=at)
    return batch


def _own(batch: Round, by: User) -> Round:
    """The round again under its lock, for the office that opened it."""
    if by.role not in OFFICERS or by.authority_id != batch.authority_id:
        raise PermissionDenied("批次由开放它的部门管理")
    if batch.is_renewal:
        raise PermissionDenied("到期复核常年受理，没有批次的起止日期")
    found: Round = Round.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    return found


def tiers_opened_by(user: User, on: date) -> tuple[Tier, ...]:
    """The tiers for which an officer's authority may open a round under the rules of that day."""
    if user.authority is None or user.role not in OFFICERS or not may_change(user):
        return ()
    rules = policy.current(user.authority.province_code, on)
    return tuple(
        tier
        for tier, rule in rules.tiers.items()
        if rule.steps and LEVELS.index(user.role) >= LEVELS.index(rule.steps[-1].level)
    )


def _announce(batch: Round, what: str, *, by: User, at: datetime) -> None:
    """Tell the offices below and the people of every firm with a factory below."""
    below = batch.authority.path
    offices = Q(role__in=OFFICERS, authority__path__startswith=below)
    firms = Q(
        enterprise__in=Factory.objects.filter(authority__path__startswith=below).values(
            "enterprise"
        )
    )
    told = User.objects.filter(offices | firms, is_active=True).exclude(pk=by.pk)
    inbox.send(
        told,
        inbox.Message(
            event=Event.ROUND_ANNOUNCED,
            matter=batch.title,
            result=what,
            next_step="查看申报要求，在截止前办理",
            due_on=batch.closes_on,
            link=f"/rounds/{batch.pk}/",
        ),
        key=f"round:{batch.pk}:{batch.opens_on}:{batch.closes_on}",
        at=at,
    )
