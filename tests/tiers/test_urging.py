"""Urging and being overdue: who may remind whom, how often, and who hears of it."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from registry.access import Seat
from registry.models import AuditEvent, Notification
from tests import build
from tiers import deadlines, urging
from tiers.models import Action, Application, Urging

AT = build.DAY  # Monday 2026-03-02; the city's 15 working days end on 2026-03-23
LATE = build.moment("2026-03-25 10:00")


@pytest.fixture
def case(staff, changan, city_officer, county_officer, province_officer):
    factory = build.factory_at(changan, enterprise=staff.enterprise)
    return build.application_at("submitted", factory=factory)


@pytest.fixture
def second(case):
    """Another officer of the province's department."""
    return build.officer(build.authority("130000"), name="省级乙")


def urged(user):
    return Notification.objects.filter(recipient=user, event="desk.urged").count()


# --- who may ------------------------------------------------------------------------------------


def test_level_above_may_urge_at_any_time_and_the_office_hears_of_it(
    case, city_officer, province_officer
):
    made = urging.urge(case, note=" 请抓紧 ", by=province_officer, at=AT)

    assert (made.side, made.step, made.note) == ("province", "determine", "请抓紧")
    (told,) = Notification.objects.filter(event="desk.urged")
    assert told.recipient == city_officer
    assert told.result == "河北省工业和信息化厅催办市级认定：请抓紧"
    assert AuditEvent.objects.filter(verb="application.urge", target_id=str(case.pk)).count() == 1


def test_firm_may_urge_only_when_the_step_is_overdue(case, staff):
    with pytest.raises(PermissionDenied):
        urging.urge(case, note="", by=staff, at=build.moment("2026-03-23 23:59:59"))

    urging.urge(case, note="", by=staff, at=build.moment("2026-03-24 00:00:00"))

    assert Urging.objects.get().side == "enterprise"


@pytest.mark.parametrize(
    "who", ["city_officer", "county_officer", "other_city_officer", "rival_staff"]
)
def test_handling_office_those_below_and_strangers_may_not(request, case, who):
    person = request.getfixturevalue(who)

    assert not urging.may_urge(case, person, on=LATE.date())
    with pytest.raises(PermissionDenied):
        urging.urge(case, note="", by=person, at=LATE)


def test_reader_may_not(case, province_officer):
    province_officer.seat = Seat.READER
    province_officer.save()

    with pytest.raises(PermissionDenied):
        urging.urge(case, note="", by=province_officer, at=AT)


def test_case_that_waits_at_no_office_cannot_be_urged(case, province_officer):
    build.decide(case, Action.SEND_BACK, opinion="请补充")

    with pytest.raises(PermissionDenied):
        urging.urge(case, note="", by=province_officer, at=AT)


# --- how often ------------------------------------------------------------------------------------


def test_each_side_urges_once_a_working_day(case, staff, province_officer, second, city_officer):
    friday = build.moment("2026-03-27 16:00")
    urging.urge(case, note="", by=province_officer, at=friday)
    urging.urge(case, note="", by=staff, at=friday)

    for again in ("2026-03-27 17:00", "2026-03-28 09:00", "2026-03-29 23:59"):
        with pytest.raises(ValidationError, match="2026-03-30 起可以再次催办"):
            urging.urge(case, note="", by=second, at=build.moment(again))
    urging.urge(case, note="", by=second, at=build.moment("2026-03-30 00:00"))

    assert urged(city_officer) == 3


# --- overdue to the level above -------------------------------------------------------------------


def told_overdue(user):
    return Notification.objects.filter(recipient=user, event="desk.overdue").count()


def test_overdue_case_is_reported_once_however_often_the_night_runs(
    case, city_officer, province_officer, county_officer, staff
):
    last = build.moment("2026-03-23 23:59")
    assert deadlines.report_overdue(on=last.date(), at=last) == 0

    runs = [deadlines.report_overdue(on=LATE.date(), at=LATE) for _ in range(3)]

    assert runs == [1, 0, 0]
    assert [
        told_overdue(who) for who in (city_officer, province_officer, county_officer, staff)
    ] == [
        1,
        1,
        0,
        0,
    ]
    assert AuditEvent.objects.filter(verb="application.overdue").count() == 1


