"""The lists of what offices publish and decide by document: notices and the objections to them,
determinations, ends by a document from above, what departments were asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from registry.access import day_of
from registry.listing import Column, Kind, Listing
from registry.models import User
from registry.policy import Tier
from tiers import consultation
from tiers.filters import (
    ConsultationFilter,
    DelistingFilter,
    DelistingItemFilter,
    DeterminationFilter,
    NoticeFilter,
    ObjectionFilter,
)
from tiers.models import (
    Consultation,
    Delisting,
    DelistingItem,
    Determination,
    Notice,
    Objection,
)

DATE, CODE, NUMBER = Kind.DATE, Kind.CODE, Kind.NUMBER


# --- notices and determinations -------------------------------------------


def _notices(user: User, on: date) -> QuerySet[Any]:
    """What anybody may read, and what the office itself prepares."""
    own = Notice.objects.visible_to(user).values("pk")
    return Notice.objects.filter(Q(published_at__isnull=False) | Q(pk__in=own))


NOTICES = Listing(
    key="notices",
    title="公示台账",
    page="tiers:notice_records",
    unit="份",
    filterset=NoticeFilter,
    rows=_notices,
    related=lambda rows: rows.select_related("authority", "round"),
    order="-published",
    columns=(
        Column(
            "title",
            "公示标题",
            lambda one: one.title,
            order="title",
            heading=True,
            cell="tiers/cells/notice.html",
        ),
        Column("authority", "公示部门", lambda one: one.authority.name, order="authority__path"),
        Column("round", "批次", lambda one: one.round.title, shown=False),
        Column(
            "tier",
            "等级",
            lambda one: str(Tier(one.round.tier).label),
            order="round__tier",
            cell="tiers/cells/round_tier.html",
        ),
        Column("count", "工厂数", lambda one: len(one.content), NUMBER, total=True),
        Column(
            "published",
            "发布日期",
            lambda one: day_of(one.published_at),
            DATE,
            "published_at",
            empty=True,
        ),
        Column("starts_on", "公示开始", lambda one: one.starts_on, DATE, shown=False),
        Column("ends_on", "公示结束", lambda one: one.ends_on, DATE, "ends_on", empty=True),
        Column(
            "status",
            "状态",
            lambda one: one.get_status_display(),
            order="status",
            cell="tiers/cells/status.html",
        ),
        Column("digest", "名单摘要", lambda one: one.digest, CODE, shown=False),
    ),
)


def _issued(user: User, on: date) -> QuerySet[Any]:
    """What anybody may read."""
    return Determination.objects.issued()


DETERMINATIONS = Listing(
    key="determinations",
    title="认定公告台账",
    page="tiers:determination_records",
    unit="份",
    filterset=DeterminationFilter,
    rows=_issued,
    related=lambda rows: rows.select_related("round__authority"),
    order="-decided_on",
    columns=(
        Column(
            "title",
            "公告标题",
            lambda one: one.title,
            order="title",
            heading=True,
            cell="tiers/cells/announcement.html",
        ),
        Column(
            "authority",
            "认定部门",
            lambda one: one.round.authority.name,
            order="round__authority__path",
        ),
        Column("round", "批次", lambda one: one.round.title, shown=False),
        Column(
            "tier",
            "等级",
            lambda one: str(Tier(one.round.tier).label),
            order="round__tier",
            cell="tiers/cells/round_tier.html",
        ),
        Column("document_no", "认定文号", lambda one: one.document_no),
        Column("decided_on", "认定日期", lambda one: one.decided_on, DATE, "decided_on"),
        Column("count", "工厂数", lambda one: len(one.content), NUMBER, total=True),
        Column("issued", "印发日期", lambda one: day_of(one.issued_at), DATE, "issued_at"),
        Column("digest", "名单摘要", lambda one: one.digest, CODE, shown=False),
    ),
)

# --- ended by a document from above ---------------------------------------


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
        Column("tier", "等级", lambda one: one.certification.get_tier_display()),
        Column("number", "证书编号", lambda one: one.certification.number, CODE),
        Column("ground", "情形", lambda one: one.ground_name),
        Column("reason", "文件所述事由", lambda one: one.reason),
        Column("state", "进展", lambda one: one.delisting.state[1]),
        Column("confirmed", "确认日期", lambda one: day_of(one.delisting.confirmed_at), DATE),
    ),
)

# --- objections -----------------------------------------------------------


def _objections(user: User, on: date) -> QuerySet[Any]:
    return Objection.objects.visible_to(user)


#: Who objects and what he says is sealed: no column, filter or order reads it.
OBJECTIONS = Listing(
    key="objections",
    title="公示异议",
    page="tiers:objection_list",
    unit="件",
    filterset=ObjectionFilter,
    rows=_objections,
    related=lambda rows: rows.select_related(
        "notice", "application__factory__enterprise", "handler"
    ),
    order="-received_on",
    columns=(
        Column(
            "number",
            "异议编号",
            lambda one: one.number,
            CODE,
            "number",
            heading=True,
            cell="tiers/cells/objection.html",
        ),
        Column("notice", "公示标题", lambda one: one.notice.title, order="notice__title"),
        Column("case", "受理编号", lambda one: one.application.number, CODE, "application__number"),
        Column("factory", "工厂", lambda one: one.application.factory.name),
        Column("enterprise", "企业", lambda one: one.application.factory.enterprise.name),
        Column("way", "方式", lambda one: one.get_way_display(), shown=False),
        Column("received_on", "收到日期", lambda one: one.received_on, DATE, "received_on"),
        Column("state", "状态", lambda one: one.state[1], cell="tiers/cells/state.html"),
        Column("handler", "处理人", lambda one: one.handler.name if one.handler else ""),
        Column("finding", "处理结论", lambda one: one.get_finding_display()),
        Column(
            "handled",
            "办结日期",
            lambda one: day_of(one.handled_at),
            DATE,
            "handled_at",
            empty=True,
        ),
    ),
)

# --- departments ----------------------------------------------------------


def _asked(user: User, on: date) -> QuerySet[Any]:
    return Consultation.objects.visible_to(user)


def _code_sent(one: Consultation) -> str:
    return str(one.content.get("credit_code", ""))


def _answered(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    """Each with the department's word that stands, and how far it is."""
    for one in rows:
        one.said = consultation.latest(one)
        one.state = consultation.state_of(one, one.said, on)
    return rows


