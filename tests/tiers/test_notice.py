"""Public notice: what is frozen and shown, who may do what, and how its closing moves the cases."""

import hashlib
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from registry.models import AuditEvent, Notification
from tests import build
from tiers import notice, objections, proceedings, workflow
from tiers.models import Notice, Objection
from tiers.workflow import Action

PUBLISHED = build.moment("2026-03-03 09:00")
ENDED = build.moment("2026-03-11 09:00")


@pytest.fixture
def office(hebei, city_officer):
    """Two officers of the province, and the city's who recommends."""
    return build.officer(hebei, name="省级甲"), build.officer(hebei, name="省级乙")


@pytest.fixture
def cases(notice_chain, office):
    return [build.at_notice() for _ in range(3)]


@pytest.fixture
def shown(cases, office):
    return build.published_notice(cases[0].round, office, at=PUBLISHED)


def fresh(case):
    case.refresh_from_db()
    return case


def refusal(call, *args, **kwargs):
    with pytest.raises(ValidationError) as refused:
        call(*args, **kwargs)
    return "；".join(refused.value.messages)


def test_list_is_frozen_with_a_digest_and_runs_five_working_days(shown, cases):
    assert [row["number"] for row in shown.content] == sorted(case.number for case in cases)
    assert shown.digest == hashlib.sha256(notice.as_text(shown.content).encode()).hexdigest()
    assert (shown.starts_on, shown.ends_on) == (date(2026, 3, 3), date(2026, 3, 10))
    assert shown.is_running(date(2026, 3, 10))
    assert not shown.is_running(date(2026, 3, 11))


def test_make_up_days_count(cases, office):
    """国庆 from 1 to 7 October 2026, made up for on 20 September and 10 October."""
    shown = build.published_notice(cases[0].round, office, at=build.moment("2026-09-29 09:00"))

    assert shown.ends_on == date(2026, 10, 12)


def test_renamed_factory_keeps_its_name_on_the_notice(shown, cases, client):
    before = cases[0].factory.name
    build.renamed(cases[0].factory, "改名后的工厂", at=PUBLISHED)

    page = client.get(f"/notices/{shown.pk}/").content.decode()

    shown.refresh_from_db()
    assert shown.content[0]["factory"] == before
    assert before in page
    assert "改名后的工厂" not in page


def test_public_page_names_no_person_and_gives_the_list_with_its_digest(shown, client, office):
    page = client.get(f"/notices/{shown.pk}/").content.decode()
    listed = client.get("/notices/").content.decode()
    data = client.get(f"/notices/{shown.pk}/list.json").content

    assert all(row["factory"] in page and row["number"] in page for row in shown.content)
    assert not any(str(one) in page or one.name in page for one in office)
    assert "企业经办人" not in page
    assert shown.title in listed
    assert hashlib.sha256(data).hexdigest() == shown.digest
    assert shown.digest in page


def test_draft_is_not_public(cases, office, client):
    drafted = build.prepared_notice(cases[0].round, office[0], at=PUBLISHED)

    assert client.get(f"/notices/{drafted.pk}/").status_code == 404
    assert drafted.title not in client.get("/notices/").content.decode()


def test_preparer_does_not_publish(cases, office):
    drafted = build.prepared_notice(cases[0].round, office[0], at=PUBLISHED)

    assert "准备人以外" in refusal(notice.publish, drafted, by=office[0], at=PUBLISHED)
    assert notice.publish(drafted, by=office[1], at=PUBLISHED).status == "notice"


def test_preparation_lapses_when_the_list_changes(cases, office):
    drafted = build.prepared_notice(cases[0].round, office[0], at=PUBLISHED)
    build.withdraw(cases[1], at=PUBLISHED)

    assert "名单有变化" in refusal(notice.publish, drafted, by=office[1], at=PUBLISHED)
    again = build.prepared_notice(cases[0].round, office[0], at=PUBLISHED)
    assert again.pk == drafted.pk
    assert len(notice.publish(again, by=office[1], at=PUBLISHED).content) == 2


def test_city_and_neighbouring_province_have_no_hand_in_it(cases, city_officer, office):
    stranger = build.officer(build.authority("340000"))
    contact = notice.Contact("0311-1", "", "路1号")

    for other in (city_officer, stranger):
        with pytest.raises(PermissionDenied):
            notice.prepare(cases[0].round, title="公示", contact=contact, by=other, at=PUBLISHED)


def test_case_on_notice_cannot_be_decided_alone(shown, cases, office):
    assert "整批" in refusal(build.decide, cases[0], by=office[0], at=PUBLISHED)
    for action in (Action.SEND_BACK, Action.REJECT):
        assert "正在公示" in refusal(build.decide, cases[0], action, by=office[0], at=PUBLISHED)
    assert fresh(cases[0]).step == "publicise"


def test_case_before_its_notice_cannot_be_completed_but_sent_back(cases, office):
    assert "整批" in refusal(build.decide, cases[0], by=office[0], at=PUBLISHED)
    assert build.decide(cases[0], Action.SEND_BACK, by=office[0], at=PUBLISHED).status == "returned"


