"""Pages of the cultivation library: what officers send in, who may not, and what numbers open."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from zeal import zeal_ignore

from registry.access import Seat
from registry.policy import Tier
from tests import build
from tiers import library
from tiers.models import Candidate, CandidateStep

AT = build.DAY


@pytest.fixture
def factories(changan, county_officer, city_officer):
    made = [build.factory_at(changan, name=f"{name}号工厂") for name in "甲乙"]
    for factory in made:
        build.locked_assessment(factory)
    return made


@pytest.fixture
def one(factories, county_officer):
    return build.in_library(factories[0], by=county_officer)


def address(name, *given):
    return reverse(f"tiers:library{name}", args=given)


def aim_of(officer, **more):
    return {"tier": "basic", "year": AT.year + 1, "owner": officer.pk, **more}


@pytest.fixture(autouse=True)
def _on_the_day():
    """Forms offer years and days from the day of the tests on."""
    with time_machine.travel(AT, tick=False):
        yield


def test_suggested_factories_are_put_in_together(as_user, factories, one, county_officer):
    client = as_user(county_officer)
    assert "乙号工厂" in client.get(address("_suggestions")).content.decode()
    keys = [factory.pk for factory in factories]

    answer = client.post(
        address("_new") + "?source=suggested",
        {"factory": keys, **aim_of(county_officer)},
        follow=True,
    )

    refused, done = answer.context["rows"]
    assert refused["name"].endswith("甲号工厂")
    assert refused["words"].startswith("这座工厂已在")
    assert done["words"] == "已列入培育库，并通知企业"
    made = Candidate.objects.get(factory=factories[1])
    assert (made.source, made.owner) == ("suggested", county_officer)


def test_all_factories_of_a_firm_can_be_chosen(as_user, factories, county_officer):
    firm = factories[0].enterprise

    page = as_user(county_officer).get(address("_new"), {"firm": firm.pk})

    assert page.context["factories"] == [factories[0]]


def test_refused_step_comes_back_with_what_was_typed(as_user, one, county_officer):
    tomorrow = (AT + timedelta(days=1)).date()
    given = {"kind": "visit", "done_on": tomorrow, "content": "走访一车间"}

    answer = as_user(county_officer).post(address("_step", one.pk), given)

    assert answer.status_code == 422
    assert "日期不能晚于今天" in answer.content.decode()
    assert "走访一车间" in answer.content.decode()
    assert CandidateStep.objects.count() == 0


def test_pages_of_another_bureau_do_not_exist(as_user, one, other_city_officer, factories):
    client = as_user(other_city_officer)

    for path in (
        address("_item", one.pk),
        address("_edit", one.pk),
        address("_drop", one.pk),
        f"{address('_new')}?factory={factories[0].pk}",
    ):
        assert client.get(path).status_code == 404


def test_reader_looks_and_changes_nothing(as_user, one, changan):
    reader = build.seated(build.officer(changan), Seat.READER)
    client = as_user(reader)

    page = client.get(address("_item", one.pk)).content.decode()
    assert "甲号工厂" in page
    assert "登记培育工作" not in page
    for name in ("_step", "_edit", "_drop"):
        assert client.post(address(name, one.pk), {"reason": "x"}).status_code == 403
    assert Candidate.objects.get().is_standing


def test_city_reads_a_countys_candidate_without_its_forms(as_user, one, city_officer):
    client = as_user(city_officer)

    assert "登记培育工作" not in client.get(address("_item", one.pk)).content.decode()
    assert client.get(address("_edit", one.pk)).status_code == 403


def test_ticked_candidates_go_to_a_colleague(as_user, one, changan, county_officer):
    colleague = build.officer(changan, name="县级乙")
    client = as_user(county_officer)

    client.post(address("_hand_over"), {"candidate": [one.pk], "to": colleague.pk})

    assert Candidate.objects.get().owner == colleague
    assert client.get(address("_hand_over"), {"owner": colleague.pk}).context["found"] == [one]


def test_numbers_of_the_funnel_open_lists_of_that_length(
    as_user, one, factories, county_officer, city_officer
):
    build.in_library(factories[1], Tier.ADVANCED, by=county_officer)
    client = as_user(city_officer)

    for by in ("county", "year", "tier"):
        for line in client.get(address("_funnel"), {"by": by}).context["lines"][1:]:
            for stage, count in line.reached:
                asked = {"state": "all", "stage": stage.name.lower(), by: line.value}
                page = client.get(address(""), asked)
                assert page.context["list"].page.count == count, (by, asked)


def test_list_narrows_by_contact_owner_and_words(as_user, one, factories, county_officer):
    due = build.in_library(factories[1], by=county_officer, next_contact_on=AT.date())
    client = as_user(county_officer)

    def found(**asked):
        return {line.row.pk for line in client.get(address(""), asked).context["list"].lines}

    assert found() == {one.pk, due.pk}
    assert found(contact="due") == {due.pk}
    assert found(contact="none") == {one.pk}
    assert found(owner=county_officer.pk) == {one.pk, due.pk}
    assert found(owner="none") == set()
    assert found(q="乙号") == {due.pk}
    assert found(state="dropped") == set()


def test_way_into_the_library_stands_on_the_factorys_page(
    as_user, one, factories, county_officer, staff
):
    client = as_user(county_officer)
    pages = [
        client.get(reverse("registry:factory_detail", args=[factory.pk])).content.decode()
        for factory in factories
    ]

    assert address("_item", one.pk) in pages[0]
    assert f"{address('_new')}?factory={factories[1].pk}" in pages[1]


# --- several at once ----------------------------------------


@pytest.fixture
def both(factories, one, county_officer):
    return [one, build.in_library(factories[1], by=county_officer)]


def test_same_work_is_put_down_for_all_that_are_ticked(as_user, both, county_officer):
    client = as_user(county_officer)
    keys = [candidate.pk for candidate in both]
    assert "登记培育工作" in client.get(address("")).content.decode()
    asked = client.get(address("_steps"), {"row": keys}).content.decode()
    assert all(candidate.factory.name in asked for candidate in both)

    day = AT.date() + timedelta(days=9)
    given = {
        "kind": "training",
        "done_on": AT.date(),
        "content": "专题培训",
        "next_contact_on": day,
    }
    with zeal_ignore():  # each row is its own act, which locks what it changes
        answer = client.post(address("_steps"), {"row": keys, **given}, follow=True)

    assert [row["words"] for row in answer.context["rows"]] == ["已登记", "已登记"]
    assert CandidateStep.objects.filter(content="专题培训").count() == 2
    assert set(Candidate.objects.values_list("next_contact_on", flat=True)) == {day}


def test_those_out_already_do_not_hold_up_the_others(as_user, both, county_officer, city_officer):
    gone, stays = both
    library.drop(gone, reason="停产", by=county_officer, at=AT)
    keys = [candidate.pk for candidate in both]
    client = as_user(county_officer)
    assert client.post(address("_drops"), {"row": keys}).status_code == 422

    with zeal_ignore():
        answer = client.post(address("_drops"), {"row": keys, "reason": "已迁出"}, follow=True)

    refused, done = answer.context["rows"]
    assert (refused["name"], refused["done"]) == (gone.factory.name, False)
    assert (done["name"], done["words"]) == (stays.factory.name, "已移出培育库，并通知企业")
    stays.refresh_from_db()
    assert (stays.is_standing, stays.leaving_reason) == (False, "已迁出")
    seen = as_user(city_officer).get(address("_drops"), {"row": keys}).content.decode()
    assert "这座工厂已移出培育库" in seen
