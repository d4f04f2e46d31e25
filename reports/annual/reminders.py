"""The night: firms are reminded before their day, and offices told of what is late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction

from registry import inbox
from registry.models import Authority, Event, Notification, User
from reports.annual import missed, telling
from reports.models import AnnualReport

#: Days before the day on which a firm is reminded.
DAYS = (30, 7, 1)
OVER = "over"


def stage(due_on: date, on: date) -> str:
    """How near the end is: the last of the days that has begun, "over", or "" before all."""
    left = (due_on - on).days
    if left < 0:
        return OVER
    return next((str(day) for day in sorted(DAYS) if left <= day), "")


@transaction.atomic
def remind(*, on: date, at: datetime) -> int:
    """Tell of every report whose end is near or past, each stage once; how many reports.

    Safe to run twice, late, or on two machines: how far one has been told is kept on its row.
    """
    rows = AnnualReport.objects.with_firm().filter(due_on__lte=on + timedelta(days=max(DAYS)))
    rows = rows.select_for_update(of=("self",), skip_locked=True).for_list().order_by("pk")
    fresh = [report for report in rows if report.told != stage(report.due_on, on)]
    for report in fresh:
        report.told = stage(report.due_on, on)
    AnnualReport.objects.bulk_update(fresh, ["told"], batch_size=500)
    late = [report for report in fresh if report.told == OVER]
    inbox.send_many([*_to_firms(fresh, at), *_to_offices(late, on, at), *_missed(late, on, at)])
    return len(fresh)


def _to_firms(reports: list[AnnualReport], at: datetime) -> list[Notification]:
    staff = telling.staff_of(reports)
    return [
        inbox.addressed(
            user,
            telling.of(
                report,
                Event.ANNUAL_DUE,
                result=_said(report),
                next_step="尽快补报" if report.told == OVER else "按期报送",
                due_on=report.due_on,
            ),
            key=f"annual-due-{report.told}:{report.pk}:{report.due_on}",
            at=at,
        )
        for report in reports
        for user in staff.get(report.factory.enterprise_id, [])
    ]


def _said(report: AnnualReport) -> str:
    what = "退回后还没有重新报送" if report.state == AnnualReport.State.RETURNED else "还没有报送"
    if report.told == OVER:
        return f"{what}，已超过截止日期 {report.due_on:%Y-%m-%d}"
    return f"{what}，{report.due_on:%Y-%m-%d} 截止"


def _to_offices(late: list[AnnualReport], on: date, at: datetime) -> list[Notification]:
    """One message a night to each office about its own, and to the one above about those below."""
    counted: dict[tuple[Authority, int], int] = {}
    for report in late:
        office: Authority | None = report.authority
        while office is not None and office.kind != Authority.Kind.NATION:
            counted[office, report.year] = counted.get((office, report.year), 0) + 1
            office = office.parent if office == report.authority else None
    return [
        inbox.addressed(
            user,
            inbox.Message(
                event=Event.DESK_ANNUAL,
                matter=f"{year}年度报告",
                result=f"新增 {count} 座工厂逾期没有报送",
                next_step="督促企业补报",
                link=f"/annual/?year={year}&state=overdue",
            ),
            key=f"annual-overdue:{office.pk}:{year}:{on}",
            at=at,
        )
        for (office, year), count in counted.items()
        for user in inbox.officers_for(office)
    ]


def _missed(late: Iterable[AnnualReport], on: date, at: datetime) -> list[Notification]:
    """Whoever issued a title of a factory that has now missed too many years in a row."""
    rows = missed.of({report.factory_id for report in late}, on)
    offices: dict[Authority, list[User]] = {}
    for row in rows:
        for title in row.titles:
            offices.setdefault(title.issuer, [])
    for office in offices:
        offices[office] = inbox.officers_for(office)
    return [
        inbox.addressed(
            user,
            inbox.Message(
                event=Event.DESK_ANNUAL,
                matter=f"{row.factory.name}的年度报告",
                result=f"连续 {len(row.years)} 年没有报送，列入复核名单",
                next_step="核实后决定如何处理",
                link="/annual/missed/",
            ),
            key=f"annual-missed:{title.pk}:{row.years[0]}",
            at=at,
        )
        for row in rows
        for title in row.titles
        for user in offices[title.issuer]
    ]