def test_closes_only_after_its_last_day(shown, cases, office):
    last = build.moment("2026-03-10 23:59")

    assert "2026-03-10" in refusal(proceedings.close_notice, shown, by=office[0], at=last)
    assert fresh(cases[0]).step == "publicise"


def test_closing_moves_every_case_with_one_record(shown, cases, office):
    closed = proceedings.close_notice(shown, by=office[0], at=ENDED)

    assert {fresh(case).step for case in cases} == {"determine"}
    assert closed.closing == {
        "digest": shown.digest,
        "starts_on": "2026-03-03",
        "ends_on": "2026-03-10",
        "closed_on": "2026-03-11",
        "listed": 3,
        "passed": 3,
        "rejected": 0,
        "left": 0,
        "objections": 0,
        "upheld": 0,
    }
    assert AuditEvent.objects.filter(verb="notice.close").count() == 1
    assert "只能" in refusal(notice.withdraw, closed, reason="错", by=office[0], at=ENDED)


def test_upheld_objection_ends_its_case_and_the_firm_reads_the_reason_alone(shown, cases, office):
    third = build.officer(office[0].authority, name="省级丙")
    one = build.objection(shown, cases[1], at=PUBLISHED)
    build.handled(one, third, upheld=True, at=PUBLISHED)

    closed = proceedings.close_notice(shown, by=office[0], at=ENDED)

    assert [fresh(case).status for case in cases] == ["in_progress", "rejected", "in_progress"]
    opinion = cases[1].decisions.order_by("-pk").first().opinion
    assert "产能数据不实" in opinion
    assert "王五" not in opinion
    assert (closed.closing["passed"], closed.closing["rejected"]) == (2, 1)
    staff = build.staff_of(cases[1].factory.enterprise)
    told = Notification.objects.filter(recipient=staff, event="case.rejected")
    assert told.count() == 1


def test_open_objection_keeps_the_notice_open(shown, cases, office):
    build.objection(shown, cases[1], at=PUBLISHED)

    assert "1 件异议" in refusal(proceedings.close_notice, shown, by=office[0], at=ENDED)


def test_withdrawn_notice_stays_readable_and_its_objections_count_on(shown, cases, office, client):
    build.objection(shown, cases[1], at=PUBLISHED)
    notice.withdraw(shown, reason="名称有误", by=office[0], at=PUBLISHED)

    page = client.get(f"/notices/{shown.pk}/").content.decode()
    assert "已撤回" in page
    assert "名称有误" in page
    again = build.published_notice(cases[0].round, office, at=PUBLISHED)
    assert "1 件异议" in refusal(proceedings.close_notice, again, by=office[0], at=ENDED)
    assert Notice.objects.count() == 2


def test_case_withdrawn_by_its_firm_is_counted_and_left_alone(shown, cases, office):
    build.withdraw(cases[2], at=PUBLISHED)

    closed = proceedings.close_notice(shown, by=office[0], at=ENDED)

    assert (closed.closing["left"], fresh(cases[2]).status) == (1, "withdrawn")


def test_one_case_that_cannot_go_on_stops_all_and_is_named(shown, cases, office, city_officer):
    """An officer who recommended and has moved to the province since cannot decide it."""
    mover = workflow.Decision.objects.filter(application=cases[1], action="complete").get().by
    mover.role, mover.authority = "province", office[0].authority
    mover.save()

    said = refusal(proceedings.close_notice, shown, by=mover, at=ENDED)

    assert cases[0].number in said or cases[1].number in said
    assert {fresh(case).step for case in cases} == {"publicise"}
    assert Notice.objects.get().status == "notice"


def test_firms_are_told_once(shown, cases):
    assert Notification.objects.filter(event="case.on_notice").count() == len(cases)


def test_round_page_leads_to_it_and_works_by_forms(cases, office, as_user):
    batch = cases[0].round
    client = as_user(office[0])
    assert f"/rounds/{batch.pk}/notice/" in client.get(f"/rounds/{batch.pk}/").content.decode()
    given = {"title": "拟认定名单", "phone": "0311-87000000", "address": "石家庄市和平路1号"}

    assert client.post(f"/rounds/{batch.pk}/notice/", given).status_code == 302
    drafted = Notice.objects.get()
    client.post(f"/notices/{drafted.pk}/publish/")
    assert Notice.objects.get().status == "draft"
    as_user(office[1]).post(f"/notices/{drafted.pk}/publish/")
    assert Notice.objects.get().status == "notice"
    page = as_user(office[1]).get(f"/rounds/{batch.pk}/notice/").content.decode()
    assert "登记书面异议" in page


def test_objection_refused_after_the_last_day(shown, cases):
    said = build.said()
    late = build.moment("2026-03-11 00:00")

    assert "2026-03-10" in refusal(objections.receive, shown, cases[0].pk, said, at=late)
    in_time = build.moment("2026-03-10 23:59")
    assert objections.receive(shown, cases[0].pk, said, at=in_time).number == "YY-2026-0001"
    assert Objection.objects.count() == 1
