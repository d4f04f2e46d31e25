"""Annual reports on their pages: the firm's form, the office's list and answer."""

from datetime import date
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from registry.access import Seat
from reports import annual, exports
from reports.listings import ANNUAL
from reports.models import AnnualReport
from tests import build

HELD = date(2025, 9, 1)
LIST = reverse("reports:annual_list")


@pytest.fixture(autouse=True)
def _in_march():
    with time_machine.travel(build.DAY, tick=False):
        yield


@pytest.fixture
def report(staff, changan):
    factory = build.factory_at(changan, enterprise=staff.enterprise, name="甲一厂")
    build.title(factory, on=HELD)
    return build.annual_report(factory)


def page_of(report):
    return reverse("reports:annual_report", args=[report.pk])


def typed(report, step, **more):
    """A form as a browser sends it, filled in whole."""
    told = {f"kpi-{kpi.id}-na": "on" for kpi in annual.kpis_of(report)}
    told |= {f"{kind}-happened": "no" for kind in annual.CHANGES}
    told |= {"revenue": "12000", "staff": "300", "investment": "0"}
    told |= {"promotion": "无", "problems": "无", "plan": "建设能源管理系统", "declared": "on"}
    told |= {"scenario-TOTAL_FORMS": "2", "scenario-INITIAL_FORMS": "0"}
    return {**told, "seen": report.version, "step": step, **more}


def save(client, report, step="save", **more):
    address = reverse("reports:annual_save", args=[report.pk])
    report.refresh_from_db()
    return client.post(address, typed(report, step, **more))


def test_firm_saves_and_then_sends_in(as_user, staff, report):
    client = as_user(staff)
    assert "填报" in client.get(reverse("reports:home")).content.decode()

    answer = save(client, report, plan="", **{"scenario-0-no": "3", "scenario-0-name": "排产"})
    assert answer.url == page_of(report)
    shown = client.get(page_of(report)).content.decode()
    assert 'value="12000"' in shown
    assert "智能化改造投入为 0" in shown  # a scenario, and no money
    report.refresh_from_db()
    assert report.content["scenarios"] == [
        {"no": 3, "name": "排产", "uses_ai": False, "effect": ""}
    ]

    sent = save(client, report, "submit")
    assert sent.status_code == 302
    report.refresh_from_db()
    assert (report.state, report.content["scenarios"]) == ("submitted", [])
    assert "建设能源管理系统" in client.get(page_of(report)).content.decode()


def test_what_is_missing_is_said_and_nothing_typed_is_lost(as_user, staff, report):
    answer = save(as_user(staff), report, "submit", revenue="", plan="", problems="缺人")

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "请填写主营业务收入，没有的填 0" in text
    assert "缺人" in text
    report.refresh_from_db()
    assert report.state == "owed"


def test_doubt_is_explained_in_place(as_user, staff, report):
    client = as_user(staff)
    given = {"investment": "100", "software": "200"}

    first = save(client, report, "submit", **given)
    assert first.status_code == 422
    assert 'name="why-figures.software"' in first.content.decode()

    assert save(
        client, report, "submit", **given, **{"why-figures.software": "含往年合同"}
    ).url == page_of(report)
    office = as_user(build.officer_of(report.authority))
    assert "含往年合同" in office.get(page_of(report)).content.decode()


def test_number_that_is_none_is_refused_beside_its_field(as_user, staff, report):
    answer = save(as_user(staff), report, revenue="很多")

    assert answer.status_code == 422
    assert "请填写数字，例如 85 或 12.5" in answer.content.decode()


def test_editor_saves_but_has_no_button_to_send(as_user, staff, report):
    editor = build.joined(staff.enterprise, Seat.EDITOR)
    client = as_user(editor)

    assert "由本企业管理员报送" in client.get(page_of(report)).content.decode()
    assert save(client, report, "submit").status_code == 403
    assert save(client, report).status_code == 302


def test_reader_sees_and_changes_nothing(as_user, staff, report):
    client = as_user(build.joined(staff.enterprise, Seat.READER))

    assert client.get(page_of(report)).status_code == 200
    assert save(client, report).status_code == 403


def test_files_come_with_the_report(as_user, staff, report):
    client = as_user(staff)
    address = reverse("reports:annual_file_add", args=[report.pk])
    client.post(address, {"file": SimpleUploadedFile("年报.pdf", build.PDF)})
    wrong = client.post(address, {"file": SimpleUploadedFile("年报.exe", b"MZ")})
    kept = report.files.get()

    assert wrong.status_code == 422
    assert "不是可用的格式" in wrong.content.decode()
    file = reverse("reports:annual_file", args=[kept.pk])
    assert b"".join(client.get(file)).startswith(b"%PDF")
    office = build.officer_of(report.authority)
    assert as_user(office).get(file).status_code == 404
    save(as_user(staff), report, "submit")
    assert b"".join(as_user(office).get(file)).startswith(b"%PDF")


