"""Working days with their make-up days, and the arithmetic of years."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import workdays

DAYS = st.dates(date(1970, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize("day", [date(2026, 1, 4), date(2026, 2, 14), date(2026, 5, 9)])
def test_make_up_weekend_is_a_working_day(day):
    assert day.weekday() >= 5
    assert workdays.is_workday(day)


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 2, 17), date(2026, 10, 1)])
def test_holiday_on_a_weekday_is_free(day):
    assert day.weekday() < 5
    assert not workdays.is_workday(day)


def test_five_days_across_the_national_holiday():
    # 1-7 October are free; Saturday the 10th is worked in their place.
    assert workdays.add(date(2026, 9, 30), 5) == date(2026, 10, 13)


def test_year_without_a_table_counts_monday_to_friday():
    unknown = next(year for year in range(2026, 2100) if not workdays.is_official(year))

    assert workdays.is_official(2026)
    week = [date(unknown, 10, 1) + timedelta(days=n) for n in range(7)]
    assert [workdays.is_workday(day) for day in week] == [day.weekday() < 5 for day in week]


def test_first_day_is_not_counted():
    assert workdays.between(date(2026, 3, 2), date(2026, 3, 2)) == 0
    assert workdays.between(date(2026, 3, 2), date(2026, 3, 3)) == 1
    assert workdays.between(date(2026, 3, 3), date(2026, 3, 2)) == -1


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(1, 40))
def test_adding_and_counting_agree(start, days):
    assert workdays.between(start, workdays.add(start, days)) == days


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2024, 2, 29), 3, date(2027, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2024, 2, 29), -1, date(2023, 2, 28)),
        (date(2027, 2, 28), 1, date(2028, 2, 28)),
        (date(2026, 12, 31), 3, date(2029, 12, 31)),
    ],
)
def test_corresponding_day(day, years, expected):
    assert workdays.years_later(day, years) == expected


@given(DAYS, DAYS, st.integers(0, 30))
def test_years_keep_the_order_of_days(one, other, years):
    first, second = sorted([one, other])

    assert workdays.years_later(first, years) <= workdays.years_later(second, years)
