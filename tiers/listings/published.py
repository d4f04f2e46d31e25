"""The lists of notices, the objections to them and determinations."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from registry.access import day_of
from registry.listing import Column, Kind, Listing
from registry.models import User
from registry.policy import Tier
from tiers.filters import DeterminationFilter, NoticeFilter, ObjectionFilter
from tiers.models import Determination, Notice, Objection

DATE, CODE, NUMBER = Kind.DATE, Kind.CODE, Kind.NUMBER


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
