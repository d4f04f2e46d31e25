"""What is opened from outside leaves one line a day in the firm's log, for the firm alone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry import readings
from registry.access import Role, business_date
from registry.listings import ENTERPRISES
from registry.models import Reading, ReadingOf, User
from reports import exports
from reports.exports import Wanted
from tests import build

PAGE = "/enterprise/readings/"
AT = build.DAY


@pytest.fixture
def firm(staff):
    return staff.enterprise


def signed_in(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def opened(client, user, firm):
    return signed_in(client, user).get(reverse("registry:enterprise_detail", args=[firm.pk]))


def lines(firm):
    found = Reading.objects.of_enterprise(firm.pk).order_by("pk")
    return list(found.values_list("part", "office", "reader"))


def test_opening_leaves_one_line_a_day(client, firm, city_officer):
    for _ in range(3):
        assert opened(client, city_officer, firm).status_code == 200

    assert lines(firm) == [("企业信息", city_officer.place_name, city_officer.name)]


def test_firms_own_people_and_refusals_leave_none(client, firm, staff, tangshan):
    far = build.officer(tangshan)
    assert opened(client, far, firm).status_code == 404
    assert signed_in(client, staff).get("/enterprise/").status_code == 200

    assert lines(firm) == []


def test_opening_costs_two_queries(client, firm, city_officer):
    opened(client, city_officer, firm)
    with CaptureQueriesContext(connection) as queries:
        opened(client, city_officer, firm)

    assert sum("registry_reading" in one["sql"] for one in queries) == 1


def test_firm_reads_who_opened_what(client, firm, staff, city_officer):
    opened(client, city_officer, firm)
    text = signed_in(client, staff).get(PAGE).content.decode()

    assert city_officer.place_name in text
    assert "企业信息" in text


@pytest.mark.parametrize(("days", "said"), [(1095, "3 年"), (180, "180 天"), (1000, "1000 天")])
def test_page_says_how_long_lines_are_kept(client, staff, settings, days, said):
    settings.READ_LOG_DAYS = days

    page = signed_in(client, staff).get("/enterprise/readings/").content.decode()

    assert f"记录保留 {said}，" in page


def test_nobody_else_has_that_page(client, firm, city_officer, administrator):
    for user in (city_officer, administrator):
        assert signed_in(client, user).get(PAGE).status_code == 403
        assert not Reading.objects.visible_to(user).exists()


def test_filters_narrow_by_part_and_day(client, firm, staff, city_officer):
    opened(client, city_officer, firm)
    day = Reading.objects.get().day
    client = signed_in(client, staff)

    def rows(query):
        return client.get(PAGE + query).context["list"].page.total

    assert rows(f"?since={day}&until={day}&part=企业信息") == "1"
    assert rows(f"?since={day + timedelta(days=1)}") == "0"
    assert rows("?q=没有这个人") == "0"


@pytest.mark.parametrize(
    ("role", "office", "reader"),
    [
        (Role.EXPERT, "评审专家", ""),
        (Role.DEPARTMENT, "征求意见部门", ""),
        ("", "平台管理员", "某人"),
    ],
)
def test_who_must_not_be_known_is_not_named(firm, role, office, reader):
    person = User(pk=7, name="某人", role=role)
    what = readings.Opened("申报材料", "甲工厂", "tiers:review", "1")
    readings.note(firm.pk, what, by=person, at=AT)

    assert lines(firm) == [("申报材料", office, reader)]


def test_export_leaves_a_line_for_each_firm_in_it(firm, city_officer, shijiazhuang):
    other = build.enterprise_at(build.authority("130102"))
    wanted = Wanted([("name", "企业")], "csv")
    asked = exports.ask(ENTERPRISES, f"q={firm.credit_code}", wanted, by=city_officer, at=AT)
    exports.make(asked.pk, at=AT)
    exports.take_out("enterprise", firm.pk, by=city_officer, at=AT)

    assert [part for part, _, _ in lines(firm)] == ["导出的清单"] * 2
    assert lines(other) == []


def test_administrator_who_opens_an_account_is_seen(client, firm, staff, administrator):
    address = reverse("admin:registry_user_change", args=[staff.pk])
    assert signed_in(client, administrator).get(address).status_code == 200

    assert lines(firm) == [("人员账号", "平台管理员", administrator.name)]


def test_lines_are_neither_changed_nor_deleted_before_their_time(firm, city_officer, settings):
    settings.READ_LOG_DAYS = 180
    what = readings.Opened("企业信息", "", "registry:enterprise_detail", "1")
    readings.note(firm.pk, what, by=city_officer, at=AT)
    line = Reading.objects.get()

    for act in (line.save, line.delete, lambda: Reading.objects.update(reader="")):
        with pytest.raises(TypeError):
            act()
    assert line.day == business_date(AT)
    assert readings.forget(at=AT + timedelta(days=180)) == 0
    assert readings.forget(at=AT + timedelta(days=181)) == 1


def test_lines_of_many_firms_are_forgotten_with_their_firms(firm, city_officer, settings):
    settings.READ_LOG_DAYS = 180
    exports.take_out("enterprise", firm.pk, by=city_officer, at=AT)
    held = Reading.objects.count(), ReadingOf.objects.count()
    readings.forget(at=AT + timedelta(days=181))

    assert held == (1, 1)
    assert (Reading.objects.count(), ReadingOf.objects.count()) == (0, 0)


def test_file_without_any_firm_leaves_no_line(city_officer):
    asked = exports.ask(
        ENTERPRISES, "q=没有这家", Wanted([("name", "企业")], "csv"), by=city_officer, at=AT
    )
    exports.make(asked.pk, at=AT)

    assert Reading.objects.count() == 0


def test_parts_to_choose_from_are_those_of_the_firm(client, firm, staff, city_officer):
    exports.take_out("enterprise", firm.pk, by=city_officer, at=AT)
    readings.note(firm.pk + 1, readings.Opened("培育库", "", "x", "1"), by=city_officer, at=AT)

    shown = signed_in(client, staff).get(PAGE).context["list"]

    assert [key for key, _ in shown.form.fields["part"].choices] == ["", "导出的清单"]
