"""One firm's file: everything by date, as of a day, to whom it belongs, nothing that is sealed."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry import enterprises
from registry.access import business_date
from registry.policy import Tier
from reports import firm_file
from reports.firm_file import Reading, Topic
from tests import build
from tiers import suspension
from tiers.models import Suspension

AT = build.DAY
TODAY = AT.date()
LATER = AT + timedelta(days=60)


@pytest.fixture
def firm(staff):
    return staff.enterprise


@pytest.fixture
def factory(firm, changan, city_officer):
    return build.factory_at(changan, enterprise=firm, name="一号工厂")


def read(firm, user, on=TODAY):
    firm.refresh_from_db()
    return firm_file.entries(Reading(firm, user, on))


def titles(found, topic=None):
    return [one.title for one in found if topic in (None, one.topic)]


def file_of(client, firm, **asked):
    return client.get(reverse("reports:firm_file", args=[firm.pk]), asked)


def test_file_tells_a_case_from_assessment_to_title(firm, factory, staff, city_officer):
    case = build.application_at("returned", factory=factory)
    build.submit(build.answer_all(case) if hasattr(build, "answer_all") else case, at=AT)

    told = titles(read(firm, city_officer))

    assert told.count("锁定自评") >= 1
    assert "企业登记" in told
    assert any(title.endswith("退回补正") for title in told)


def test_file_of_a_past_day_knows_what_was_known_then(firm, factory, city_officer):
    build.title(factory, on=TODAY)
    enterprises.record_honour(
        firm,
        kind="lighthouse",
        document_no="工信〔2023〕1号",
        awarded_on=date(2023, 5, 1),
        by=city_officer,
        at=LATER,
    )
    before, after = business_date(AT), business_date(LATER)

    (honour,) = [one for one in read(firm, city_officer, after) if one.topic == Topic.HONOUR]
    assert (honour.when, honour.known, honour.late) == (date(2023, 5, 1), after, True)
    assert titles(read(firm, city_officer, before), Topic.HONOUR) == []
    assert titles(read(firm, city_officer, before), Topic.TITLE) == ["认定为基础级"]
    assert titles(read(firm, city_officer, TODAY - timedelta(days=1))) == []


def test_standing_of_a_day_has_the_names_and_titles_of_that_day(firm, factory, city_officer):
    title = build.title(factory, on=TODAY)
    enterprises.rename(firm, "石家庄新机械有限公司", document="通知书", by=city_officer, at=LATER)
    build.renamed(factory, "主轴厂", at=LATER)
    terms = suspension.Terms(
        kind=Suspension.Reason.HALTED,
        reason="停产",
        document_no="文〔2026〕8号",
        from_on=business_date(LATER),
    )
    suspension.suspend(title, terms, by=build.officer_of(title.issuer), at=LATER)
    firm.refresh_from_db()

    def on(day):
        found = firm_file.standing(Reading(firm, city_officer, day))
        return found.name, [
            (one.state.name, [row[2] for row in one.titles]) for one in found.factories
        ]

    assert on(TODAY) == ("石家庄甲机械有限公司", [("一号工厂", ["有效"])])
    assert on(business_date(LATER)) == ("石家庄新机械有限公司", [("主轴厂", ["暂停"])])


def test_file_of_the_heir_and_of_its_predecessor(changan, city_officer):
    old, new = build.enterprise_at(changan), build.enterprise_at(changan)
    factory = build.factory_at(changan, enterprise=old, name="轴承工厂")
    build.title(factory, on=TODAY)
    deed = enterprises.Deed("absorption", business_date(LATER), "合并协议", factories=(factory,))
    enterprises.succeed(old, new, deed, by=city_officer, at=LATER)

    after = business_date(LATER)
    heir = read(new, city_officer, after)
    assert "企业吸收合并" in titles(heir)
    assert "认定为基础级" in titles(heir)
    predecessor = firm_file.standing(Reading(old, city_officer, TODAY))
    assert [one.state.name for one in predecessor.factories] == ["轴承工厂"]
    assert firm_file.standing(Reading(old, city_officer, after)).factories == ()


def test_firm_reads_its_own_file_without_the_bureaus_notes(
    as_user, firm, factory, staff, rival_staff, county_officer, city_officer
):
    held = build.in_library(factory, Tier.BASIC, by=county_officer, note="重点补短板")
    build.noted(held, by=county_officer, content="企业负责人更换")

    own = file_of(as_user(staff), firm).content.decode()
    assert "列入培育库" in own
    assert "企业负责人更换" not in own
    assert "重点补短板" not in own
    assert "企业负责人更换" in file_of(as_user(county_officer), firm).content.decode()
    assert file_of(as_user(rival_staff), firm).status_code == 404


def test_bureau_reads_what_lies_in_its_area(
    as_user, firm, factory, tangshan, other_city_officer, city_officer
):
    assert file_of(as_user(other_city_officer), firm).status_code == 404
    away = build.factory_at(tangshan.children.first(), enterprise=firm, name="唐山工厂")
    build.title(away, on=TODAY)
    build.title(factory, on=TODAY)

    there = read(firm, other_city_officer)
    assert {one.factory for one in there if one.topic == Topic.TITLE} == {"唐山工厂"}
    here = read(firm, city_officer)
    assert {one.factory for one in here if one.topic == Topic.TITLE} == {"一号工厂"}


def test_page_narrows_to_topics_and_days(as_user, firm, factory, city_officer):
    build.title(factory, on=TODAY)
    client = as_user(city_officer)

    page = file_of(client, firm, topic="title", on="2026-03-02")
    assert {one.topic for _, found in page.context["years"] for one in found} == {"title"}
    page = file_of(client, firm, on="2026-03-01")
    assert "这一天企业还没有登记" in page.content.decode()
    page = file_of(client, firm, on="2999-01-01")
    assert "截至日期不能晚于今天" in page.content.decode()


def test_file_of_many_costs_what_one_costs(as_user, firm, changan, city_officer, county_officer):
    def add():
        factory = build.factory_at(changan, enterprise=firm)
        case = build.application_at("returned", factory=factory)
        build.title(build.factory_at(changan, enterprise=firm), on=TODAY)
        held = build.in_library(case.factory, by=county_officer)
        build.noted(held, by=county_officer)
        build.renamed(factory, f"{factory.name}新名")

    add()
    client = as_user(city_officer)
    file_of(client, firm)
    one = len(counted(client, firm))
    add()
    add()
    assert len(counted(client, firm)) == one


def counted(client, firm):
    with CaptureQueriesContext(connection) as queries:
        assert file_of(client, firm).status_code == 200
    return queries.captured_queries
