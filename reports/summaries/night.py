"""The night: summaries of the year that has ended are opened, reminded of, and called overdue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from registry import audit, inbox, policy
from registry.access import business_date
from registry.audit import Verb
from registry.models import Authority, Event, Notification
from reports.models import Summary
from reports.summaries.acts import office_above

#: Days before the last at which one is reminded; 0 stands for the days after it.
REMIND_DAYS = (30, 7, 1)
OVERDUE = 0
#: Whoever is told late of a duty still has so many days.
NOTICE_DAYS = 30


def open_years(*, on: date, at: datetime) -> int:
    """Open what is owed about the year before in every province; how many were opened."""
    return sum(open_year(province, on.year - 1, at=at) for province in policy.provinces())


@transaction.atomic
def open_year(province: str, year: int, *, at: datetime) -> int:
    """Make the summary that each office owes about a year, once, and tell it; the province's own
    adds them up. Who owes one is said by the rules in force on the year's last day.
    """
    try:
        rule = policy.current(province, date(year, 12, 31)).annual.summary
    except LookupError:
        return 0
    top = Authority.objects.select_for_update().filter(code=province).first()
    if rule is None or top is None:
        return 0
    below = Authority.objects.filter(path__startswith=top.path, kind__in=rule.levels)
    known = set(Summary.objects.filter(year=year).values_list("authority", flat=True))
    due_on = max(rule.due.after(year), business_date(at) + timedelta(days=NOTICE_DAYS))
    owing = [(top, None), *((one, due_on) for one in below.order_by("path"))]
    fresh = [
        Summary(authority=office, year=year, due_on=day, opened_at=at)
        for office, day in owing
        if office.pk not in known
    ]
    for one in fresh:
        one.reminded = _stage(one, business_date(at))
    Summary.objects.bulk_create(fresh)
    audit.record_many(
        audit.event(Verb.SUMMARY_OPEN, one, by=None, at=at, path=one.authority.path)
        for one in fresh
    )
    inbox.send_many([told for one in fresh for told in _opened(one, at)])
    return len(fresh)


def _opened(one: Summary, at: datetime) -> list[Notification]:
    message = inbox.Message(
        event=Event.ANNUAL_SUMMARY,
        matter=str(one),
        result="可以开始填写，数字由登记数据计算",
        next_step="填写后由一人准备、另一人签报",
        due_on=one.due_on,
        link=f"/annual/summaries/{one.pk}/",
    )
    key = f"summary:{one.pk}:opened"
    people = inbox.officers_of(one.authority)
    return [inbox.addressed(user, message, key=key, at=at) for user in people]


@transaction.atomic
def remind(*, on: date, at: datetime) -> int:
    """Remind of what is due 30, 7 and 1 days ahead and tell of what is overdue, also the office
    above; each once, however late or often this runs. How many summaries were told of.
    """
    fresh = []
    waiting = Summary.objects.standing().unsigned().filter(due_on__isnull=False)
    held = waiting.select_for_update(of=("self",), skip_locked=True).select_related("authority")
    for one in held.filter(Q(reminded=None) | Q(reminded__gt=OVERDUE)).order_by("pk"):
        stage = _stage(one, on)
        if stage is not None and (one.reminded is None or stage < one.reminded):
            one.reminded = stage
            fresh.append(one)
    Summary.objects.bulk_update(fresh, ["reminded"], batch_size=500)
    inbox.send_many([told for one in fresh for told in _urging(one, on, at)])
    late = [one for one in fresh if one.reminded == OVERDUE]
    inbox.send_many(_to_those_above(late, at))
    return len(fresh)


def _stage(one: Summary, on: date) -> int | None:
    """The nearest day of reminding that has come, ``OVERDUE`` after the last day."""
    if one.due_on is None:
        return None
    left = (one.due_on - on).days
    if left < 0:
        return OVERDUE
    return min((days for days in REMIND_DAYS if left <= days), default=None)


def _urging(one: Summary, on: date, at: datetime) -> list[Notification]:
    if one.due_on is None:
        return []
    late = one.reminded == OVERDUE
    left = f"还有 {(one.due_on - on).days} 天截止报送"
    message = inbox.Message(
        event=Event.ANNUAL_SUMMARY_OVERDUE if late else Event.ANNUAL_SUMMARY_DUE,
        matter=str(one),
        result="已超过报送截止日期" if late else left,
        next_step="填写后由一人准备、另一人签报",
        due_on=one.due_on,
        link=f"/annual/summaries/{one.pk}/",
    )
    key = f"summary:{one.pk}:due:{one.reminded}"
    people = inbox.officers_of(one.authority)
    return [inbox.addressed(user, message, key=key, at=at) for user in people]


def _to_those_above(late: Sequence[Summary], at: datetime) -> list[Notification]:
    """One message to each office above, however many are late there."""
    waiting: dict[tuple[Authority, int], list[Summary]] = {}
    for one in late:
        if above := office_above(one):
            waiting.setdefault((above, one.year), []).append(one)
    told = []
    for (above, year), those in waiting.items():
        names = "、".join(one.authority.short_name for one in those[:5])
        more = f"等 {len(those)} 个单位" if len(those) > 5 else ""
        message = inbox.Message(
            event=Event.ANNUAL_SUMMARY_OVERDUE,
            matter=f"下级{year}年度总结",
            result=f"{names}{more}逾期未报送",
            next_step="查看报送情况，催报",
            due_on=those[0].due_on,
            link=f"/annual/summaries/?year={year}",
        )
        key = f"summaries-late:{above.pk}:{those[0].pk}:{len(those)}"
        told += [
            inbox.addressed(user, message, key=key, at=at) for user in inbox.officers_of(above)
        ]
    return told
