"""The pages of site check and meeting, used as an office uses them."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import build
from tiers import inspection, meeting, verification
from tiers.models import Application, InspectionPhoto, Meeting
from tiers.workflow import Action

AT = build.DAY


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(build.moment("2026-03-02 12:00"), tick=False):
        yield


def test_round_goes_through_both_stages_on_its_pages(
    batch, arrive, as_user, province_officer, second
):
    cases = arrive(2)
    client = as_user(province_officer)
    plan = f"/rounds/{batch.pk}/inspect/"
    assert "从 2 件中抽取" in client.get(plan).content.decode()
    client.post(f"{plan}draw/")
    drawn, spared = sorted(cases, key=lambda case: inspection.current(case) is None)
    page = f"/applications/{drawn.pk}/inspection/"

    seen = inspection.current(drawn).version
    client.post(f"{page}plan/", {"team": "王专家", "on": "2026-03-02", "seen": seen})
    photo = SimpleUploadedFile("车间.jpg", build.JPEG)
    assert client.post(f"{page}photos/", {"file": photo}).status_code == 302
    shown = client.get(f"/inspection-photos/{InspectionPhoto.objects.get().pk}/")
    assert b"".join(shown) == build.JPEG
    build.verify(drawn, rest=verification.ALL, by=province_officer)
    signature = {"result": "fit", "finding": "一致", "name": "省级甲", "seen": seen + 1}
    assert client.post(f"{page}sign/", signature).status_code == 302
    assert "签名并定稿" not in client.get(page).content.decode()
    client.post(f"{plan}pass/")

    table = f"/rounds/{batch.pk}/meeting/"
    given = {
        "held_on": "2026-03-02",
        "attendees": "厅领导",
        "minutes": "逐件审议",
        "seen": 0,
        f"outcome-{drawn.pk}": "pass",
        f"outcome-{spared.pk}": "reject",
        f"reason-{spared.pk}": "环节覆盖不足",
    }
    assert client.post(table, given).status_code == 302
    seen = {"seen": meeting.table(batch).digest}
    client.post(f"{table}confirm/", seen)
    assert meeting.table(batch).confirmed is False
    assert f"{table}confirm/" not in client.get(table).content.decode()
    other = as_user(second)
    assert f"{table}confirm/" in other.get(table).content.decode()
    other.post(f"{table}confirm/", seen)
    other.post(f"{table}release/", seen)

    held = Meeting.objects.get()
    assert (held.prepared_name, held.confirmed_name) == ("省级甲", "省级乙")
    assert set(Application.objects.filter(round=batch).values_list("status", "step")) == {
        ("in_progress", "determine"),
        ("rejected", ""),
    }
    printed = other.get(f"{table}print/?meeting={held.pk}").content.decode()
    assert "环节覆盖不足" in printed


def test_refused_forms_come_back_with_what_was_typed(arrive, as_user, province_officer):
    case = arrive()[0]
    found = build.planned(case)
    client = as_user(province_officer)
    given = {"result": "fit", "finding": "看过两条产线", "name": "别人", "seen": found.version}
    answer = client.post(f"/applications/{case.pk}/inspection/sign/", given)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert ("看过两条产线" in page, "签名请输入本人姓名" in page) == (True, True)


def test_reason_that_is_missing_keeps_the_table_typed(batch, arrive, as_user, province_officer):
    case = build.inspected(arrive()[0])
    given = {"minutes": "审议中", "seen": 0, f"outcome-{case.pk}": "hold"}
    answer = as_user(province_officer).post(f"/rounds/{batch.pk}/meeting/", given)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert ("暂缓须写明理由" in page, "审议中" in page) == (True, True)
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize("page", ["inspect", "meeting", "meeting/print"])
def test_pages_of_the_office_are_shut_to_cities_and_firms(
    batch, arrive, as_user, city_officer, page
):
    case = arrive()[0]

    shut = [
        as_user(one).get(f"/rounds/{batch.pk}/{page}/").status_code
        for one in (city_officer, build.staff_of(case.factory.enterprise))
    ]
    assert shut == [404, 403]


def test_firm_opens_its_result_only_once_it_is_decided(arrive, as_user):
    case = arrive()[0]
    build.signed(case, "unfit")
    client = as_user(build.staff_of(case.factory.enterprise))
    path = f"/applications/{case.pk}/inspection/"
    assert client.get(path).status_code == 404

    build.decide(case, Action.REJECT)
    page = client.get(path).content.decode()
    assert ("不符合" in page, "省级甲" in page) == (True, False)
    assert path in client.get(f"/applications/{case.pk}/").content.decode()


def test_pages_cost_the_same_queries_for_more_cases(batch, arrive, as_user, province_officer):
    client = as_user(province_officer)
    counts = []
    for number in (1, 3):
        for case in arrive(number):
            build.inspected(case)
        arrive(number)
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/rounds/{batch.pk}/inspect/")
            client.get(f"/rounds/{batch.pk}/meeting/")
        counts.append(len(seen))

    assert counts[0] == counts[1]
