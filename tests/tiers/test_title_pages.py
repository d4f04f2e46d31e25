"""Titles over HTTP: an office's tabs and filters, a firm's list, one title, revoking it."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from registry.policy import Tier
from tests import build

TITLES = "/titles/"
NOON = build.moment("2028-05-02 12:00")
TODAY = NOON.date()


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def title(changan, city_officer):
    return build.title(build.factory_at(changan), on=TODAY)


def page(name, *args):
    return reverse(f"tiers:{name}", args=args)


def tabs(answer):
    return {tab.label: int(tab.count) for tab in answer.context["tabs"]}


def found(client, **query):
    return [t.pk for t in client.get(TITLES, query).context["list"].page.rows]


def test_number_on_each_tab_is_the_length_of_its_list(as_user, city_officer, title, changan):
    near = build.title(build.factory_at(changan), on=date(2025, 6, 2))
    over = build.title(build.factory_at(changan), on=date(2025, 4, 10))
    client = as_user(city_officer)

    counts = tabs(client.get(TITLES))

    assert counts == {
        "全部": 3,
        "有效": 2,
        "180 天内到期": 1,
        "待报备": 3,
        "已到期或终止": 1,
    }
    assert found(client, tab="near") == [near.pk]
    assert found(client, tab="ended") == [over.pk]
    assert found(client, tab="valid") == [title.pk, near.pk]


def test_filters_hold_on_every_tab(as_user, city_officer, title):
    other = build.title(build.factory_at(build.authority("130104")), on=TODAY)
    client = as_user(city_officer)

    answer = client.get(TITLES, {"area": "130104"})

    text = answer.content.decode()
    assert "<title>称号，筛选出 1 项 - " in text
    assert 'class="filter-tag"' in text
    assert tabs(answer)["有效"] == 1
    assert found(client, area="130104") == [other.pk]
    assert found(client, q=title.number) == [title.pk]
    assert found(client, status="expired") == []


def test_renewed_title_is_not_reminded_of(as_user, city_officer, changan):
    first = build.title(build.factory_at(changan), on=date(2025, 6, 2))
    build.certified(first.factory, on=TODAY)

    assert found(as_user(city_officer), tab="near") == []


def test_scope_of_titles(as_user, other_city_officer, county_officer, staff, rival_staff, title):
    own = build.title(
        build.factory_at(title.factory.division, enterprise=staff.enterprise), on=TODAY
    )

    assert found(as_user(county_officer)) == [own.pk, title.pk]
    assert found(as_user(other_city_officer)) == []
    assert as_user(other_city_officer).get(page("title", title.pk)).status_code == 404
    assert [t.pk for t in as_user(staff).get(TITLES).context["titles"]] == [own.pk]
    assert as_user(rival_staff).get(page("title", own.pk)).status_code == 404


def test_firm_sees_days_left_and_no_trail(as_user, staff, changan):
    own = build.title(build.factory_at(changan, enterprise=staff.enterprise), on=date(2025, 6, 2))
    client = as_user(staff)

    left = (own.last_day - TODAY).days
    assert f"{left} 天" in client.get(TITLES).content.decode()
    answer = client.get(page("title", own.pk))
    assert f"还有 {left} 天" in answer.content.decode()
    assert answer.context["trail"] == []
    assert not answer.context["may_revoke"]


def test_json_is_in_scope_and_dated(as_user, staff, city_officer, title):
    mine = as_user(city_officer).get("/api/v1/certifications/").json()["results"]
    other = as_user(staff).get("/api/v1/certifications/").json()["results"]

    assert [(t["number"], t["status"], t["days_left"]) for t in mine] == [
        (title.number, "valid", (title.last_day - TODAY).days)
    ]
    assert other == []


def test_only_the_issuer_is_offered_to_revoke(
    as_user, city_officer, county_officer, province_officer, title
):
    offered = {
        user.role: as_user(user).get(page("title", title.pk)).context["may_revoke"]
        for user in (county_officer, city_officer, province_officer)
    }
    refused = as_user(province_officer).get(page("title_revoke", title.pk))

    assert offered == {"county": False, "city": True, "province": False}
    assert refused.status_code == 403


def test_ended_title_is_not_offered_to_revoke(as_user, city_officer, title):
    given = {"reason": "重大事故", "document_no": "石工信〔2026〕50号"}
    build.revoked(title, **given, by=city_officer, at=NOON)

    answer = as_user(city_officer).get(page("title", title.pk))

    assert not answer.context["may_revoke"]
    text = answer.content.decode()
    assert "<dt>撤销原因</dt><dd>重大事故</dd>" in text
    assert "<dt>撤销文号</dt><dd>石工信〔2026〕50号</dd>" in text


@pytest.mark.parametrize("path", [TITLES, f"{TITLES}?tab=near", "/api/v1/certifications/"])
def test_queries_do_not_grow(as_user, city_officer, changan, django_assert_max_num_queries, path):
    client, used = as_user(city_officer), []
    for more in (1, 3):
        for _ in range(more):
            build.title(build.factory_at(changan), Tier.BASIC, on=date(2025, 6, 2))
        with django_assert_max_num_queries(30) as counted:
            client.get(path)
        used.append(len(counted))

    assert used[0] == used[1]