def test_step_reached_again_after_a_return_is_reported_again(case, province_officer):
    deadlines.report_overdue(on=LATE.date(), at=LATE)
    build.decide(case, Action.SEND_BACK, opinion="请补充", at=LATE)
    build.submit(case, at=LATE)
    later = build.moment("2026-04-02 10:00")

    assert deadlines.report_overdue(on=later.date(), at=later) == 1
    assert told_overdue(province_officer) == 2


def test_overdue_list_of_the_level_above_equals_its_number(
    as_user, time_machine, case, province_officer, city_officer, tangshan
):
    build.application_at("submitted", where=tangshan)
    build.application_at("returned", where=tangshan)
    time_machine.move_to(LATE)
    client = as_user(province_officer)

    home = client.get(reverse("reports:home"))
    figure = next(f for f in home.context["figures"] if f.label == "下级超期")
    page = client.get(figure.url)

    assert figure.value == page.context["list"].page.count == 2
    assert [tab.count for tab in page.context["tabs"] if tab.name == "below"] == ["2"]
    assert "超期 2 个工作日" in page.content.decode()
    own = as_user(city_officer).get(reverse("reports:home"))
    assert {f.label: f.value for f in own.context["figures"]}["下级超期"] == 0


def test_desk_of_a_county_has_nobody_below(as_user, case, county_officer):
    page = as_user(county_officer).get(reverse("tiers:desk") + "?tab=below")

    assert page.context["tab"] == "todo"
    assert "下级超期" not in page.content.decode()


def test_lists_are_narrowed_to_what_is_late_or_due_soon(as_user, time_machine, case, city_officer):
    client = as_user(city_officer)

    def found(day, clock):
        time_machine.move_to(build.moment(f"{day} 10:00"))
        client.force_login(city_officer, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get(reverse("tiers:desk") + f"?tab=todo&clock={clock}")
        return answer.context["list"].page.count

    assert [found(day, "soon") for day in ("2026-03-17", "2026-03-18", "2026-03-24")] == [0, 1, 0]
    assert [found(day, "over") for day in ("2026-03-23", "2026-03-24")] == [0, 1]


# --- on the page ----------------------------------------------------------------------------------


def test_firm_urges_on_the_page_and_sees_it_in_the_course(as_user, time_machine, case, staff):
    time_machine.move_to(LATE)
    client = as_user(staff)
    page = reverse("tiers:application", args=[case.pk])
    address = reverse("tiers:application_urge", args=[case.pk])
    assert address in client.get(page).content.decode()

    answer = client.post(address, {"note": "企业急用"}, follow=True)

    text = answer.content.decode()
    assert "已催办，石家庄市工业和信息化局会收到站内信" in text
    assert "企业急用" in text
    again = client.post(address, {"note": ""}).content.decode()
    assert "2026-03-26 起可以再次催办" in again
    assert Urging.objects.count() == 1


def test_page_in_time_offers_no_urging_to_the_firm(as_user, time_machine, case, staff):
    time_machine.move_to(AT)
    client = as_user(staff)
    address = reverse("tiers:application_urge", args=[case.pk])

    assert address not in client.get(reverse("tiers:application", args=[case.pk])).content.decode()
    assert "没有发出" in client.post(address, follow=True).content.decode()
    assert Urging.objects.count() == 0


def test_urging_by_the_api(as_user, time_machine, case, province_officer, city_officer):
    time_machine.move_to(AT)
    address = f"/api/v1/applications/{case.pk}/urge/"

    first = as_user(province_officer).post(address, {"note": "请抓紧"}, "application/json")
    second = as_user(province_officer).post(address, {}, "application/json")
    refused = as_user(city_officer).post(address, {}, "application/json")

    assert (first.status_code, second.status_code, refused.status_code) == (200, 400, 403)
    assert Application.objects.get(pk=case.pk).urgings.count() == 1
