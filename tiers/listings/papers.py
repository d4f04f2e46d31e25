"""The lists of what offices publish and decide by document: notices, determinations, ends by a
document from above, campaigns that look at former titles again.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import Count, QuerySet

from registry import policy
from registry.access import business_date
from registry.listing import Column, Kind, Listing
from registry.listings import place_of
from registry.models import Honour, User
from registry.policy import Tier
from tiers import register, rereview
from tiers.listings.firms import HONOURS
from tiers.models import DelistingItem, Determination, Notice, Rereview, RereviewItem

DATE, CODE, NUMBER = Kind.DATE, Kind.CODE, Kind.NUMBER


def _day(moment: Any) -> date | None:
    return business_date(moment) if moment else None


class _Whole(django_filters.FilterSet):
    """A list that its page shows whole."""


# --- notices and determinations -------------------------------------------


def _notices(user: User, on: date) -> QuerySet[Any]:
    """What anybody may read."""
    return Notice.objects.published()


NOTICES = Listing(
    key="notices",
    title="公示",
    page="tiers:notice_list",
    unit="份",
    filterset=_Whole,
    rows=_notices,
    related=lambda rows: rows.select_related("authority", "round"),
    order="-published",
    columns=(
        Column("title", "公示标题", lambda one: one.title, order="title", heading=True),
        Column("authority", "公示部门", lambda one: one.authority.name),
        Column("round", "批次", lambda one: one.round.title),
        Column("tier", "等级", lambda one: str(Tier(one.round.tier).label)),
        Column("count", "工厂数", lambda one: len(one.content), NUMBER, total=True),
        Column("published", "发布日期", lambda one: _day(one.published_at), DATE, "published_at"),
        Column("starts_on", "公示开始", lambda one: one.starts_on, DATE),
        Column("ends_on", "公示结束", lambda one: one.ends_on, DATE, "ends_on", empty=True),
        Column("status", "状态", lambda one: one.get_status_display()),
        Column("digest", "名单摘要", lambda one: one.digest, CODE, shown=False),
    ),
)


def _issued(user: User, on: date) -> QuerySet[Any]:
    """What anybody may read."""
    return Determination.objects.issued()


DETERMINATIONS = Listing(
    key="determinations",
    title="认定公告",
    page="tiers:notice_list",
    unit="份",
    filterset=_Whole,
    rows=_issued,
    related=lambda rows: rows.select_related("round__authority"),
    order="-decided_on",
    columns=(
        Column("title", "公告标题", lambda one: one.title, order="title", heading=True),
        Column("authority", "认定部门", lambda one: one.round.authority.name),
        Column("round", "批次", lambda one: one.round.title),
        Column("tier", "等级", lambda one: str(Tier(one.round.tier).label)),
        Column("document_no", "认定文号", lambda one: one.document_no),
        Column("decided_on", "认定日期", lambda one: one.decided_on, DATE, "decided_on"),
        Column("count", "工厂数", lambda one: len(one.content), NUMBER, total=True),
        Column("issued", "印发日期", lambda one: _day(one.issued_at), DATE, "issued_at"),
        Column("digest", "名单摘要", lambda one: one.digest, CODE, shown=False),
    ),
)

# --- ended by a document from above ---------------------------------------


def _ended(user: User, on: date) -> QuerySet[Any]:
    return DelistingItem.objects.visible_to(user)


DELISTINGS = Listing(
    key="delistings",
    title="国家、集团文件终止的认定",
    page="tiers:delisting_list",
    unit="座",
    filterset=_Whole,
    rows=_ended,
    related=lambda rows: rows.select_related(
        "delisting", "certification__factory__enterprise", "certification__issuer"
    ),
    order="-dated",
    columns=(
        Column("document", "文件名称", lambda one: one.delisting.document_name, heading=True),
        Column("document_no", "文号", lambda one: one.delisting.document_no),
        Column("dated", "文件日期", lambda one: one.delisting.dated, DATE, "delisting__dated"),
        Column(
            "ends_on", "终止日期", lambda one: one.delisting.ends_on, DATE, "delisting__ends_on"
        ),
        Column("enterprise", "企业名称", lambda one: one.certification.printed_enterprise),
        Column(
            "credit_code",
            "统一社会信用代码",
            lambda one: one.certification.printed_credit_code,
            CODE,
        ),
        Column("factory", "工厂名称", lambda one: one.certification.printed_factory),
        Column("tier", "等级", lambda one: one.certification.get_tier_display()),
        Column("number", "证书编号", lambda one: one.certification.number, CODE),
        Column("ground", "情形", lambda one: one.ground_name),
        Column("reason", "文件所述事由", lambda one: one.reason),
        Column("state", "进展", lambda one: one.delisting.state[1]),
        Column("confirmed", "确认日期", lambda one: _day(one.delisting.confirmed_at), DATE),
    ),
)

# --- former titles looked at again ----------------------------------------


def _kind_name(campaign: Rereview) -> str:
    return policy.get(campaign.policy).honour_kind(campaign.honour_kind).name


def _campaigns(user: User, on: date) -> QuerySet[Any]:
    return Rereview.objects.visible_to(user).annotate(found=Count("items"))


REREVIEWS = Listing(
    key="rereviews",
    title="集中复核批次",
    page="tiers:rereview_list",
    unit="个",
    filterset=_Whole,
    rows=_campaigns,
    related=lambda rows: rows.select_related("authority"),
    order="-opens_on",
    columns=(
        Column("title", "批次名称", lambda one: one.title, order="title", heading=True),
        Column("honour", "既有称号", _kind_name),
        Column("tier", "等级", lambda one: one.get_tier_display()),
        Column("authority", "组织部门", lambda one: one.authority.name),
        Column("opens_on", "开始日期", lambda one: one.opens_on, DATE, "opens_on"),
        Column("closes_on", "自评截止日期", lambda one: one.closes_on, DATE, "closes_on"),
        Column("document_no", "认定文号", lambda one: one.document_no),
        Column("determined", "认定日期", lambda one: _day(one.determined_at), DATE),
        Column("published", "公布日期", lambda one: _day(one.published_at), DATE),
    ),
)


class _ItemFilter(django_filters.FilterSet):
    campaign = django_filters.NumberFilter(label="批次序号", field_name="rereview")


def _items(user: User, on: date) -> QuerySet[Any]:
    """Findings, to whoever may see what a campaign has found so far."""
    return RereviewItem.objects.visible_to(user)


REREVIEW_ITEMS = Listing(
    key="rereview-items",
    title="集中复核意见",
    page="tiers:rereview_list",
    unit="项",
    filterset=_ItemFilter,
    rows=_items,
    related=lambda rows: rows.select_related(
        "rereview", "honour__enterprise", "factory__authority__parent", "factory__division", "title"
    ),
    order="-at",
    columns=(
        Column("campaign", "批次名称", lambda one: one.rereview.title, heading=True),
        Column("enterprise", "企业名称", lambda one: one.honour.enterprise.name),
        Column(
            "credit_code", "统一社会信用代码", lambda one: one.honour.enterprise.credit_code, CODE
        ),
        Column("factory", "工厂名称", lambda one: one.factory.name),
        Column("city", "所在市", lambda one: register.place_of(one.factory)[0]),
        Column("county", "所在县（市、区）", lambda one: register.place_of(one.factory)[1]),
        Column("outcome", "复核意见", lambda one: one.get_outcome_display(), order="outcome"),
        Column("reason", "情况和理由", lambda one: one.reason),
        Column("number", "证书编号", lambda one: one.title.number if one.title else "", CODE),
        Column("at", "复核日期", lambda one: _day(one.at), DATE, "at"),
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
    page="tiers:rereview_list",
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
