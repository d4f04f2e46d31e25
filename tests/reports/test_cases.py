"""The course of cases and the time decisions take: counted by hand, and equal to their lists."""

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from registry import workdays
from registry.policy import Tier
from reports import durations, funnel
from tests import build
from tests.rules.everybody.test_scope import client_of, shown
from tiers.models import Action

MONDAY = date(2026, 3, 2)
LINK = re.compile(r'<a href="(/statistics/cases/\?[^"]+)">(\d+)</a>')
FOUND = re.compile(r"共 (\d+) 件")


def case(stage="submitted", *, where="130102", on=MONDAY):
    return build.application_at(stage, where=build.authority(where), at=build.on_day(on))


def later(days):
    return workdays.add(MONDAY, days)


@pytest.fixture
def cases(world):
    """Seven of the basic tier: one of each state, and three that wait for 0, 5 and 6 days."""
    waiting = [case(on=later(30)), case(on=later(25)), case(where="130203", on=later(24))]
    for stage in ("returned", "certified", "rejected", "withdrawn"):
        case(stage)
    return waiting


@pytest.fixture
def province(cases):
    return build.officer(build.authority("130000"))


def drawn(user, on=None):
    on = on or later(30)
    return funnel.funnel(funnel.of(user, Tier.BASIC), user, Tier.BASIC, on, {})


def test_funnel_by_hand(province):
    found = drawn(province)
    step, firm = found.stops[0], found.stops[-1]

    assert found.submitted.count == 7
    assert (step.label, step.reached.count, step.waiting.count) == ("市级认定", 7, 3)
    assert [cell.count for cell in step.ages] == [2, 1, 0, 0]
    assert (firm.waiting.count, [cell.count for cell in firm.ages]) == (1, [0, 0, 0, 1])
    assert {label: cell.count for label, cell in found.ends} == {
        "已认定": 1,
        "不予认定": 1,
        "已撤回": 1,
    }


def test_stops_and_ends_make_all_that_were_submitted(province):
    found = drawn(province)
    standing = sum(stop.waiting.count for stop in found.stops)

    assert standing + sum(cell.count for _, cell in found.ends) == found.submitted.count
    assert all(sum(c.count for c in stop.ages) == stop.waiting.count for stop in found.stops)


@pytest.mark.parametrize("days", [0, 5, 6, 10, 11, 20, 21, 60])
def test_age_is_what_the_clock_counts(world, days):
    case()
    on = later(days)
    cases = funnel.of(build.officer(build.authority("130000")), Tier.BASIC)
    found = [age for age in funnel.AGES if cases.filter(funnel.aged(age, on)).exists()]
    least, most = funnel.AGES[found[0]]

    assert len(found) == 1
    assert least <= workdays.between(MONDAY, on) <= (most or days)


def test_drafts_are_no_part_of_it(world):
    case("draft")

    assert drawn(build.officer(build.authority("130000"))).submitted.count == 0


def test_whole_cases_by_unit(world):
    for days in (2, 4, 6):
        build.decide(case(on=MONDAY), at=build.on_day(later(days)))
    back = build.decide(case(), Action.SEND_BACK, opinion="请补充", at=build.on_day(later(3)))
    build.answer_items(back, at=build.on_day(later(8)))
    build.decide(build.submit(back, at=build.on_day(later(8))), at=build.on_day(later(9)))
    user = build.officer(build.authority("130000"))
    lines, total = durations.by_unit(durations.of(user), user.authority, date(2026, 6, 30), {})
    shijiazhuang = next(line for line in lines if line.label == "石家庄市")

    assert (total.cases.count, total.median, total.high, total.paused) == (4, 4, 6, 0)
    assert shijiazhuang.cases.count == sum(line.cases.count for line in lines) == 4


def test_bureaus_stand_with_their_steps(world):
    build.decide(case(), at=build.on_day(later(7)))
    user = build.officer(build.authority("130100"))
    lines = durations.by_bureau(durations.of(user), user.authority, date(2026, 6, 30), {})

    assert [(line.step, line.cases.count, line.median) for line in lines] == [("市级认定", 1, 7)]


@pytest.mark.parametrize("code", ["130102", "130100", "130000"])
def test_every_figure_is_the_length_of_the_list_it_opens(cases, code):
    client, seen = client_of(build.officer(build.authority(code))), 0

    for name, asked in (("case_funnel", "tier=basic"), ("decision_times", "")):
        page = shown(client.get(reverse(f"reports:{name}") + f"?{asked}"))
        for address, count in LINK.findall(page):
            listed = FOUND.search(shown(client.get(unescape(address))))
            assert (address, listed and listed[1]) == (address, count)
            seen += 1

    assert seen > 10


def test_of_one_round_only(cases):
    user = build.officer(build.authority("130200"))
    client = client_of(user)
    page = client.get(reverse("reports:case_funnel") + f"?tier=basic&round={cases[2].round_id}")

    assert page.context["funnel"].submitted.count == 1
    assert cases[0].number not in shown(client.get(reverse("reports:case_rows")))


@pytest.mark.parametrize("name", ["case_funnel", "decision_times", "case_rows"])
def test_firms_have_none_of_it(cases, name):
    own = build.staff_of(cases[0].factory.enterprise)

    assert client_of(own).get(reverse(f"reports:{name}")).status_code == 403
