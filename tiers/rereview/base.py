"""What the acts of a campaign share: its lock, its trail, and how its holders are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef

from registry import audit, inbox
from registry.audit import Verb
from registry.inbox import Message
from registry.models import Event, Honour, User
from registry.policy import Tier
from tiers.models import Rereview
from tiers.rereview.table import Row, may_handle


def row_of(campaign: Rereview) -> Rereview:
    """The campaign again under its lock."""
    rows = Rereview.objects.select_for_update(of=("self",)).select_related("authority")
    found: Rereview = rows.get(pk=campaign.pk)
    return found


def locked(campaign: Rereview, by: User) -> Rereview:
    """The campaign under its lock, for whoever works on it, while it is under way."""
    found = row_of(campaign)
    if found.determined_at is not None and found.authority_id == by.authority_id:
        raise ValidationError("这次集中复核已经办结，请刷新后再看", code="stale")
    if not may_handle(found, by):
        raise PermissionDenied("集中复核由组织部门办理")
    return found


def announced(honours: Iterable[int]) -> list[Rereview]:
    """Campaigns under way that have told the holders of these honours: opened since they were
    verified.
    """
    held = Honour.objects.filter(pk__in=list(honours), kind=OuterRef("honour_kind"))
    told = held.filter(verified_at__lte=OuterRef("opened_at"))
    return list(Rereview.objects.under_way().filter(Exists(told)).order_by("pk"))


def trail(verb: Verb, campaign: Rereview, *, by: User, at: datetime, **data: Any) -> None:
    audit.record(verb, campaign, by=by, at=at, path=campaign.authority.path, **data)


def span(campaign: Rereview) -> str:
    return f"{campaign.opens_on:%Y-%m-%d} 至 {campaign.closes_on:%Y-%m-%d} "


def tier_of(campaign: Rereview) -> str:
    return str(Tier(campaign.tier).label)


def tell(
    campaign: Rereview,
    rows: Iterable[Row],
    key: str,
    at: datetime,
    *,
    result: str,
    next_step: str,
    event: Event = Event.TITLE_REREVIEW,
) -> None:
    """Each firm among these once, with its factories by name."""
    named: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        factory = row.candidate.factory
        named[row.honour.enterprise_id].append(factory.name if factory else "")
    due_on = campaign.closes_on if event == Event.TITLE_REREVIEW else None
    inbox.send_many(
        [
            inbox.addressed(
                user,
                Message(
                    event=event,
                    matter=f"{campaign.title}（{'、'.join(named[user.enterprise_id or 0])}）",
                    result=result,
                    next_step=next_step,
                    due_on=due_on,
                    link=f"/derivation/campaigns/{campaign.pk}/",
                ),
                key=key,
                at=at,
            )
            for user in User.objects.filter(enterprise__in=named, is_active=True).order_by("pk")
        ]
    )


def tell_bureaus(campaign: Rereview, rows: Iterable[Row], at: datetime) -> None:
    """The offices that are in charge of the holders or add their word, each once."""
    offices = set()
    for row in rows:
        factory = row.candidate.factory
        offices |= {factory.authority_id, factory.authority.parent_id} if factory else set()
        checks = row.candidate.checking_office
        offices |= {checks.pk} if checks else set()
    officers = User.objects.filter(authority__in=offices - {campaign.authority_id}, is_active=True)
    inbox.send(
        officers.order_by("pk"),
        Message(
            event=Event.TITLE_REREVIEW,
            matter=campaign.title,
            result=f"{span(campaign)}集中复核",
            next_step="督促辖区内持有称号的企业按时自评",
            due_on=campaign.closes_on,
            link=f"/derivation/campaigns/{campaign.pk}/",
        ),
        key=f"rereview:{campaign.pk}",
        at=at,
    )
