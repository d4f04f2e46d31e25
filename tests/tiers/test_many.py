"""Many rows of a list acted on at once: each by itself, and told of row by row."""

from urllib.parse import urlsplit

import pytest
import time_machine
from django.urls import reverse
from zeal import zeal_ignore

from registry.access import Seat
from registry.models import AuditEvent, Honour
from registry.policy import Tier
from tests import build
from tiers import urging
from tiers.models import Application, Candidate, Decision, Urging

NOON = build.moment("2026-03-02 12:00")
DESK = "/desk/"
COMPLETE, URGE, LIBRARY, VERIFY = (
    reverse(f"tiers:{name}")
    for name in ("desk_complete", "desk_urge", "library_new", "honours_verify")
)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def cases(county_officer, city_officer, province_officer, other_city_officer, changan):
    """Two to recommend, one to determine, and one that another city sees to."""
    here = [build.candidate(changan), build.candidate(changan), build.application_at("submitted")]
    return [*here, build.candidate(build.authority("130202"))]


def rows(answer):
    """What the page that follows tells: done or not, by row."""
    return [(one["done"], one["words"]) for one in answer.context["rows"]]


def sent(cases, **more):
    seen = {f"seen_{case.pk}": case.decisions.count() for case in cases}
    return {"row": [case.pk for case in cases], **seen, **more}


def test_cases_pass_on_each_by_itself_and_nothing_outside_the_scope(as_user, cases, city_officer):
    client = as_user(city_officer)
    shown = client.get(COMPLETE, {"row": [case.pk for case in cases]})
    closed = {one.row.pk: bool(one.closed) for one in shown.context["picked"]}
    assert closed == {cases[0].pk: False, cases[1].pk: False, cases[2].pk: True}
    build.decide(cases[1], by=city_officer)  # meanwhile, on the case's own page
    stale = sent(cases, opinion="情况属实") | {
        f"seen_{cases[1].pk}": cases[1].decisions.count() - 1
    }

    answer = client.post(COMPLETE, stale, follow=True)

    told = rows(answer)
    assert [done for done, _ in told] == [False, False, True]
    assert "打开以后有变化" in told[0][1]
    assert "逐件办理" in told[1][1]
    assert told[2][1].startswith("推荐；现在待")
    assert Application.objects.get(pk=cases[0].pk).step != cases[0].step
    for untouched in cases[2:]:
        assert Application.objects.get(pk=untouched.pk).step == untouched.step
    again = client.get(answer.context["found"]["again"])
    assert {one.row.pk for one in again.context["picked"]} == {cases[1].pk, cases[2].pk}


def test_sent_twice_acts_once(as_user, cases, city_officer):
    client = as_user(city_officer)
    given = sent(cases[:1], opinion="情况属实", once="0" * 32)

    for _ in range(2):
        answer = client.post(COMPLETE, given, follow=True)

    assert rows(answer) == [(True, rows(answer)[0][1])]
    assert Decision.objects.filter(application=cases[0], action="complete").count() == 1


def test_missing_opinion_comes_back_with_the_rows(as_user, cases, city_officer):
    answer = as_user(city_officer).post(COMPLETE, sent(cases[:2], opinion=" "))

    assert answer.status_code == 422
    assert len(answer.context["picked"]) == 2
    assert "请填写办理意见" in answer.content.decode()


def test_whole_list_is_ticked_by_its_filters(as_user, cases, city_officer):
    client = as_user(city_officer)

    found = client.get(COMPLETE, {"all": "tab=todo&tier=advanced", "row": [cases[2].pk]})

    assert {one.row.pk for one in found.context["picked"]} == {case.pk for case in cases[:2]}


def test_list_of_several_pages_offers_to_tick_all_of_it(as_user, cases, city_officer, monkeypatch):
    monkeypatch.setattr("tiers.views.desk.PER_PAGE", 2)

    shown = as_user(city_officer).get(DESK).context["list"]

    found = as_user(city_officer).get(COMPLETE, {"all": shown.whole})
    assert {one.row.pk for one in found.context["picked"]} == {case.pk for case in cases[:3]}


