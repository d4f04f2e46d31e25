"""The pages of supervision: drawn, assigned, written up, mended, looked at again, published."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import build
from tiers.models import Supervision, SupervisionCheck

ON = build.DAY.date()


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(build.DAY, tick=False):
        yield


@pytest.fixture
def one_title(changan, city_officer):
    return build.title(build.factory_at(changan), on=ON)


def client_of(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(name, row):
    return reverse(f"tiers:supervision_{name}", args=[row.pk])


def record(check, **more):
    """The form as the page sends it, with one finding."""
    return {
        "seen": check.version,
        "team": "王五",
        "visited_on": "2026-03-02",
        "summary": "看了总装车间",
        "result": "mend",
        "name": check.officer.name,
        "step": "sign",
        "findings-TOTAL_FORMS": "3",
        "findings-INITIAL_FORMS": "0",
        "findings-0-text": "产线数据没有采集",
        "findings-0-severity": "major",
        "findings-0-item": "",
        "findings-1-text": "",
        "findings-1-severity": "minor",
        "findings-2-text": "",
        "findings-2-severity": "minor",
        **more,
    }


def test_office_draws_and_assigns(one_title, city_officer):
    client = client_of(city_officer)
    assert "监督抽查" in client.get("/supervision/").content.decode()

    given = {"tier": "basic", "title": "春季抽查", "due_on": "2026-04-01"}
    answer = client.post("/supervision/new/", given)
    made = Supervision.objects.get()
    assert answer.url == reverse("tiers:supervision", args=[made.pk])
    assert made.seed in client.get(answer.url).content.decode()

    wrong = client.post(address("assign", made), {"officer": city_officer.pk})
    assert wrong.status_code == 422
    assert "请选择要分派的工厂" in wrong.content.decode()
    check = made.checks.get()
    client.post(address("assign", made), {"checks": check.pk, "officer": city_officer.pk})
    desk = client.get("/desk/").content.decode()
    assert "待检查 <a" in desk


def test_inspector_writes_it_up_and_the_firm_mends_it(one_title, city_officer):
    made = build.sample()
    check = build.inspection_of(made)
    officer, firm = client_of(city_officer), client_of(build.staff_of(one_title.factory.enterprise))
    page = address("check", check)
    assert firm.get(page).status_code == 404

    officer.post(address("record", check), record(check, step="save"))
    check.refresh_from_db()
    assert "产线数据没有采集" in officer.get(page).content.decode()
    again = record(check, name="")
    again |= {"findings-INITIAL_FORMS": "1", "findings-TOTAL_FORMS": "4"}
    again |= {"findings-3-text": "", "findings-3-severity": "minor"}
    refused = officer.post(address("record", check), again)
    assert refused.status_code == 422
    assert "签名请输入本人姓名" in refused.content.decode()
    photo = SimpleUploadedFile("现场.jpg", build.JPEG)
    assert officer.post(address("file_add", check), {"file": photo}).status_code == 302
    assert (
        officer.post(address("record", check), again | {"name": city_officer.name}).status_code
        == 302
    )

    text = firm.get(page).content.decode()
    assert "产线数据没有采集" in text
    assert "提交整改情况" in text
    kept = check.files.get()
    sent = firm.get(address("file", kept))
    assert b"".join(sent) == build.JPEG
    assert firm.post(address("file_remove", kept)).status_code == 403
    firm.post(address("answer", check), {"answer": "已加装"})
    check.refresh_from_db()
    given = {"result": "unfit", "finding": "仍未采集", "seen": check.version}
    officer.post(address("recheck", check), given)

    text = officer.get(page).content.decode()
    assert "办理暂停或撤销" in text
    title = firm.get(reverse("tiers:title", args=[one_title.pk])).content.decode()
    assert "年度监督抽查" in title
    assert "年度监督抽查" in firm.get("/titles/").content.decode()


def test_record_of_the_draw_is_public_after_the_last_signature(one_title, city_officer):
    made = build.sample()
    assert Client().get(address("draw", made)).status_code == 404
    build.inspected_title(made, "fit")

    text = Client().get(address("draw", made)).content.decode()
    data = Client().get(address("data", made)).json()
    assert (made.seed in text, data["drawn"]) == (True, made.drawn)
    assert one_title.factory.name not in text


def test_overdue_stands_on_the_desk(one_title, city_officer):
    check = build.inspection_of(build.sample())
    with time_machine.travel(build.moment("2026-04-20 09:00"), tick=False):
        client = client_of(city_officer)
        assert "超期 1 座" in client.get("/desk/").content.decode()
        text = client.get("/supervision/?tab=overdue").content.decode()
    assert check.certification.number in text


def test_list_costs_the_same_with_more_rows(changan, city_officer, django_assert_num_queries):
    client = client_of(city_officer)

    def draw(count):
        for _ in range(count):
            build.title(build.factory_at(changan), on=ON)
            build.inspection_of(build.sample())

    draw(1)
    client.get("/supervision/?tab=all")
    with CaptureQueriesContext(connection) as few:
        client.get("/supervision/?tab=all")
    draw(3)
    with django_assert_num_queries(len(few)):
        client.get("/supervision/?tab=all")
    assert SupervisionCheck.objects.count() == 4
