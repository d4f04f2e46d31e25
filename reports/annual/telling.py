"""What firms and offices are told about annual reports; the acts say when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from registry import inbox
from registry.inbox import Message
from registry.models import Event, User
from reports.models import AnnualReport


def of(
    report: AnnualReport,
    event: Event,
    *,
    result: str,
    next_step: str = "",
    due_on: date | None = None,
) -> Message:
    return Message(
        event=event,
        matter=f"{report.factory.name}的{report.year}年度报告",
        result=result,
        next_step=next_step,
        due_on=due_on,
        link=f"/annual/{report.pk}/",
    )


def staff_of(reports: Iterable[AnnualReport]) -> dict[int, list[User]]:
    """The people of the firms of these reports, by firm."""
    found: dict[int, list[User]] = {}
    firms = {report.factory.enterprise_id for report in reports}
    for user in User.objects.filter(enterprise__in=firms, is_active=True).order_by("pk"):
        found.setdefault(user.enterprise_id or 0, []).append(user)
    return found


def tell_office(report: AnnualReport, at: datetime) -> None:
    """A report waits for the office that accepts it."""
    inbox.send(
        inbox.officers_for(report.authority),
        of(
            report,
            Event.DESK_ANNUAL,
            result="企业已报送",
            next_step="审核后受理，或逐项写明退回修改",
        ),
        key=f"annual-submitted:{report.pk}:{report.version}:{report.authority_id}",
        at=at,
    )


def tell_firm(report: AnnualReport, message: Message, what: str, at: datetime) -> None:
    inbox.send(
        inbox.staff_of(report.factory.enterprise),
        message,
        key=f"annual-{what}:{report.pk}:{report.version}",
        at=at,
    )
