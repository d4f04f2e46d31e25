"""The lists of campaigns that look at former titles again: campaigns, findings, holders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from registry import policy
from registry.access import day_of
from registry.listing import Column, Kind, Listing
from registry.listings import place_of
from registry.models import Honour, User
from tiers import register, rereview
from tiers.filters import RereviewFilter, RereviewItemFilter
from tiers.listings.firms import HONOURS
from tiers.models import Rereview, RereviewItem

DATE, CODE = Kind.DATE, Kind.CODE


def _kind_name(campaign: Rereview) -> str:
    return policy.get(campaign.policy).honour_kind(campaign.honour_kind).name


def _campaigns(user: User, on: date) -> QuerySet[Any]:
    return Rereview.objects.visible_to(user)


def _standing(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    for one in rows:
        one.state = state_of(one, on)
    return rows


def state_of(campaign: Rereview, on: date) -> tuple[str, str]:
    """How far a campaign is, as a look and its word."""
    if campaign.determined_at:
        return ("done", "已认定")
    if on < campaign.opens_on:
        return ("upcoming", "还没有开始")
    return ("in_progress", "自评已截止，复核中") if on > campaign.closes_on else ("open", "自评中")


REREVIEWS = Listing(
    key="rereviews",
    title="集中复核批次",
    page="tiers:rereview_list",
    unit="个",
    filterset=RereviewFilter,
    rows=_campaigns,
    related=lambda rows: rows.select_related("authority"),
    dress=_standing,
    order="-opens_on",
    columns=(
        Column(
            "title",
            "批次名称",
            lambda one: one.title,
            order="title",
            heading=True,
            cell="tiers/cells/rereview.html",
        ),
        Column("honour", "既有称号", _kind_name),
        Column(
            "tier",
            "等级",
            lambda one: one.get_tier_display(),
            order="tier",
            cell="tiers/cells/tier.html",
        ),
        Column("authority", "组织部门", lambda one: one.authority.name, order="authority__path"),
        Column("state", "状态", lambda one: one.state[1], cell="tiers/cells/state.html"),
        Column("opens_on", "开始日期", lambda one: one.opens_on, DATE, "opens_on"),
        Column("closes_on", "自评截止日期", lambda one: one.closes_on, DATE, "closes_on"),
        Column("document_no", "认定文号", lambda one: one.document_no, shown=False),
        Column(
            "determined",
            "认定日期",
            lambda one: day_of(one.determined_at),
            DATE,
            "determined_at",
            empty=True,
        ),
        Column("published", "公布日期", lambda one: day_of(one.published_at), DATE, shown=False),
    ),
)


def _items(user: User, on: date) -> QuerySet[Any]:
    """Findings, to whoever may see what a campaign has found so far."""
    return RereviewItem.objects.visible_to(user)


REREVIEW_ITEMS = Listing(
    key="rereview-items",
    title="集中复核意见",
    page="tiers:rereview_findings",
    unit="项",
    filterset=RereviewItemFilter,
    rows=_items,
    related=lambda rows: rows.select_related(
        "rereview", "honour__enterprise", "factory__authority__parent", "factory__division", "title"
    ),
    order="-at",
    columns=(
        Column(
            "factory",
            "工厂名称",
            lambda one: one.factory.name,
            order="factory__spoken",
            heading=True,
            cell="tiers/cells/rereviewed.html",
        ),
        Column(
            "enterprise",
            "企业名称",
            lambda one: one.honour.enterprise.name,
            order="honour__enterprise__spoken",
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            lambda one: one.honour.enterprise.credit_code,
            CODE,
            shown=False,
        ),
        Column("campaign", "批次名称", lambda one: one.rereview.title),
        Column("city", "所在市", lambda one: register.place_of(one.factory)[0]),
        Column(
            "county",
            "所在县（市、区）",
            lambda one: register.place_of(one.factory)[1],
            order="factory__authority__path",
        ),
        Column(
            "outcome",
            "复核意见",
            lambda one: one.get_outcome_display(),
            order="outcome",
            cell="tiers/cells/outcome.html",
        ),
        Column("reason", "情况和理由", lambda one: one.reason, shown=False),
        Column("number", "证书编号", lambda one: one.title.number if one.title else "", CODE),
        Column("at", "复核日期", lambda one: day_of(one.at), DATE, "at"),
    ),
)


def _former(user: User, on: date) -> QuerySet[Any]:
    """The honours that this office looks at again together, or has."""
    kinds = {one.honour_kind for one in rereview.subjects(user, on)}
    kinds |= set(Rereview.objects.visible_to(user).values_list("honour_kind", flat=True))
    return Honour.objects.visible_to(user).filter(kind__in=kinds)


FORMER_TITLES = Listing(
    key="former-titles",
    title="以往称号名单",
    page="tiers:former_titles",
    unit="项",
    filterset=HONOURS.filterset,
    rows=_former,
    related=lambda rows: rows.select_related("enterprise__authority", "factory__division__parent"),
    dress=HONOURS.dress,
    order="-awarded_on",
    identity="credit_code",
    columns=(
        *HONOURS.columns,
        Column(
            "place",
            "所属县（市、区）",
            lambda one: place_of(one.factory.division) if one.factory else "",
        ),
        Column("source", "来源", lambda one: one.source, shown=False),
    ),
)
