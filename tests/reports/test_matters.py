"""What waits beside cases on the start page: who reads it, until when, and where it leads."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from registry import workdays
from registry.access import Seat
from registry.policy import Tier
from reports import matters
from tests import build
from tiers import appeals, hearings, revocation, supervision, surrender

AT = build.DAY
ON = date(2026, 3, 2)


@pytest.fixture
def title(changan, city_officer):
    return build.title(build.factory_at(changan), on=ON)


@pytest.fixture
def manager(title):
    return build.staff_of(title.factory.enterprise)


@pytest.fixture
def second(city_officer):
    return build.colleague_of(city_officer)


def of_firm(user, on=ON):
    return [(one.what, one.due_on, one.url) for one in matters.of_firm(user, on)]


def of_office(user, on=ON):
    return [(one.what, one.due_on, one.url) for one in matters.of_office(user, on)]


def test_revocation_waits_for_whoever_is_next(title, manager, city_officer, second):
    one = build.proposed(title, by=city_officer)
    page = reverse("tiers:revocation", args=[one.pk])
    later = workdays.add(one.heard_until, 1)

    said = "拟撤销基础级认定：可以陈述申辩、要求听证"
    assert of_firm(manager) == [(said, one.heard_until, page)]
    assert (of_office(city_officer), of_office(second)) == ([], [])
    assert of_firm(manager, later) == []
    assert of_office(city_officer, later) == []
    assert of_office(second, later) == [("撤销程序：作出决定", None, page)]


def test_hearing_waits_for_its_day(title, manager, city_officer, second):
    one = build.proposed(title, by=city_officer)
    revocation.state(one, statement="", hearing=True, by=manager, at=AT)
    page = reverse("tiers:revocation", args=[one.pk])
    day = ON + timedelta(days=3)

    assert of_office(second) == [("企业要求听证：确定时间和地点", None, page)]
    hearings.arrange(one, on=day, place="三楼会议室", by=city_officer, at=AT)
    assert of_firm(manager) == [("拟撤销基础级认定：参加听证，地点三楼会议室", day, page)]
    assert of_office(second) == [("举行听证", day, page)]
    assert of_office(second, day) == [("登记听证情况", day, page)]


def test_appeal_waits_for_somebody_without_a_part_in_it(
    title, manager, city_officer, second, province_officer, county_officer
):
    one = build.proposed(title, by=city_officer)
    revocation.waive(one, by=manager, at=AT)
    said = {"outcome": "revoked", "reason": "材料不实", "document_no": "9号"}
    one = revocation.decide(one, **said, by=second, at=AT)
    page = reverse("tiers:revocation", args=[one.pk])

    assert of_firm(manager) == [("基础级认定已撤销：可以申请复核", one.appeal_until, page)]
    appeals.appeal(one, words="不服", by=manager, at=AT)
    assert (of_firm(manager), of_office(city_officer), of_office(second)) == ([], [], [])
    assert of_office(county_officer) == []
    assert of_office(province_officer) == [("复核申请待答复", None, page)]


def test_title_given_up_waits_for_the_issuing_office(title, manager, city_officer, tangshan):
    surrender.declare(title, reason="转产", declared=True, by=manager, at=AT)

    page = reverse("tiers:title", args=[title.pk])
    assert of_office(city_officer) == [("企业声明放弃认定，待确认", None, page)]
    assert of_office(build.officer_of(tangshan)) == []


def test_inspection_waits_for_inspector_and_then_for_the_firm(title, manager):
    drawn = build.sample()
    check = drawn.checks.get()
    by = drawn.by

    page = reverse("tiers:supervision", args=[drawn.pk])
    assert of_office(by) == [("还有抽中的工厂没有分派检查人", drawn.due_on, page)]
    supervision.assign(drawn, [check.pk], by, by=by, at=AT)
    mine = "1 座工厂待到现场检查并签署结果"
    assert of_office(by) == [(mine, drawn.due_on, reverse("tiers:supervision_list") + "?tab=mine")]
    assert of_firm(manager) == []


def test_what_is_to_be_mended_waits_with_its_day(title, manager):
    check = build.inspected_title(build.sample())

    page = reverse("tiers:supervision_check", args=[check.pk])
    words = f"监督抽查限期整改：提交整改情况（{check.supervision.title}）"
    assert of_firm(manager) == [(words, check.mend_due_on, page)]
    supervision.answer(check, text="已整改", by=manager, at=AT)
    assert of_firm(manager) == []
    waits = [what for what, _, _ in of_office(check.supervision.by)]
    assert waits == ["1 座工厂已提交整改情况，待复查"]


def test_holder_of_a_former_honour_is_told_until_it_has_reached_the_tier(db):
    held = build.holder()
    running = build.campaign()
    manager = build.staff_of(held.enterprise)

    page = reverse("tiers:rereview", args=[running.pk])
    words = f"{running.title}：自评未交，按现行要素条件完成自评并锁定"
    assert of_firm(manager) == [(words, running.closes_on, page)]
    build.locked_assessment(held.factory, Tier.ADVANCED)
    assert of_firm(manager) == []
    office = build.officer_of(running.authority)
    assert of_office(office) == [("集中复核：自评截止前可以催报", running.closes_on, page)]


def test_whoever_only_looks_on_has_nothing_to_do(title, manager, city_officer):
    build.proposed(title, by=city_officer)
    reader = build.person_for(title.factory.enterprise, username="looks-on")
    reader.seat = Seat.READER

    assert matters.of_firm(reader, ON) == []


def test_start_page_leads_there(as_user, title, manager, city_officer):
    one = build.proposed(title, by=city_officer, at=AT)
    page = reverse("tiers:revocation", args=[one.pk])

    with time_machine.travel(AT, tick=False):
        shown = as_user(manager).get("/home/").content.decode()
    assert f'href="{page}"' in shown
