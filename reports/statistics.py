"""Figures of a start page. Each is counted by the same query set that its list shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse

from registry.access import Role
from registry.models import Authority, Claim, Notification, User
from reports.models import AnnualReport
from tiers import filing, register, returns
from tiers.models import Application, Certification, FilingList, ReturnItem


@dataclass(frozen=True)
class Figure:
    """One number with the list it opens, as components/_stat.html prints it."""

    value: int
    unit: str
    label: str
    url: str
    tone: str = ""
    icon: str = ""


def officer_figures(user: User, on: date) -> list[Figure]:
    """What waits for an officer, what is late, and what will soon need him."""
    figures = [*_cases(user, on), *_lists(user, on)]
    if reports := AnnualReport.objects.awaiting(user).count():
        url = reverse("reports:annual_list") + "?state=submitted&by=own"
        figures.append(Figure(reports, "份", "年度报告待受理", url, icon="file"))
    people = Claim.objects.visible_to(user).pending().count()
    figures.append(Figure(people, "人", "待确认人员", reverse("registry:people"), icon="person"))
    near = Certification.objects.visible_to(user).ending_within(register.NEAR_DAYS, on).count()
    label = f"{register.NEAR_DAYS} 天内到期"
    url = reverse("tiers:title_list") + "?tab=near"
    figures.append(Figure(near, "项", label, url, "warn" if near else "", "hourglass"))
    return [*figures, unread_figure(user)]


def _cases(user: User, on: date) -> list[Figure]:
    waiting, desk = Application.objects.awaiting(user), reverse("tiers:desk")
    late = waiting.overdue(on).count()
    figures = [
        Figure(waiting.count(), "件", "待办", f"{desk}?tab=todo"),
        Figure(
            late,
            "件",
            "超期",
            f"{desk}?tab=todo&clock=over",
            "bad" if late else "",
            "alert",
        ),
    ]
    if user.role != Role.COUNTY:
        below = Application.objects.lagging_below(user, on).count()
        tone = "bad" if below else ""
        figures.append(Figure(below, "件", "下级超期", f"{desk}?tab=below", tone, "alert"))
    return figures


def _lists(user: User, on: date) -> list[Figure]:
    figures, files = [], bool(filing.filed_tiers(user, on))
    if files:
        unfiled = Certification.objects.to_collect_by(user).count()
        url = reverse("tiers:title_list") + "?tab=unfiled"
        figures.append(Figure(unfiled, "座", "已认定待报备", url, icon="file"))
    if files or user.role in (Role.CITY, Role.PROVINCE):
        lists = FilingList.objects.awaiting(user).count()
        url = reverse("tiers:filing_list_list")
        figures.append(
            Figure(lists, "份", "备案清单待办", url, "warn" if lists else "", icon="file")
        )
    return figures


def unread_figure(user: User) -> Figure:
    unread = Notification.objects.visible_to(user).unread().count()
    return Figure(
        unread, "条", "未读站内信", reverse("registry:inbox") + "?tab=unread", icon="mail"
    )


def firm_figures(user: User, on: date) -> list[Figure]:
    """What a firm holds, what is on its way, and what needs mending."""
    cases, titles = Application.objects.visible_to(user), Certification.objects.visible_to(user)
    back = cases.filter(status=Application.Status.RETURNED).count()
    listed, held = reverse("tiers:application_list"), reverse("tiers:title_list")
    running = cases.filter(status=Application.Status.IN_PROGRESS).count()
    return [
        Figure(
            titles.in_force(on).count(), "项", "有效称号", f"{held}?status=valid", icon="shield"
        ),
        Figure(running, "件", "办理中的申报", f"{listed}?status=in_progress", icon="clock"),
        Figure(back, "件", "退回补正", f"{listed}?status=returned", "warn" if back else "", "back"),
        unread_figure(user),
    ]


@dataclass(frozen=True)
class Count:
    """One line of the returns: how often, how many cases, and the list with just those cases."""

    label: str
    times: int
    cases: int
    url: str
    code: str = ""


@dataclass(frozen=True)
class Returns:
    """The returns of a year: in all, by office, by reason and by condition."""

    total: Count
    offices: list[Count]
    reasons: list[Count]
    conditions: list[Count]


def returns_of(user: User, year: int, office: Authority | None) -> Returns:
    """What the officer's office and those below it sent back; narrowed to one office on demand."""
    everywhere = returns.sent_back(user, year)
    here = returns.sent_back(user, year, office=office)
    items = ReturnItem.objects.filter(decision__in=here)
    cases = models.Count("application", distinct=True)
    by_office = everywhere.values("authority__code", "authority__name").annotate(
        times=models.Count("pk"), cases=cases
    )
    whole = here.aggregate(times=models.Count("pk"), cases=cases)
    narrow = {"returned_by": office.code} if office else {}
    return Returns(
        total=Count("合计", whole["times"], whole["cases"], _cases_url(year, **narrow)),
        offices=[
            Count(
                row["authority__name"],
                row["times"],
                row["cases"],
                _cases_url(year, returned_by=row["authority__code"]),
                row["authority__code"],
            )
            for row in by_office.order_by("authority__path")
        ],
        reasons=[
            Count(
                row["reason"],
                row["times"],
                row["cases"],
                _cases_url(year, return_reason=row["reason"], **narrow),
            )
            for row in _by(items, "reason")
        ],
        conditions=[
            Count(
                row["label"],
                row["times"],
                row["cases"],
                _cases_url(year, return_item=row["target"], **narrow),
            )
            for row in _by(items.filter(target_kind=ReturnItem.Kind.CONDITION), "target", "label")
        ],
    )


def _by(items: models.QuerySet[ReturnItem], *names: str) -> models.QuerySet[Any, dict[str, Any]]:
    counted = items.values(*names).annotate(
        times=models.Count("pk"), cases=models.Count("decision__application", distinct=True)
    )
    return counted.order_by("-cases", "-times", *names)


def _cases_url(year: int, **asked: str) -> str:
    return f"{reverse('tiers:desk')}?{urlencode({'tab': 'all', 'returned': year, **asked})}"