def test_urging_tells_of_every_case(as_user, cases, province_officer):
    urging.urge(cases[0], note="", by=province_officer, at=NOON)
    client = as_user(province_officer)
    page = client.get(f"{DESK}?tab=all").content.decode()
    assert URGE in page
    assert COMPLETE not in page

    answer = client.post(URGE, sent(cases[:2], note="请抓紧"), follow=True)

    assert [done for done, _ in rows(answer)] == [False, True]
    assert "已经催办过" in rows(answer)[0][1]
    assert Urging.objects.count() == 2


def test_firms_and_titles_ticked_go_into_the_library(as_user, cases, city_officer, changan):
    firms = [case.factory.enterprise_id for case in cases]
    client = as_user(city_officer)
    ticked = client.get(LIBRARY, {"of": "firms", "row": firms, "next": "/enterprises/?q=x"})
    factories = [case.factory_id for case in cases[:3]]
    assert {one.pk for one in ticked.context["factories"]} == set(factories)
    titles = [case.factory.certifications.get().pk for case in cases[:2]]
    by_title = client.get(LIBRARY, {"of": "titles", "row": titles})
    assert {one.pk for one in by_title.context["factories"]} == set(factories[:2])
    build.in_library(cases[0].factory, Tier.ADVANCED, by=city_officer)

    where = f"{LIBRARY}?of=firms&next=/enterprises/%3Fq%3Dx"
    aim = {"tier": "leading", "year": 2027, "owner": city_officer.pk}
    every = [case.factory_id for case in cases]
    answer = client.post(where, {"factory": every, **aim}, follow=True)

    assert [done for done, _ in rows(answer)] == [False, True, True]
    assert "培育库中" in rows(answer)[0][1]
    assert answer.context["found"]["back"] == "/enterprises/?q=x"
    assert Candidate.objects.count() == 3
    assert AuditEvent.objects.filter(verb="library.enter").count() == 3


def test_honours_verified_together_are_each_judged(as_user, world):
    place, neighbour = build.authority("230102"), build.authority("340202")
    firms = [build.factory_at(place) for _ in range(2)] + [build.factory_at(neighbour)]
    smart = "provincial-smart-factory"
    own = [build.honour_of(one, smart, by=build.staff_of(one.enterprise)) for one in firms[:2]] + [
        build.honour_of(firms[2], "provincial-basic-workshop")
    ]
    verified = build.honour_of(firms[0], "provincial-basic-workshop")
    province = build.officer_of(build.authority("230000"))
    client = as_user(province)
    every = {"row": [one.pk for one in [*own, verified]]}
    assert VERIFY in client.get("/derivation/?tab=honours&state=open").content.decode()

    with zeal_ignore():  # each honour is its own act, which locks it
        answer = client.post(VERIFY, every, follow=True)

    assert [done for done, _ in rows(answer)] == [False, True, True]
    assert rows(answer)[0][1] == "这项称号已经核实"
    assert {one.verified_by for one in Honour.objects.filter(pk__in=[o.pk for o in own[:2]])} == {
        province
    }


def test_readers_and_strangers_to_the_act_are_refused(as_user, cases, changan, city_officer):
    reader = build.seated(build.officer(city_officer.authority), Seat.READER)
    client = as_user(reader)

    assert COMPLETE not in client.get(DESK).content.decode()
    assert (
        '<form method="get" aria-label="办理勾选'
        not in client.get("/enterprises/").content.decode()
    )
    for address in (COMPLETE, URGE):
        assert client.post(address, sent(cases, opinion="x")).status_code == 403
    assert not Decision.objects.filter(action="complete", application__in=cases).exists()


def test_what_was_told_is_the_persons_own(as_user, client, cases, city_officer, province_officer):
    answer = as_user(city_officer).post(COMPLETE, sent(cases[:1], opinion="情况属实"))
    address = answer.url
    assert urlsplit(address).path == reverse("registry:outcomes")

    assert as_user(province_officer).get(address).context["found"] is None
