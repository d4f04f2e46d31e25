"""Published handling times: figures worked out by hand, the floor, and the lists behind them."""

from datetime import date

import pytest
from django.urls import reverse

from registry import workdays
from tests import build
from tiers import timing
from tiers.models import Action

ON = date(2026, 6, 30)
MONDAY = date(2026, 3, 2)


def decided(where, days, action=Action.COMPLETE):
    """A case of Monday 2 March decided so many working days later."""
    case = build.application_at("submitted", where=where, at=build.on_day(MONDAY))
    return build.decide(case, action, at=build.on_day(workdays.add(MONDAY, days)))


@pytest.fixture
def decade(changan):
    """Ten cases with 1 to 9 and 20 working days; the limit is 15. One more waits."""
    for days in (3, 1, 2, 20, 4, 9, 6, 7, 8, 5):
        decided(changan, days)
    build.application_at("submitted", where=changan, at=build.on_day(MONDAY))


def row_of(code, on=ON):
    return next(row for row in timing.rows(on) if row.authority.code == code)


@pytest.mark.parametrize(
    ("figures", "median", "high"),
    [
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([5, 1, 3], 3, 5),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 20], 5, 9),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 6, 10),
    ],
)
def test_percentile_is_the_nearest_rank(figures, median, high):
    assert timing.percentile(figures, timing.MEDIAN) == median
    assert timing.percentile(figures, timing.HIGH) == high


def test_row_of_a_bureau_by_hand(decade):
    row = row_of("130100")

    assert (row.cases, row.median, row.high, row.paused, row.in_time) == (10, 5, 9, 0, 0.9)
    assert row.step.label == "市级认定"


def test_firms_days_stand_apart(changan):
    case = build.application_at("submitted", where=changan, at=build.on_day(MONDAY))
    back, again, end = (workdays.add(MONDAY, n) for n in (14, 24, 26))
    case = build.decide(case, Action.SEND_BACK, opinion="请补充", at=build.on_day(back))
    case = build.submit(case, at=build.on_day(again))
    build.decide(case, at=build.on_day(end))

    row = row_of("130100")

    # 14 + 2 working days with the office, 10 with the firm; one day was left, two were taken.
    assert (row.cases, row.median, row.paused, row.in_time) == (1, 16, 10, 0)


def test_rejections_count_and_returns_and_withdrawals_do_not(changan):
    decided(changan, 3, Action.REJECT)
    decided(changan, 2, Action.SEND_BACK)
    build.application_at("withdrawn", where=changan, at=build.on_day(MONDAY))

    assert row_of("130100").cases == 1


def test_each_step_of_a_chain_counts_for_its_own_bureau(world):
    case = build.application_at(
        "submitted", where=build.authority("230102"), at=build.on_day(MONDAY)
    )
    for days in (4, 10):
        case = build.decide(case, at=build.on_day(workdays.add(MONDAY, days)))

    assert [(row.authority.code, row.step.label, row.median) for row in timing.rows(ON)] == [
        ("230100", "市级认定", 6),
        ("230102", "县级核实", 4),
    ]


def test_twelve_months_end_with_the_day(changan):
    decided(changan, 0)

    assert timing.period(date(2027, 3, 1)) == (date(2026, 3, 2), date(2027, 3, 1))
    assert [row.cases for row in timing.rows(date(2027, 3, 1))] == [1]
    assert timing.rows(date(2027, 3, 2)) == []
    assert timing.rows(date(2026, 3, 1)) == []


def test_few_cases_are_not_published_neither_on_the_page_nor_as_json(client, time_machine, changan):
    time_machine.move_to(build.on_day(ON))
    for days in (11, 12, 13, 14):
        decided(changan, days)

    text = client.get(reverse("tiers:handling_times")).content.decode()
    (shown,) = client.get("/api/v1/handling-times/").json()

    assert "不足 5 件" in text
    assert "12 个工作日" not in text
    assert (shown["published"], shown["cases"], shown["median"], shown["p90"]) == (
        False,
        None,
        None,
        None,
    )
    decided(changan, 12)
    assert "12 个工作日" in client.get(reverse("tiers:handling_times")).content.decode()
    assert client.get("/api/v1/handling-times/").json()[0]["median"] == 12


def test_officer_comes_from_the_number_to_the_cases_and_others_do_not(
    as_user, time_machine, decade, city_officer, other_city_officer, staff
):
    time_machine.move_to(build.on_day(ON))
    address = reverse("tiers:handling_times")

    ((row, link),) = as_user(city_officer).get(address).context["rows"]
    listed = as_user(city_officer).get(link)

    assert listed.context["list"].page.count == row.cases == 10
    for stranger in (other_city_officer, staff):
        assert [link for _, link in as_user(stranger).get(address).context["rows"]] == [""]


def test_page_is_narrowed_by_province_and_level(client, time_machine, decade):
    time_machine.move_to(build.on_day(ON))
    address = reverse("tiers:handling_times")

    def found(query):
        return len(client.get(f"{address}?{query}").context["rows"])

    queries = ("province=130000", "province=230000", "level=city", "level=county", "level=x")
    assert [found(query) for query in queries] == [1, 0, 1, 0, 0]


def test_page_without_any_decision_says_so(client, world):
    text = client.get(reverse("tiers:handling_times")).content.decode()

    assert "近十二个月还没有办结的申报" in text
