"""Working days with their make-up days, and the arithmetic of years."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import holidays, workdays
from tests.registry import tables
from tests.registry.notices import FREE, WORKED

DAYS = st.dates(date(1970, 1, 1), date(2100, 12, 31))


def every_day(year):
    return [
        date(year, 1, 1) + timedelta(days=n)
        for n in range((date(year, 12, 31) - date(year, 1, 1)).days + 1)
    ]


def open_on(day):
    """Whether offices work, by the notices alone."""
    year = day.year
    return day in WORKED[year] or (day.weekday() < 5 and day not in FREE[year])


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_day_of_an_official_year_is_as_the_notice_says(year):
    wrong = [day for day in every_day(year) if workdays.is_workday(day) != open_on(day)]

    assert workdays.is_official(year)
    assert wrong == []


def test_notices_are_not_a_copy_of_the_week():
    assert all(day.weekday() >= 5 for days in WORKED.values() for day in days)
    assert [sum(map(open_on, every_day(year))) for year in FREE] == [251, 248, 248]


def test_counting_over_three_official_years_follows_the_notices_day_by_day():
    start, counted = date(2023, 12, 31), 0
    for day in [day for year in FREE for day in every_day(year)]:
        counted += open_on(day)
        assert workdays.between(start, day) == counted
        if open_on(day):
            assert workdays.add(start, counted) == day


def test_five_days_across_the_national_holiday():
    # 1-7 October are free; Saturday the 10th is worked in their place.
    assert workdays.add(date(2026, 9, 30), 5) == date(2026, 10, 13)


def test_year_without_a_table_counts_monday_to_friday():
    unknown = next(year for year in range(2026, 2100) if not workdays.is_official(year))

    assert workdays.is_official(2026)
    week = [date(unknown, 10, 1) + timedelta(days=n) for n in range(7)]
    assert [workdays.is_workday(day) for day in week] == [day.weekday() < 5 for day in week]


def test_loaded_table_makes_its_year_official_in_a_running_process():
    assert not workdays.is_official(2027)
    assert workdays.is_workday(date(2027, 2, 5))
    assert workdays.stated(date(2027, 2, 5)) == "2027-02-05（暂定）"

    tables.load()

    assert workdays.is_official(2027)
    assert not workdays.is_workday(date(2027, 2, 5))
    assert workdays.is_workday(date(2027, 2, 20))  # a Saturday worked for the Spring Festival
    assert workdays.stated(date(2027, 2, 5)) == "2027-02-05"


def test_table_reaches_back_into_the_december_before_it():
    before = workdays.fingerprint(2026)
    assert not workdays.is_workday(date(2026, 12, 26))

    tables.load()

    assert workdays.is_workday(date(2026, 12, 26))
    assert workdays.is_workday(date(2026, 12, 25))
    assert workdays.fingerprint(2026) != before


def test_loaded_table_corrects_an_official_year():
    assert workdays.is_workday(date(2026, 9, 3))
    text = "年份,2026\n依据,临时调整\n开始,结束,安排,说明\n" + "\n".join(
        f"{day},,放假,节日" for day in sorted(FREE[2026] | {date(2026, 9, 3)})
    )

    tables.load(text)

    assert not workdays.is_workday(date(2026, 9, 3))
    assert not workdays.is_workday(date(2026, 1, 4))  # the whole year goes by the new table


def test_torn_file_in_the_folder_leaves_the_year_provisional(settings):
    settings.WORKDAYS_DIR.mkdir()
    (settings.WORKDAYS_DIR / "2027.csv").write_text("年份,2027\n依据,通知\n开始,结束,安排,说明\n")

    assert not workdays.is_official(2027)
    assert workdays.is_workday(date(2027, 10, 1))


def test_table_is_written_as_it_is_read():
    table = tables.load()

    assert holidays.read(holidays.write(table)) == table


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2027-13-01,,放假,", "第 4 行：没有2027-13-01这一天，请核对"),
        ("一月一日,,放假,", "第 4 行：日期“一月一日”认不出，请写成 2027-01-01 的样子"),
        (
            "2027-02-05,2027-02-01,放假,",
            "第 4 行：结束日期 2027-02-01 早于开始日期 2027-02-05，请对调",
        ),
        ("2028-01-01,,放假,", "第 4 行：日期不在2027年内（可以含上年12月），请核对年份"),
        ("2027-01-01,,休息,", "第 4 行：“安排”一列写的是“休息”，请写“放假”或“上班”"),
        ("2027-01-04,,上班,", "第 4 行：2027-01-04 是周一，本来就上班，请核对日期"),
    ],
)
def test_line_that_cannot_be_is_named_with_its_cure(line, problem):
    head, rest = tables.TABLE_2027.split("2027-01-01", 1)

    with pytest.raises(holidays.TableError) as refusal:
        holidays.read(f"{head}{line}\n2027-01-01{rest}".encode())

    assert refusal.value.problems == [problem]


def test_day_written_twice_and_holidays_left_out_are_refused():
    twice = tables.TABLE_2027 + "2027-10-07,,放假,国庆节\n"
    short = "\n".join(line for line in tables.TABLE_2027.splitlines() if "国庆" not in line)

    problems = []
    for text in (twice, short):
        with pytest.raises(holidays.TableError) as refusal:
            holidays.read(text.encode())
        problems += refusal.value.problems

    assert problems == [
        "第 11 行：2027-10-07 已在前面的行里出现，一天只能写一次",
        "表中没有把10月1日、10月2日、10月3日列为放假，表不完整，请对照通知补全",
    ]


def test_table_saved_by_a_chinese_excel_is_read():
    text = tables.TABLE_2027.replace("2027-01-01,2027-01-03", "2027/1/1,2027/1/3")

    assert holidays.read(text.encode("gb18030")) == holidays.read(tables.TABLE_2027.encode())


def test_file_of_another_kind_is_answered_with_an_example():
    with pytest.raises(holidays.TableError, match="文件开头三行应依次为年份、依据、列名"):
        holidays.read(b"\xff\xfe\x00")


def test_first_day_is_not_counted():
    assert workdays.between(date(2026, 3, 2), date(2026, 3, 2)) == 0
    assert workdays.between(date(2026, 3, 2), date(2026, 3, 3)) == 1
    assert workdays.between(date(2026, 3, 3), date(2026, 3, 2)) == -1


@given(st.dates(date(2023, 1, 1), date(2028, 12, 31)), st.integers(1, 300))
def test_adding_and_counting_agree(start, days):
    assert workdays.between(start, workdays.add(start, days)) == days


@given(*[st.dates(date(2023, 1, 1), date(2028, 12, 31))] * 3)
def test_counts_add_up_over_any_day_between(one, other, third):
    assert workdays.between(one, other) + workdays.between(other, third) == workdays.between(
        one, third
    )


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


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), -6, date(2026, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 3, 2), -3, date(2025, 12, 2)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(day, months, expected):
    assert workdays.months_later(day, months) == expected
