"""The filing lists that an office sees, and the factories on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from registry.access import Duty, day_of, may_change
from registry.listing import Column, Kind, Listing
from registry.listings import place_of
from registry.models import User
from registry.policy import Tier
from tiers import filing
from tiers.filters import FilingEntryFilter, FilingListFilter
from tiers.models import FilingEntry, FilingList

DATE, CODE, NUMBER = Kind.DATE, Kind.CODE, Kind.NUMBER


# --- lists ----------------------------------------------------------------


def _lists(user: User, on: date) -> QuerySet[Any]:
    return FilingList.objects.visible_to(user)


def _counted(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Each with its factories and with the remarks made on them."""
    kept = Q(entries__live=True)
    return rows.select_related("authority", "recipient").annotate(
        kept=Count("entries", filter=kept),
        remarked=Count("entries", filter=kept & ~Q(entries__remark="")),
    )


FILING_LISTS = Listing(
    key="filing-lists",
    title="备案清单",
    page="tiers:filing_list_list",
    unit="份",
    filterset=FilingListFilter,
    rows=_lists,
    related=_counted,
    order="-created",
    columns=(
        Column(
            "number",
            "清单编号",
            lambda one: one.number,
            CODE,
            "number",
            heading=True,
            cell="tiers/cells/filing_list.html",
        ),
        Column(
            "tier",
            "等级",
            lambda one: one.get_tier_display(),
            order="tier",
            cell="tiers/cells/tier.html",
        ),
        Column("authority", "报备部门", lambda one: one.authority.name, order="authority__path"),
        Column("recipient", "备案部门", lambda one: one.recipient.name, shown=False),
        Column(
            "status",
            "状态",
            lambda one: one.get_status_display(),
            order="status",
            cell="tiers/cells/status.html",
        ),
        Column("kept", "工厂数", lambda one: one.kept, NUMBER, total=True),
        Column("remarked", "有意见的工厂数", lambda one: one.remarked, NUMBER, total=True),
        Column("document_no", "文号", lambda one: one.document_no),
        Column(
            "created",
            "建立日期",
            lambda one: day_of(one.created_at),
            DATE,
            "created_at",
            shown=False,
        ),
        Column("filed", "报备日期", lambda one: day_of(one.filed_at), DATE, "filed_at", empty=True),
        Column("times", "报备次数", lambda one: one.times_filed, NUMBER),
        Column(
            "answered",
            "回复日期",
            lambda one: day_of(one.answered_at),
            DATE,
            "answered_at",
            empty=True,
        ),
        Column("answer", "回复意见", lambda one: one.answer, shown=False),
        Column("digest", "清单摘要", lambda one: one.digest, CODE, shown=False),
    ),
)


# --- factories on them ----------------------------------------------------


def _entries(user: User, on: date) -> QuerySet[Any]:
    """As ``filing.is_shown`` says of each: a list that is being mended is seen as it was filed by
    whoever does not mend it.
    """
    own = Q(
        filing_list__authority=user.authority_id,
        filing_list__tier__in=[tier for tier in Tier if may_change(user, Duty.FILING, tier)],
    )
    waited_for = Q(filing_list__status=FilingList.Status.RETURNED) & ~own
    shown = (waited_for & ~Q(frozen={})) | (~waited_for & Q(live=True))
    return FilingEntry.objects.visible_to(user).filter(shown)


def _particulars(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    for entry in rows:
        entry.what = filing.shown(entry, as_filed=not filing.may_edit(entry.filing_list, user))
    return rows


def _date(entry: Any, name: str) -> date | None:
    text = entry.what[name]
    return date.fromisoformat(text) if text else None


FILING_ENTRIES = Listing(
    key="filing-entries",
    title="备案清单的工厂",
    page="tiers:filing_list_list",
    unit="座",
    filterset=FilingEntryFilter,
    rows=_entries,
    related=lambda rows: rows.select_related(
        "filing_list__authority",
        "certification__factory__enterprise",
        "certification__factory__division__parent",
        "certification__factory__industry",
    ),
    dress=_particulars,
    order="decided_on",
    identity="number",
    columns=(
        Column("list", "清单编号", lambda one: one.filing_list.number, CODE, "filing_list__number"),
        Column("number", "证书编号", lambda one: one.certification.number, CODE),
        Column("enterprise", "企业名称", lambda one: one.what["enterprise"], heading=True),
        Column("credit_code", "统一社会信用代码", lambda one: one.what["credit_code"], CODE),
        Column("factory", "工厂名称", lambda one: one.what["factory"]),
        Column(
            "county", "所属县（市、区）", lambda one: place_of(one.certification.factory.division)
        ),
        Column("industry", "所属行业", lambda one: one.what["industry"]),
        Column("level", "能力成熟度自评等级", lambda one: one.what["maturity_level"], NUMBER),
        Column("assessed_on", "自评时间", lambda one: _date(one, "assessed_on"), DATE),
        Column("dimensions", "覆盖环节", lambda one: one.what.get("covers", "")),
        Column(
            "decided_on",
            "认定日期",
            lambda one: _date(one, "decided_on"),
            DATE,
            "certification__valid_from",
        ),
        Column("document_no", "认定文号", lambda one: one.what["document_no"]),
        Column("last_day", "有效期至", lambda one: _date(one, "last_day"), DATE),
        Column("tier", "清单等级", lambda one: one.filing_list.get_tier_display(), shown=False),
        Column("authority", "报备部门", lambda one: one.filing_list.authority.name, shown=False),
        Column("status", "清单状态", lambda one: one.filing_list.get_status_display(), shown=False),
        Column("remark", "退回意见", lambda one: one.remark, shown=False),
    ),
)
