"""Lists of officers: each opens with every column and in every order, and shows its own alone."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from assessments import assessment as self_assessment
from assessments.listings import ASSESSMENTS, MEASURES
from tests import build
from tiers.listings import CHANGES, CHECKS, EXPERTS, ROUNDS

EXTRA = {"changes": "tab=all", "checks": "tab=all"}
LISTS = (ASSESSMENTS, MEASURES, ROUNDS, EXPERTS, CHANGES, CHECKS)


@pytest.fixture(autouse=True)
def _on_the_day():
    with time_machine.travel(build.DAY, tick=False):
        yield


def rows_in(place):
    """Two rows of every list in one county."""
    for number in range(2):
        factory = build.factory_at(place, name=f"{number}号工厂")
        build.locked_assessment(factory)
        self_assessment.save_measure(
            factory,
            {"gap": "排产", "action": "上排产系统", "owner": "生产部", "due_on": date(2026, 6, 9)},
            by=build.staff_of(factory.enterprise),
            at=build.DAY,
        )
        build.title(factory, on=date(2026, 2, 2))
        build.reported(factory, "factory_rename", name=f"{number}号新厂")
        build.expert(place.parent.parent)


def opened(client, listing, query=""):
    asked = "&".join(part for part in (EXTRA.get(listing.key, ""), query) if part)
    return client.get(f"{reverse(listing.page)}?{asked}")


@pytest.fixture
def province(world):
    place = build.authority("230102")
    made = build.officer_of(build.authority("230000"))
    rows_in(place)
    build.open_round(build.authority("230100"))
    build.sample(build.authority("230100"))
    return made


@pytest.mark.parametrize("listing", LISTS, ids=[one.key for one in LISTS])
def test_list_opens_in_every_order_with_every_column(as_user, province, listing):
    client = as_user(province)
    plain = opened(client, listing).context["list"]
    assert plain.page.count >= 1
    every = ",".join(column.key for column in listing.columns)

    for column in listing.sortable:
        found = opened(client, listing, f"sort=-{column.key}&columns={every}").context["list"]
        assert len(found.lines) == plain.page.count
        assert found.sort.column == column
        assert len(found.columns) == len(listing.columns)


@pytest.mark.parametrize("listing", LISTS, ids=[one.key for one in LISTS])
def test_list_is_narrowed_by_words_and_shut_to_neighbours(as_user, province, listing):
    found = opened(as_user(province), listing, "q=没有这样的名字")
    assert found.context["list"].page.count == 0
    assert "没有符合条件" in found.content.decode()
    assert "没有这样的名字，去掉" not in found.content.decode()

    neighbour = as_user(build.officer_of(build.authority("340000")))
    assert opened(neighbour, listing).context["list"].page.count == 0
