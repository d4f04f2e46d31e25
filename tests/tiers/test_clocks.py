"""The clocks of a case: what counts for the office, what for the firm, and what may be expected."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import workdays
from registry.policy import Tier
from tests import build
from tests.registry import tables
from tiers import clocks
from tiers.models import Action, Decision


def days(text):
    return build.moment(f"2026-{text} 10:00")


@pytest.fixture
def factory(changan):
    return build.factory_at(changan)


@pytest.fixture
def daoli(world):
    """A county in a province where the county verifies in 5 and the city decides in 15 days."""
    return build.authority("230102")


# --- the pause ----------------------------------------------------------------------------------


def test_office_goes_on_with_the_days_it_has_left(factory):
    case = build.application_at("submitted", factory=factory, at=days("03-02"))
    assert case.due_on == date(2026, 3, 23)

    # Four of fifteen days used; ten days with the firm count for nobody.
    case = build.decide(case, Action.SEND_BACK, opinion="请补充", at=days("03-06"))
    case = build.submit(case, at=days("03-20"))

    assert case.due_on == workdays.add(date(2026, 3, 20), 11) == date(2026, 4, 7)
    assert clocks.tally(case, date(2026, 3, 24)) == clocks.Tally(office=6, firm=10)


def test_office_that_used_all_its_days_has_one_more(factory):
    case = build.application_at("submitted", factory=factory, at=days("03-02"))
    case = build.decide(case, Action.SEND_BACK, opinion="请补充", at=days("04-30"))

    case = build.submit(case, at=days("05-06"))

    assert case.due_on == date(2026, 5, 7)


def test_every_turn_at_a_step_counts(factory):
    case = build.application_at("submitted", factory=factory, at=days("03-02"))
    for back, again in (("03-04", "03-10"), ("03-12", "03-13"), ("03-16", "03-20")):
        case = build.decide(case, Action.SEND_BACK, opinion="请补充", at=days(back))
        case = build.submit(case, at=days(again))

    # 2 + 2 + 1 of 15 used.
    assert case.due_on == workdays.add(date(2026, 3, 20), 10)


def test_clock_stands_still_while_the_firm_has_the_case(factory):
    case = build.application_at("submitted", factory=factory, at=days("03-02"))
    case = build.decide(case, Action.SEND_BACK, opinion="请补充", at=days("03-06"))

    due = clocks.due(case, date(2026, 12, 1))

    assert (due.paused_since, due.on, due.overdue) == (date(2026, 3, 6), None, False)


def test_county_goes_on_with_its_own_days_when_the_city_returned_the_case(daoli):
    case = build.application_at("submitted", where=daoli, at=days("03-02"))
    assert case.due_on == date(2026, 3, 9)
    case = build.decide(case, at=days("03-05"))  # three of five days
    assert case.due_on == date(2026, 3, 26)
    case = build.decide(case, Action.SEND_BACK, opinion="请补充", at=days("03-09"))

    case = build.submit(case, at=days("03-16"))
    assert case.due_on == date(2026, 3, 18)  # two left of the county's five
    case = build.decide(case, at=days("03-17"))

    assert case.due_on == workdays.add(date(2026, 3, 17), 13)  # thirteen of the city's fifteen


@given(
    st.lists(st.integers(0, 30), min_size=2, max_size=12),
    st.dates(date(2024, 1, 1), date(2026, 12, 31)),
)
def test_office_and_firm_share_the_whole_time(gaps, start):
    """Sent in, sent back, sent in again …: no working day is lost and none counted twice."""
    made, day = [], start
    for number, gap in enumerate(gaps):
        day = workdays.add(day, gap)
        back = number % 2 == 1
        made.append(
            Decision(
                action=Action.SEND_BACK if back else Action.SUBMIT,
                step="determine" if back else "",
                step_level="city" if back else "",
                at=build.on_day(day),
            )
        )
    waiting = None if len(gaps) % 2 == 0 else ("determine", "city")

    office = sum(span.days(day) for span in clocks.office_spans(made, waiting))
    firm = sum(span.days(day) for span in clocks.firm_spans(made))

    first = made[0].at.date()
    assert office + firm == workdays.between(first, day) == sum(gaps[1:])
    assert office == sum(gaps[1::2])


# --- due ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "left", "soon", "overdue", "over"),
    [
        ("2026-03-17", 4, False, False, 0),
        ("2026-03-18", 3, True, False, 0),
        ("2026-03-23", 0, True, False, 0),
        ("2026-03-24", -1, False, True, 1),
        ("2026-03-30", -5, False, True, 5),
    ],
)
def test_due_says_how_many_working_days_are_left(factory, on, left, soon, overdue, over):
    case = build.application_at("submitted", factory=factory, at=days("03-02"))

    due = clocks.due(case, date.fromisoformat(on))

    assert (due.days, due.soon, due.overdue, due.over) == (left, soon, overdue, over)


def test_deadline_that_passed_on_a_friday_is_overdue_on_saturday(factory):
    case = build.application_at("submitted", factory=factory, at=days("03-06"))
    assert case.due_on == date(2026, 3, 27)

    due = clocks.due(case, date(2026, 3, 28))

    assert (due.overdue, due.over) == (True, 0)


def test_deadline_in_a_year_without_a_table_is_provisional(factory):
    case = build.application_at("submitted", factory=factory, at=days("12-21"))
    on = date(2026, 12, 21)
    assert (case.due_on, clocks.due(case, on).provisional) == (date(2027, 1, 11), True)
    assert "（暂定）" in clocks.expectation(case, on).words

    tables.load()

    assert not clocks.due(case, on).provisional


# --- expectation ----------------------------------------------------------------------------------


def test_draft_expects_the_whole_chain_from_today(daoli):
    case = build.application_at("draft", where=daoli, at=days("03-02"))

    found = clocks.expectation(case, date(2026, 3, 2))

    assert found.words == ("预计 2026-03-30 前办结：县级核实 5 个工作日 + 市级认定 15 个工作日")
    assert found.basis == "方案未规定办理时限，本系统设定"
    assert found.on == workdays.add(date(2026, 3, 2), 20)


def test_expected_day_moves_up_when_a_step_is_done_early(daoli):
    case = build.application_at("submitted", where=daoli, at=days("03-02"))
    assert clocks.expectation(case, date(2026, 3, 3)).on == date(2026, 3, 30)

    case = build.decide(case, at=days("03-03"))

    assert clocks.expectation(case, date(2026, 3, 3)).on == date(2026, 3, 24)


def test_late_step_makes_the_day_unknown(factory):
    case = build.application_at("submitted", factory=factory, at=days("03-02"))

    found = clocks.expectation(case, date(2026, 3, 24))

    assert (found.on, found.words) == (None, "市级认定已超过时限，办结日期暂不能推算")


def test_returned_case_says_what_is_left_after_mending(factory):
    case = build.application_at("submitted", factory=factory, at=days("03-02"))
    case = build.decide(case, Action.SEND_BACK, opinion="请补充", at=days("03-06"))

    found = clocks.expectation(case, date(2026, 3, 9))

    assert (found.on, found.words) == (None, "重新提交后继续计时：市级认定 11 个工作日")


def test_closed_case_expects_nothing(factory):
    case = build.application_at("certified", factory=factory)

    assert clocks.expectation(case, date(2026, 3, 9)) is None


def test_step_without_a_limit_makes_the_day_unknown(changan):
    factory = build.factory_at(changan)
    build.title(factory, on=date(2026, 3, 2))
    case = build.draft(factory, Tier.ADVANCED)

    found = clocks.expectation(case, date(2026, 3, 2))

    assert found.on is None
    assert found.words.endswith("未规定时限，办结日期暂不能推算")
