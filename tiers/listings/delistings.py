"""The lists of documents from above that end titles, and of the factories on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from registry.access import day_of
from registry.listing import Column, Kind, Listing
from registry.models import User
from tiers.filters import DelistingFilter, DelistingItemFilter
from tiers.models import Delisting, DelistingItem

DATE, CODE, NUMBER = Kind.DATE, Kind.CODE, Kind.NUMBER


def _documents(user: User, on: date) -> QuerySet[Any]:
    return Delisting.objects.filter(authority=user.authority_id)


def _with_titles(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.annotate(titles=Count("items"))


DELISTING_DOCUMENTS = Listing(
    key="delisting-documents",
    title="国家、集团文件终止认定",
    page="tiers:delisting_list",
    unit="份",
    filterset=DelistingFilter,
    rows=_documents,
    related=_with_titles,
    order="-prepared",
    columns=(
        Column(
            "document",
            "文件名称",
            lambda one: one.document_name,
            order="document_name",
            heading=True,
            cell="tiers/cells/delisting.html",
        ),
        Column("document_no", "文号", lambda one: one.document_no, order="document_no"),
        Column("state", "进展", lambda one: one.state[1], cell="tiers/cells/state.html"),
        Column("titles", "工厂数", lambda one: one.titles, NUMBER, total=True),
        Column("dated", "文件日期", lambda one: one.dated, DATE, "dated"),
        Column("ends_on", "终止日期", lambda one: one.ends_on, DATE, "ends_on"),
        Column("prepared_by", "登记人", lambda one: one.prepared_name, order="prepared_name"),
        Column("prepared", "登记日期", lambda one: day_of(one.prepared_at), DATE, "prepared_at"),
        Column("confirmed_by", "确认人", lambda one: one.confirmed_name),
        Column(
            "confirmed",
            "确认日期",
            lambda one: day_of(one.confirmed_at),
            DATE,
            "confirmed_at",
            empty=True,
        ),
    ),
)


def _ended(user: User, on: date) -> QuerySet[Any]:
    return DelistingItem.objects.visible_to(user)


def _as_badges(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    """Each with its title's tier and its document's state, which are printed as badges."""
    for one in rows:
        one.tier, one.state = one.certification.tier, one.delisting.state
    return rows


DELISTINGS = Listing(
    key="delistings",
    title="国家、集团文件终止的工厂",
    page="tiers:delisted_factories",
    unit="座",
    filterset=DelistingItemFilter,
    rows=_ended,
    related=lambda rows: rows.select_related(
        "delisting", "certification__factory__enterprise", "certification__issuer"
    ),
    dress=_as_badges,
    order="-dated",
    columns=(
        Column(
            "document",
            "文件名称",
            lambda one: one.delisting.document_name,
            heading=True,
            cell="tiers/cells/delisted.html",
        ),
        Column("document_no", "文号", lambda one: one.delisting.document_no),
        Column(
            "dated",
            "文件日期",
            lambda one: one.delisting.dated,
            DATE,
            "delisting__dated",
            shown=False,
        ),
        Column(
            "ends_on", "终止日期", lambda one: one.delisting.ends_on, DATE, "delisting__ends_on"
        ),
        Column("enterprise", "企业名称", lambda one: one.certification.printed_enterprise),
        Column(
            "credit_code",
            "统一社会信用代码",
            lambda one: one.certification.printed_credit_code,
            CODE,
            shown=False,
        ),
        Column("factory", "工厂名称", lambda one: one.certification.printed_factory),
        Column(
            "tier",
            "等级",
            lambda one: one.certification.get_tier_display(),
            cell="tiers/cells/tier.html",
        ),
        Column("number", "证书编号", lambda one: one.certification.number, CODE),
        Column("ground", "情形", lambda one: one.ground_name),
        Column("reason", "文件所述事由", lambda one: one.reason),
        Column("state", "进展", lambda one: one.state[1], cell="tiers/cells/state.html"),
        Column("confirmed", "确认日期", lambda one: day_of(one.delisting.confirmed_at), DATE),
    ),
)