def test_office_sends_back_and_accepts(as_user, staff, report, city_officer):
    save(as_user(staff), report, "submit")
    report.refresh_from_db()
    client = as_user(city_officer)
    address = reverse("reports:annual_decide", args=[report.pk])
    given = {"remark-TOTAL_FORMS": "4", "remark-INITIAL_FORMS": "0", "seen": report.version}

    bare = client.post(address, {**given, "step": "send_back", "due_on": "2026-04-10"})
    assert bare.status_code == 422
    assert "请至少写明一项退回内容" in bare.content.decode()
    remark = {"remark-0-part": "texts", "remark-0-text": "计划太笼统"}
    client.post(address, {**given, **remark, "step": "send_back", "due_on": "2026-04-10"})
    report.refresh_from_db()
    assert (report.state, report.due_on) == ("returned", date(2026, 4, 10))

    firm = as_user(staff)
    assert "计划太笼统" in firm.get(page_of(report)).content.decode()
    number = annual.standing(report)[0].pk
    reply = {f"reply-{number}": "已补充", f"reply-{number}-outcome": "changed"}
    save(firm, report, "submit", plan="建设两条产线的能源管理系统", **reply)
    report.refresh_from_db()
    client = as_user(city_officer)
    assert "改过：推广、问题和计划" in client.get(page_of(report)).content.decode()
    client.post(address, {**given, "step": "accept", "seen": report.version})
    report.refresh_from_db()
    assert report.state == "accepted"


def test_office_does_not_read_what_is_not_sent(as_user, staff, report, city_officer):
    save(as_user(staff), report, plan="还没有想好")

    shown = as_user(city_officer).get(page_of(report)).content.decode()

    assert "企业还没有报送" in shown
    assert "还没有想好" not in shown


# --- lists ----------------------------------------------------------------------------------------


@pytest.fixture
def every_state(staff, changan):
    """Two owed, one late, one sent in, one sent back, one accepted."""
    for _ in range(6):
        build.title(build.factory_at(changan, enterprise=staff.enterprise), on=HELD)
    at = build.moment("2026-01-05 09:00")
    annual.open_year(2025, on=at.date(), at=at)
    _, _, late, sent, back, done = AnnualReport.objects.for_list().order_by("pk")
    for one in (sent, back, done):
        build.annual_sent(one, at=at)
    for one in (sent, back, done):
        one.refresh_from_db()
    build.annual_returned(back, at=at)
    build.annual_accepted(done, at=at)
    AnnualReport.objects.filter(pk=late.pk).update(due_on=date(2026, 3, 1))


def _listed(answer):
    """How many an office's list or a firm's own holds."""
    own = answer.context.get("page")
    return own.paginator.count if own else answer.context["list"].page.count


def test_every_number_opens_as_many_rows(as_user, staff, city_officer, every_state):
    for user in (staff, city_officer):
        client = as_user(user)
        tabs = {name: count for name, _, count in client.get(LIST).context["states"]}
        opened = {name: _listed(client.get(LIST, {"state": name})) for name in tabs}

        assert opened == tabs
        assert tabs == {
            "": 6, "owed": 2, "overdue": 1, "submitted": 1, "returned": 1, "accepted": 1,
        }  # fmt: skip


def test_figure_of_the_start_page_opens_its_list(as_user, city_officer, every_state):
    client = as_user(city_officer)
    figures = client.get(reverse("reports:home")).context["figures"]
    figure = next(one for one in figures if one.label == "年度报告待受理")

    assert (figure.value, client.get(figure.url).context["list"].page.count) == (1, 1)


def test_list_is_narrowed_and_exported_alike(as_user, city_officer, every_state):
    client = as_user(city_officer)

    for asked in ({}, {"state": "overdue"}, {"year": "2024"}, {"tier": "basic", "by": "own"}):
        listed = client.get(LIST, asked).context["list"].page.count
        wanted = exports.Wanted([("enterprise", ""), ("state", "")], "csv")
        query = urlencode(asked)
        one = exports.ask(ANNUAL, query, wanted, by=city_officer, at=build.DAY)
        assert exports.make(one.pk, at=build.DAY).done == listed, asked


def test_other_city_sees_nothing(as_user, other_city_officer, every_state):
    client = as_user(other_city_officer)

    assert client.get(LIST).context["list"].page.count == 0
    report = AnnualReport.objects.earliest("pk")
    assert client.get(page_of(report)).status_code == 404


def test_province_opens_a_year_by_hand(as_user, staff, changan, province_officer, city_officer):
    build.title(build.factory_at(changan, enterprise=staff.enterprise), on=HELD)
    address = reverse("reports:annual_open")

    assert as_user(city_officer).get(address).status_code == 403
    client = as_user(province_officer)
    assert client.post(address, {"year": "2023"}).status_code == 422
    assert client.post(address, {"year": "2025"}).url == LIST
    assert AnnualReport.objects.count() == 1


def test_list_of_those_that_missed_leads_to_the_title(as_user, staff, changan, city_officer):
    factory = build.factory_at(changan, enterprise=staff.enterprise, name="两年未报工厂")
    title = build.title(factory, on=HELD)
    build.annual_report(factory, at=build.moment("2026-01-05 09:00"))
    build.annual_report(factory, 2026, at=build.moment("2027-01-05 09:00"))

    with time_machine.travel(build.moment("2027-04-01 09:00"), tick=False):
        client = as_user(city_officer)
        assert "看复核名单" in client.get(LIST).content.decode()
        shown = client.get(reverse("reports:annual_missed")).content.decode()

    assert "2026、2025" in shown
    assert reverse("tiers:title", args=[title.pk]) in shown
