"""Figures of titles and of coverage: counted by hand, and equal to the lists they open."""

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from registry.policy import Tier
from reports import coverage, targets, titles
from tests import build
from tests.rules.everybody.test_scope import client_of, shown

ON = date(2028, 6, 30)
LINK = re.compile(r'<a href="(/statistics/[^"]*/\?[^"]+)">(\d+)</a>')
FOUND = re.compile(r"共 (\d+) [项座]")


def factory_of(place, industry=""):
    factory = build.factory_at(build.authority(place))
    if industry:
        factory.industry_id = industry
        factory.save(update_fields=["industry"])
    return factory


@pytest.fixture
def register(world):
    """Of three factories: A basic and advanced, B basic run out in 2028, C basic renewed."""
    a, b, c = factory_of("130102", "3311"), factory_of("130102"), factory_of("130203", "33")
    build.title(a, on=date(2026, 3, 2))
    build.title(a, Tier.ADVANCED, on=date(2027, 5, 6))
    build.title(b, on=date(2025, 6, 20))
    build.title(c, on=date(2027, 1, 4))
    return a, b, c


@pytest.fixture
def province(register):
    return build.officer(build.authority("130000"))


def counts(line):
    return [cell.count for cell in line.cells] + [line.total.count]


def table(user, by, on=ON, **narrow):
    seen = titles.of(user, on)
    return titles.table(seen.filter(**narrow) if narrow else seen.in_force(on), by, user.authority)


def test_titles_by_place_name_every_unit(province):
    lines = {line.label: counts(line) for line in table(province, "unit").lines}

    assert lines["石家庄市"] == [1, 1, 0, 0, 2]
    assert lines["唐山市"] == [1, 0, 0, 0, 1]
    assert lines["定州市"] == [0, 0, 0, 0, 0]
    assert counts(table(province, "unit").total) == [2, 1, 0, 0, 3]


def test_titles_by_industry_are_of_its_division(province):
    lines = {line.label: counts(line) for line in table(province, "industry").lines}

    assert lines == {"33 金属制品业": [2, 1, 0, 0, 3]}


def test_titles_by_standing_on_a_day(province):
    lines = {line.label: counts(line) for line in table(province, "standing", tier="basic").lines}

    assert lines == {"有效": [2, 0, 0, 0, 2], "已到期": [1, 0, 0, 0, 1]}


def test_a_city_sees_its_counties_and_nothing_else(province):
    city = build.officer(build.authority("130100"))
    lines = {line.label: counts(line) for line in table(city, "unit").lines}

    assert lines["长安区"] == [1, 1, 0, 0, 2]
    assert "唐山市" not in lines


def test_course_of_years_adds_up(province):
    course = titles.years(titles.of(province, ON), ON)

    assert [(y.year, y.before.count, y.begun.count, y.after.count) for y in course] == [
        (2028, 4, 0, 3),
        (2027, 2, 2, 4),
        (2026, 1, 1, 2),
        (2025, 0, 1, 1),
        (2024, 0, 0, 0),
    ]
    gone = {y.year: sum(cell.count for cell in y.endings) for y in course}
    assert gone == {2028: 1, 2027: 0, 2026: 0, 2025: 0, 2024: 0}
    assert all(y.before.count + y.begun.count - gone[y.year] == y.after.count for y in course)


def test_factory_counts_once_for_a_target(province):
    basic, advanced, excellent = targets.targets(province, ON)

    assert [one.reached.count for one in (basic, advanced, excellent)] == [2, 1, 0]
    assert [one.a_year_ago.count for one in (basic, advanced, excellent)] == [3, 1, 0]
    assert (basic.wanted, basic.missing, basic.net_growth) == (1000, 998, -1)


def test_pace_is_carried_to_the_end_of_the_plan(province):
    basic = targets.targets(province, date(2027, 6, 30))[0]

    assert (basic.reached.count, basic.a_year_ago.count) == (3, 2)
    assert basic.at_this_pace(date(2027, 6, 30)) == 3  # one more a year, and half a year left
    assert basic.at_this_pace(date(2026, 12, 31)) == 4
    assert basic.at_this_pace(date(2028, 3, 1)) == 3


def test_coverage_counts_the_newest_assessment_of_each_factory(world):
    factory = build.factory_at(build.authority("130102"))
    build.locked_assessment(factory, Tier.EXCELLENT)
    build.newer_assessment(factory, at=build.moment("2026-04-01 09:00"))
    user, on = build.officer(build.authority("130000")), date(2026, 6, 30)
    found = coverage.picture(coverage.newest(user, on), user, on, {})

    assert found.factories.count == 1
    assert {one.name: one.factories.count for one in found.levels if one.factories.count} == {
        "3级（集成级）": 1
    }
    assert (found.instances, found.with_ai, found.ai_share) == (1, 1, 1.0)
    assert [one.no for one in found.scenarios if one.factories.count] == [1]
    assert len(found.scenarios) == 40


PAGES = (
    ("reports:title_statistics", "by=unit"),
    ("reports:title_statistics", "by=industry&standing="),
    ("reports:title_statistics", "by=year&on=2026-06-30"),
    ("reports:title_statistics", "by=source&tier=basic"),
    ("reports:title_statistics", "by=standing"),
    ("reports:plan_targets", ""),
    ("reports:coverage", ""),
    ("reports:coverage", "industry=33"),
)


@pytest.mark.parametrize("code", ["130102", "130100", "130000"])
def test_every_figure_is_the_length_of_the_list_it_opens(register, code):
    build.locked_assessment(register[0], Tier.EXCELLENT)
    client, seen = client_of(build.officer(build.authority(code))), 0

    for name, asked in PAGES:
        answer = client.get(f"{reverse(name)}?{asked}")
        if name == "reports:plan_targets" and code != "130000":
            assert answer.status_code == 403
            continue
        for address, count in LINK.findall(shown(answer)):
            listed = FOUND.search(shown(client.get(unescape(address))))
            assert (address, listed and listed[1]) == (address, count)
            seen += 1

    assert seen > 20


def test_figures_of_others_stay_out(register):
    client = client_of(build.officer(build.authority("130200")))

    assert register[0].name not in shown(client.get(reverse("reports:title_rows")))
    assert register[2].name in shown(client.get(reverse("reports:title_rows")))


@pytest.mark.parametrize("name", ["title_statistics", "title_rows", "plan_targets", "coverage"])
def test_firms_have_no_pages_of_figures(register, name):
    own = build.staff_of(register[0].enterprise)

    assert client_of(own).get(reverse(f"reports:{name}")).status_code == 403


def test_a_day_that_is_none_is_today(province):
    assert client_of(province).get(reverse("reports:title_rows") + "?on=gestern").status_code == 200


def test_public_figures_equal_the_public_register(world):
    build.acknowledged_list(build.authority("130100"), factories=2)
    client = client_of(None)
    page = shown(client.get(reverse("reports:public_statistics") + "?province=130000"))
    found = {
        unescape(address): int(count)
        for address, count in re.findall(r'<a href="(/register/\?[^"]+)">(\d+)</a>', page)
    }

    assert found["/register/?status=valid&province=130000"] == 2
    assert found["/register/?status=valid&city=130100&tier=basic"] == 2
    assert {address: client.get(address).context["page"].count for address in found} == found
