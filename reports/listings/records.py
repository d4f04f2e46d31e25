"""The lists of what offices keep of their own work: workbooks sent in, lists taken out, summaries
of a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from registry.access import day_of
from registry.listing import Column, Kind, Listing
from registry.models import User
from reports.filters import BatchFilter, ExportFilter, SummaryFilter
from reports.intake import KINDS
from reports.models import Batch, Export, Summary
from reports.summaries.board import state_of

DATE, CODE, NUMBER = Kind.DATE, Kind.CODE, Kind.NUMBER


# --- workbooks sent in ----------------------------------------------------


def _batches(user: User, on: date) -> QuerySet[Any]:
    return Batch.objects.visible_to(user).filter(kind__in=KINDS)


BATCHES = Listing(
    key="intake",
    title="导入记录",
    page="reports:intake_list",
    unit="份",
    filterset=BatchFilter,
    rows=_batches,
    related=lambda rows: rows.defer("made", "layout"),
    order="-uploaded",
    columns=(
        Column(
            "name",
            "文件",
            lambda one: one.name,
            order="name",
            heading=True,
            cell="reports/intake/cells/name.html",
        ),
        Column("number", "批次", lambda one: one.pk, NUMBER, "pk"),
        Column("kind", "类别", lambda one: KINDS[one.kind].label, order="kind"),
        Column(
            "status",
            "状态",
            lambda one: one.get_status_display(),
            order="status",
            cell="reports/intake/cells/status.html",
        ),
        Column("total", "行数", lambda one: one.total, NUMBER, total=True),
        Column("bad", "有误或冲突", lambda one: one.bad, NUMBER, total=True),
        Column("by", "上传人", lambda one: one.uploaded_name, order="uploaded_name"),
        Column("uploaded", "上传日期", lambda one: day_of(one.uploaded_at), DATE, "uploaded_at"),
        Column(
            "applied",
            "导入日期",
            lambda one: day_of(one.applied_at),
            DATE,
            "applied_at",
            empty=True,
        ),
        Column("ordered_by", "确认人", lambda one: one.ordered_name, shown=False),
        Column("undone", "撤销日期", lambda one: day_of(one.undone_at), DATE, shown=False),
        Column("sha256", "文件摘要", lambda one: one.sha256, CODE, shown=False),
    ),
)

# --- lists taken out ------------------------------------------------------


def _exports(user: User, on: date) -> QuerySet[Any]:
    """One's own, and to officers what their colleagues took out."""
    own = Export.objects.visible_to(user).values("pk")
    office = Export.objects.of_office(user).values("pk")
    return Export.objects.filter(Q(pk__in=own) | Q(pk__in=office))


def _rows_of(one: Export) -> int | None:
    """How many went out, where they did."""
    return one.done if one.has_gone_out else None


def _with_files(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    """The file is for whoever asked for it, in the place where he did."""
    place = (user.role, user.authority_id, user.enterprise_id)
    for one in rows:
        one.own = one.owner_id == user.pk
        one.own &= place == (one.role, one.authority_id, one.enterprise_id)
    return rows


EXPORTS = Listing(
    key="exports",
    title="导出记录",
    page="reports:export_list",
    unit="次",
    filterset=ExportFilter,
    rows=_exports,
    dress=_with_files,
    order="-asked",
    columns=(
        Column(
            "title",
            "清单",
            lambda one: one.title,
            order="title",
            heading=True,
            cell="reports/exports/cells/title.html",
        ),
        Column("words", "筛选条件", lambda one: one.words or "全部"),
        Column("by", "导出人", lambda one: one.owner_name, order="owner_name"),
        Column("asked", "申请日期", lambda one: day_of(one.asked_at), DATE, "asked_at"),
        Column("form", "格式", lambda one: one.get_form_display(), order="form"),
        Column("rows", "行数", _rows_of, NUMBER, "done", total=True),
        Column(
            "state",
            "状态",
            lambda one: one.get_state_display(),
            order="state",
            cell="reports/exports/cells/state.html",
        ),
        Column("columns", "列数", lambda one: len(one.columns), NUMBER, shown=False),
        Column("sha256", "文件摘要", lambda one: one.sha256, CODE, shown=False),
    ),
)

# --- summaries of a year --------------------------------------------------


def _summaries(user: User, on: date) -> QuerySet[Any]:
    return Summary.objects.visible_to(user)


def _standing(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    for one in rows:
        state = state_of(one, on)
        one.state = (state.code, state.label)
    return rows


SUMMARIES = Listing(
    key="summaries",
    title="历年总结",
    page="reports:summary_list",
    unit="份",
    filterset=SummaryFilter,
    rows=_summaries,
    related=lambda rows: rows.select_related("authority").defer("frozen"),
    dress=_standing,
    order="-year",
    columns=(
        Column(
            "authority",
            "报送部门",
            lambda one: one.authority.name,
            order="authority__path",
            heading=True,
            cell="reports/summaries/cells/office.html",
        ),
        Column("year", "年份", lambda one: one.year, NUMBER, "year"),
        Column("edition", "版次", lambda one: one.edition, NUMBER, "edition"),
        Column("state", "状态", lambda one: one.state[1], cell="tiers/cells/state.html"),
        Column("due_on", "报送截止", lambda one: one.due_on, DATE, "due_on", empty=True),
        Column("prepared_by", "准备人", lambda one: one.prepared_name),
        Column("signed_by", "签报人", lambda one: one.signed_name),
        Column(
            "signed", "签报日期", lambda one: day_of(one.signed_at), DATE, "signed_at", empty=True
        ),
        Column("sent_back", "退回日期", lambda one: day_of(one.sent_back_at), DATE, shown=False),
        Column("reason", "退回原因", lambda one: one.sent_back_reason, shown=False),
        Column("digest", "签报内容摘要", lambda one: one.digest, CODE, shown=False),
    ),
)
