"""Rounds of applications (批次): opened under the rules of their first day, and given a last."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, policy
from registry.access import OFFICERS, business_date, may_change
from registry.audit import Verb
from registry.models import Authority, User
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
    batch = Round.objects.create(
        authority=authority,
        tier=tier,
        policy=rules.code,
        title=title.strip(),
        opens_on=opens_on,
        closes_on=closes_on,
        opened_by=by,
        opened_at=at,
    )
    audit.record(
        Verb.ROUND_OPEN, batch, by=by, at=at, path=authority.path, tier=tier, policy=rules.code
    )
    return batch


@transaction.atomic
def close_round(batch: Round, *, on: date, by: User, at: datetime) -> Round:
    """Give a round its last day: what is submitted by that day's end is still taken."""
    if by.authority_id != batch.authority_id:
        raise PermissionDenied("批次由开放它的部门关闭")
    batch = Round.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if on < max(batch.opens_on, business_date(at)):
        raise ValidationError({"closes_on": "截止日期不能早于今天和开始日期"})
    batch.closes_on = on
    batch.save(update_fields=["closes_on"])
    audit.record(
        Verb.ROUND_CLOSE, batch, by=by, at=at, path=batch.authority.path, closes_on=str(on)
    )
    return batch


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
