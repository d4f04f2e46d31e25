"""Working days (工作日) in mainland China, with make-up days.

The official table comes from ``chinese_calendar``; a year it does not know yet counts Monday to
Friday and is provisional (暂定). Also the arithmetic of years, used for terms, look-backs and
bans.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import chinese_calendar


def is_official(year: int) -> bool:
    """Whether the State Council's holiday table of that year is known here."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def is_workday(day: date) -> bool:
    """Whether offices work on that day."""
    if not is_official(day.year):
        return day.weekday() < 5
    return chinese_calendar.is_workday(day)


def add(start: date, days: int) -> date:
    """The day on which the given number of working days has passed; the first day is not
    counted.
    """
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_workday(day)
    return day


def between(start: date, end: date) -> int:
    """Working days after ``start`` up to and including ``end``; negative when ``end`` lies before
    ``start``.
    """
    if end < start:
        return -between(end, start)
    return sum(is_workday(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def years_later(day: date, years: int) -> date:
    """The corresponding day N years later (earlier for negative N), or that month's last day where
    there is none (民法典 201, 202): 2024-02-29 and three years make 2027-02-28.
    """
    year = day.year + years
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))
