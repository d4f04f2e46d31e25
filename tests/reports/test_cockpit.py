"""The cockpit: every number is the length of the list it opens, sums are those of their lines."""

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from registry.access import Role
from registry.policy import Tier
from reports import cockpit
from tests import build
from tests.rules.everybody.test_scope import client_of, shown

ON = date(2026, 6, 30)
LINK = re.compile(r'href="(/statistics/(?:titles|cases)/\?[^"]+)">(?:<span>[^<]+</span><b>)?(\d+)<')
FOUND = re.compile(r"共 (\d+) [项件]")


@pytest.fixture
def register(world):
    """Titles of two cities and two years, one about to end; cases of every state."""
    a, b = (build.factory_at(build.authority(code)) for code in ("130102", "130203"))
    a.industry_id = "3311"
    a.save(update_fields=["industry"])
    build.title(a, on=date(2025, 8, 5))
    build.title(a, Tier.ADVANCED, on=date(2026, 3, 2))
    build.title(b, on=date(2026, 1, 4))
    ending = build.factory_at(build.authority("130102"))
    build.title(ending, on=date(2025, 6, 20), last_day=date(2026, 12, 20))
    for stage in ("submitted", "returned", "certified", "rejected"):
        build.application_at(stage, where=build.authority("130102"))
    return a, b


@pytest.mark.parametrize("code", ["130100", "130000"])
@pytest.mark.parametrize("tier", ["basic", "advanced"])
def test_every_number_is_the_length_of_the_list_it_opens(register, code, tier):
    client, seen = client_of(build.officer(build.authority(code))), set()
    page = shown(client.get(reverse("reports:cockpit") + f"?tier={tier}"))

    for address, count in set(LINK.findall(page)):
        listed = FOUND.search(shown(client.get(unescape(address))))
        assert (address, listed and listed[1]) == (address, count)
        seen.add(address)

    assert len(seen) > 12


@pytest.mark.parametrize("code", ["130100", "130000"])
def test_sums_are_those_of_their_lines(register, code):
    user = build.officer(build.authority(code))

    for matrix in (
        cockpit.units(user, user.authority, ON),
        cockpit.industries(user, user.authority, ON),
        cockpit.years(user, user.authority, Tier.BASIC, ON),
    ):
        assert matrix.total.total.count == sum(row.total.count for row in matrix.rows) > 0
        for number, total in enumerate(matrix.total.cells):
            assert total.cell.count == sum(row.cells[number].cell.count for row in matrix.rows)
        for row in matrix.rows:
            assert row.total.count == sum(one.cell.count for one in row.cells)


def test_units_of_a_province_are_the_sums_of_its_cities(register):
    province, city = (build.officer(build.authority(code)) for code in ("130000", "130100"))
    above = cockpit.units(province, province.authority, ON)
    line = next(row for row in above.rows if row.label == "石家庄市")
    below = cockpit.units(city, city.authority, ON).total

    assert [one.cell.count for one in line.cells] == [one.cell.count for one in below.cells]


def test_what_is_near_its_end_grows_with_the_days(register):
    user = build.officer(build.authority("130000"))
    found = {days: total.count for days, _, total in cockpit.ends(user, date(2026, 10, 1))}

    assert found == {30: 0, 90: 1, 180: 1}


@pytest.mark.parametrize("count", range(0, 60, 7))
def test_shades_lie_on_the_scale(count):
    assert 0 <= cockpit._shade(count, 60) <= cockpit.SHADES
    assert (cockpit._shade(count, 60) == 0) == (count == 0)


def test_counties_and_firms_have_none(register):
    county = build.officer(build.authority("130102"))

    assert county.role == Role.COUNTY
    assert client_of(county).get(reverse("reports:cockpit")).status_code == 403
    own = build.staff_of(register[0].enterprise)
    assert client_of(own).get(reverse("reports:cockpit")).status_code == 403
