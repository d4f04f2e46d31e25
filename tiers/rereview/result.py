"""The result of a campaign: confirmed by a second person, determined all at once, shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry.access import business_date
from registry.audit import Verb
from registry.models import Event, Honour, User
from tiers import derivation
from tiers.models import Certification, Rereview, RereviewItem
from tiers.rereview.base import locked, row_of, tell, trail
from tiers.rereview.table import Outcome, Row, Table, may_publish, table

STALE = "名单或意见有变化，没有保存，请看过最新内容再办"


@transaction.atomic
def confirm(campaign: Rereview, *, seen: str, by: User, at: datetime) -> Rereview:
    """A second person confirms the list whose digest he has ``seen``."""
    campaign = locked(campaign, by)
    now = table(campaign, on=business_date(at))
    if now.digest != seen:
        raise ValidationError(STALE, code="stale")
    if now.confirmed:
        raise ValidationError(f"已由{campaign.confirmed_name}确认", code="stale")
    if campaign.preparers.filter(pk=by.pk).exists():
        raise ValidationError("复核意见有本人填写的，须由没有填写过的人确认", code="same_person")
    stops = list(_unready(now, business_date(at)))
    if stops:
        raise ValidationError(stops)
    campaign.confirmed_by, campaign.confirmed_name, campaign.confirmed_at = by, str(by), at
    campaign.digest = now.digest
    campaign.save()
    trail(Verb.REREVIEW_CONFIRM, campaign, by=by, at=at, digest=campaign.digest)
    return campaign


def _unready(now: Table, on: date) -> Iterable[str]:
    if on <= now.campaign.closes_on:
        yield f"自评到 {now.campaign.closes_on:%Y-%m-%d} 截止，截止后才能确认"
    if not now.counted:
        yield "没有参加复核的工厂"
    if now.undecided:
        names = "、".join(row.name for row in now.undecided[:5])
        yield f"还有 {len(now.undecided)} 座工厂没有复核意见：{names}"


@transaction.atomic
def determine(
    campaign: Rereview, *, document_no: str, seen: str, by: User, at: datetime
) -> Rereview:
    """All titles of the confirmed list under one document, or none; the campaign ends with it."""
    campaign = locked(campaign, by)
    if not document_no.strip():
        raise ValidationError({"document_no": "请填写认定文件的文号"})
    held = Honour.objects.select_for_update(of=("self",)).filter(kind=campaign.honour_kind)
    list(held.filter(rereview_items__rereview=campaign).order_by("pk").values_list("pk"))
    now = table(campaign, on=business_date(at))
    if now.lapsed:
        raise ValidationError("确认以后名单或意见有变化，确认已失效，请重新确认", code="lapsed")
    if now.digest != seen:
        raise ValidationError(STALE, code="stale")
    if not now.confirmed:
        raise ValidationError("复核意见还没有第二人确认，不能认定")
    titles = {
        row.honour.pk: _give(campaign, row, document_no.strip(), by=by, at=at)
        for row in now.of(Outcome.PASS)
    }
    campaign.frozen = [_settled(row, titles) for row in now.counted]
    campaign.document_no, campaign.determined_name = document_no.strip(), str(by)
    campaign.determined_at = at
    campaign.save()
    _link(campaign, titles)
    _tell_outcomes(campaign, now, at)
    counts = {outcome.value: len(now.of(outcome)) for outcome in Outcome}
    trail(
        Verb.REREVIEW_DETERMINE, campaign, by=by, at=at, document_no=campaign.document_no, **counts
    )
    return campaign


def _give(
    campaign: Rereview, row: Row, document_no: str, *, by: User, at: datetime
) -> Certification:
    try:
        return derivation.give(
            row.candidate, document_no=document_no, also=f"；{campaign.title}", by=by, at=at
        )
    except ValidationError as refusal:
        raise ValidationError(f"{row.name}：{'；'.join(refusal.messages)}") from refusal


def _settled(row: Row, titles: Mapping[int, Certification]) -> dict[str, Any]:
    title = titles.get(row.honour.pk)
    return {
        **row.frozen,
        "outcome_label": Outcome(row.state).label,
        "title": title.pk if title else None,
        "number": title.number if title else "",
    }


def _link(campaign: Rereview, titles: Mapping[int, Certification]) -> None:
    passed = list(campaign.items.filter(honour__in=titles))
    for item in passed:
        item.title = titles[item.honour_id]
    RereviewItem.objects.bulk_update(passed, ["title"], batch_size=500)
    # What was put down for a holder that fell out since says nothing in the end.
    kept = [row["honour"] for row in campaign.frozen]
    campaign.items.exclude(honour__in=kept).delete()


def _tell_outcomes(campaign: Rereview, now: Table, at: datetime) -> None:
    """To those that did not pass; the others hear of their titles."""
    for row in now.of(Outcome.FAIL, Outcome.HOLD):
        label, reason = Outcome(row.state).label, row.item.reason if row.item else ""
        tell(
            campaign,
            [row],
            f"rereviewed:{campaign.pk}:{row.honour.pk}",
            at,
            event=Event.TITLE_REREVIEWED,
            result=f"{label}：{reason}",
            next_step="改正后可以参加以后的集中复核；有异议的向组织部门提出",
        )


@transaction.atomic
def publish(campaign: Rereview, *, by: User, at: datetime) -> Rereview:
    """Show the result to everybody: who passed and who did not, without the reasons."""
    if not may_publish(campaign, by):
        raise PermissionDenied("集中复核结果由组织部门公布")
    campaign = row_of(campaign)
    if campaign.determined_at is None:
        raise ValidationError("认定以后才能公布结果")
    if campaign.published_at is not None:
        raise ValidationError("结果已经公布", code="stale")
    campaign.published_at = at
    campaign.save(update_fields=["published_at"])
    trail(Verb.REREVIEW_PUBLISH, campaign, by=by, at=at)
    return campaign
