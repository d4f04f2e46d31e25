"""The list of annual reports."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet

from registry.access import business_date
from registry.listing import Column, Kind, Listing
from registry.models import User
from registry.policy import Tier
from reports.forms.annual import AnnualFilter
from reports.models import AnnualReport
from tiers import register

DATE, CODE, NUMBER = Kind.DATE, Kind.CODE, Kind.NUMBER


def _reports(user: User, on: date) -> QuerySet[Any]:
    return AnnualReport.objects.visible_to(user)


def _stand(rows: Any, user: User, on: date) -> Any:
    """With the state of the day in words."""
    for row in rows:
        row.standing, row.now = row.label_on(on), row.state_on(on)
    return rows


def _with_firms(rows: Any) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.for_list()
    return found


ANNUAL = Listing(
    key="annual",
    title="年度报告",
    page="reports:annual_list",
    unit="份",
    filterset=AnnualFilter,
    rows=_reports,
    related=_with_firms,
    dress=_stand,
    order="-year",
    columns=(
        Column(
            "factory",
            "工厂名称",
            lambda r: r.factory.name,
            order="factory__spoken",
            heading=True,
            cell="reports/annual/cells/report.html",
        ),
        Column("year", "报告年度", lambda r: r.year, NUMBER, "year"),
        Column(
            "enterprise",
            "企业名称",
            lambda r: r.factory.enterprise.name,
            order="factory__enterprise__spoken",
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            lambda r: r.factory.enterprise.credit_code,
            CODE,
            shown=False,
        ),
        Column("city", "所在市", lambda r: register.place_of(r.factory)[0]),
        Column(
            "county",
            "所在县",
            lambda r: register.place_of(r.factory)[1],
            order="factory__authority__path",
        ),
        Column(
            "tier",
            "等级",
            lambda r: str(Tier(r.tier).label),
            cell="tiers/cells/tier.html",
        ),
        Column("authority", "受理部门", lambda r: r.authority.short_name, order="authority__path"),
        Column("state", "状态", lambda r: r.standing, cell="reports/annual/cells/state.html"),
        Column(
            "due_on",
            "截止日期",
            lambda r: r.due_on,
            DATE,
            "due_on",
            cell="reports/annual/cells/due.html",
        ),
        Column(
            "submitted",
            "报送日期",
            lambda r: business_date(r.submitted_at) if r.submitted_at else None,
            DATE,
            "submitted_at",
            empty=True,
        ),
    ),
)