CONSULTATIONS = Listing(
    key="consultations",
    title="征求意见",
    page="tiers:consultation_list",
    unit="件",
    filterset=ConsultationFilter,
    rows=_asked,
    related=lambda rows: rows.prefetch_related("opinions"),
    dress=_answered,
    order="due_on",
    columns=(
        Column(
            "enterprise",
            "企业",
            lambda one: one.content["enterprise"],
            heading=True,
            cell="tiers/cells/consulted.html",
        ),
        Column("credit_code", "统一社会信用代码", _code_sent, CODE, shown=False),
        Column("number", "受理编号", lambda one: one.content["number"], CODE),
        Column("factory", "工厂", lambda one: one.content["factory"]),
        Column("tier", "申报等级", lambda one: one.content["tier"]),
        Column("sent", "发出日期", lambda one: day_of(one.sent_at), DATE, "sent_at", shown=False),
        Column("due_on", "答复期限", lambda one: one.due_on, DATE, "due_on"),
        Column("state", "状态", lambda one: one.state[1], cell="tiers/cells/state.html"),
        Column(
            "ground", "理由和依据", lambda one: one.said.ground if one.said else "", shown=False
        ),
        Column("by", "答复人", lambda one: one.said.by_name if one.said else "", shown=False),
        Column("answered", "答复日期", lambda one: day_of(one.said.at) if one.said else None, DATE),
    ),
)
