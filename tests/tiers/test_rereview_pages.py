"""The pages of a re-review: worked through by two officers, seen by the firm, published."""

import re
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from zeal import zeal_ignore

from registry.policy import Tier
from tests import build
from tiers import rereview
from tiers.models import Certification, Rereview

LATE = build.moment("2026-04-02 09:00")


@pytest.fixture
def people(world):
    office = build.authority("340000")
    return build.officer(office, name="省级甲"), build.officer(office, name="省级乙")


@pytest.fixture
def holders(people):
    found = [build.holder() for _ in range(3)]
    for one in found[:2]:
        build.locked_assessment(one.factory, Tier.ADVANCED)
    return found


@pytest.fixture
def campaign(people, holders):
    return build.campaign()


@pytest.fixture
def late():
    with time_machine.travel(LATE, tick=False):
        yield


def client_of(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def at(name, campaign, *more):
    return reverse(f"tiers:rereview{name}", args=[campaign.pk, *more])


def page(client, campaign, query=""):
    return client.get(at("", campaign) + query).content.decode()


def hidden(text, name="seen"):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', text)[1]


def test_campaign_is_opened_on_its_page(people, holders):
    with time_machine.travel(build.DAY, tick=False):
        client = client_of(people[0])
        assert "开展集中复核" in client.get("/derivation/campaigns/").content.decode()
        assert "集中复核</a>" in client.get("/derivation/").content.decode()
        given = {
            "subject": f"{build.FORMER}:advanced",
            "title": "集中复核",
            "opens_on": "2026-03-02",
            "closes_on": "2026-04-01",
            "asks": "重新自评",
        }
        answer = client.post("/derivation/campaigns/new/", given)

    made = Rereview.objects.get()
    assert (answer.url, made.closes_on) == (at("", made), date(2026, 4, 1))


def test_two_officers_work_it_through(people, holders, campaign, late):
    first, second = map(client_of, people)
    words = {"reason": "现场核实", "performance_confirmed": "on", "outcome": "pass"}
    seen = hidden(page(first, campaign))

    first.post(at("_find", campaign), {**words, "extent": "reached", "seen": seen})
    text = page(first, campaign, "?state=unassessed")
    box = re.search(r'name="holders" value="([^"]*)"', text)[1]
    refused = first.post(
        at("_find", campaign), {**words, "extent": "ticked", "holders": box}, follow=True
    )
    assert "没有填写：还没有按现行要素条件完成并锁定自评" in refused.content.decode()
    own = at("_holder", campaign, holders[2].pk)
    mark = hidden(first.get(own).content.decode(), "mark")
    given = {"mark": mark, "outcome": "fail", "reason": "没有按期自评"}
    assert first.post(own, given).url == at("", campaign)

    mine = first.post(
        at("_confirm", campaign), {"seen": hidden(page(first, campaign))}, follow=True
    )
    assert "须由没有填写过的人确认" in mine.content.decode()
    second.post(at("_confirm", campaign), {"seen": hidden(page(second, campaign))})
    text = page(first, campaign)
    assert "通过的 2 座同时取得先进级称号" in text
    form = {"seen": hidden(text), "document_no": "皖工信〔2026〕9号"}
    with zeal_ignore():  # each title is its own act, which locks its factory
        assert first.post(at("_determine", campaign), form).status_code == 302
    again = second.post(at("_determine", campaign), form, follow=True)

    assert "这次集中复核已经办结" in again.content.decode()
    assert Certification.objects.filter(document_no="皖工信〔2026〕9号").count() == 2
    text = page(first, campaign)
    assert "通过 2 座，未通过 1 座，暂缓 0 座" in text
    assert "没有按期自评" in text


def test_refused_form_comes_back_with_what_was_ticked(people, holders, campaign, late):
    client = client_of(people[0])
    box = re.search(r'name="holders" value="([^"]*)"', page(client, campaign))[1]

    answer = client.post(at("_find", campaign), {"extent": "ticked", "holders": box})

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "请选择复核意见" in text
    assert re.search(rf'value="{box}"[^>]* checked', text)


def test_result_is_public_once_published_and_says_no_reason(people, holders, campaign, late):
    build.found(campaign, holders[:2], at=LATE)
    build.found(campaign, holders[2:], "fail", reason="没有按期自评", at=LATE)
    build.rereviewed(campaign, at=LATE)
    assert Client().get(at("_result", campaign)).status_code == 404

    client_of(people[0]).post(at("_publish", campaign))

    text = Client().get(at("_result", campaign)).content.decode()
    assert holders[2].factory.name in text
    assert "没有按期自评" not in text


def test_firm_reads_how_it_stands_and_then_the_reason(people, holders, campaign, late):
    client = client_of(build.staff_of(holders[2].enterprise))
    build.found(campaign, holders[:2], at=LATE)
    build.found(campaign, holders[2:], "fail", reason="没有按期自评", at=LATE)

    before = page(client, campaign)
    assert "自评未交" in before
    assert "没有按期自评" not in before
    assert holders[0].factory.name not in before
    build.rereviewed(campaign, at=LATE)

    assert "没有按期自评" in page(client, campaign)
    assert "未通过" in client.get("/titles/").content.decode()


def test_city_follows_its_own_without_findings(people, holders, campaign, late):
    build.holder(build.authority("340202"))
    build.found(campaign, holders[:1], at=LATE)
    text = page(client_of(build.officer_of(build.authority("340200"))), campaign)

    assert "自评未交" in text
    assert "填写复核意见" not in text
    assert holders[0].factory.name not in text


def test_page_costs_the_same_with_more_holders(
    people, holders, campaign, late, django_assert_num_queries
):
    client = client_of(people[0])
    page(client, campaign)
    with CaptureQueriesContext(connection) as few:
        page(client, campaign)
    for _ in range(4):
        build.locked_assessment(build.holder().factory, Tier.ADVANCED)
    assert len(rereview.table(campaign, on=LATE.date()).rows) == 7
    with django_assert_num_queries(len(few)):
        page(client, campaign)
