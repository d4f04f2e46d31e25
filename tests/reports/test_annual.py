"""Annual reports of factories by their acts: what is owed, sent in, accepted, sent back, late."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import connection

from registry.access import Seat, business_date
from registry.models import AuditEvent, Event, Notification
from registry.policy import Tier
from reports import annual
from reports.models import AnnualFile, AnnualReport, AnnualStep
from tests import build

HELD = date(2025, 9, 1)
OPENED = build.moment("2026-01-01 00:05")
State = AnnualReport.State


@pytest.fixture
def factory(changan):
    made = build.factory_at(changan)
    build.title(made, on=HELD)
    return made


@pytest.fixture
def report(factory):
    return build.annual_report(factory, at=OPENED)


def told(event, **where):
    return list(Notification.objects.filter(event=event, **where).order_by("pk"))


# --- what is owed ---------------------------------------------------------------------------------


def test_year_is_opened_once_however_often(factory):
    on = business_date(OPENED)

    assert [annual.open_year(2025, on=on, at=OPENED) for _ in range(3)] == [1, 0, 0]
    report = AnnualReport.objects.get()
    assert (report.year, report.state, report.due_on) == (2025, State.OWED, date(2026, 3, 31))
    assert len(told(Event.ANNUAL_OPENED)) == 1


def test_only_titles_in_force_on_the_last_day_owe(changan):
    kept, ended, later = (build.factory_at(changan) for _ in range(3))
    build.title(kept, on=HELD)
    build.title(ended, on=date(2025, 5, 1), last_day=date(2025, 12, 30))
    build.title(later, on=date(2026, 1, 1))

    annual.open_year(2025, on=business_date(OPENED), at=OPENED)

    assert list(AnnualReport.objects.values_list("factory", flat=True)) == [kept.pk]


def test_one_found_later_is_added_with_thirty_days(factory, changan):
    annual.open_year(2025, on=business_date(OPENED), at=OPENED)
    late = build.factory_at(changan)
    build.title(late, on=HELD)

    assert annual.open_due(on=date(2026, 3, 20), at=build.moment("2026-03-20 00:05")) == 1
    assert AnnualReport.objects.get(factory=late).due_on == date(2026, 4, 19)


def test_night_opens_nothing_after_the_day(factory):
    assert annual.open_due(on=date(2026, 4, 1), at=build.moment("2026-04-01 00:05")) == 0
    assert annual.open_due(on=date(2026, 3, 31), at=build.moment("2026-03-31 00:05")) == 1


def test_year_that_runs_is_not_opened(factory):
    with pytest.raises(ValidationError, match="还没有结束"):
        annual.open_year(2026, on=date(2026, 12, 31), at=build.moment("2026-12-31 09:00"))


def test_highest_tier_says_who_accepts(factory, hebei, shijiazhuang, report):
    other = build.factory_at(report.factory.authority, enterprise=factory.enterprise)
    build.title(other, on=HELD)
    build.title(other, Tier.ADVANCED, on=HELD)

    assert annual.open_year(2025, on=business_date(OPENED), at=OPENED) == 1
    second = AnnualReport.objects.get(factory=other)
    assert (report.tier, report.authority) == (Tier.BASIC, shijiazhuang)
    assert (second.tier, second.authority) == (Tier.ADVANCED, hebei)


def test_province_that_asks_only_its_highest_tiers_opens_no_others(world):
    factory = build.factory_at(build.authority("230102"))
    build.title(factory, on=HELD)

    assert annual.open_year(2025, on=business_date(OPENED), at=OPENED) == 0


def test_only_the_province_opens_by_hand(factory, city_officer, province_officer):
    on = date(2026, 6, 1)
    at = build.moment("2026-06-01 09:00")

    with pytest.raises(PermissionDenied):
        annual.open_year(2025, on=on, at=at, by=city_officer)
    with pytest.raises(ValidationError, match="不需要报送"):
        annual.open_year(2023, on=on, at=at, by=province_officer)
    assert annual.open_year(2025, on=on, at=at, by=province_officer) == 1
    assert AnnualReport.objects.get().due_on == date(2026, 7, 1)


# --- the firm -------------------------------------------------------------------------------------


def save(report, by, **more):
    content = build.annual_content(report, **more)
    return annual.save(report, content, {}, seen=report.version, by=by, at=build.DAY)


def refusal(report, **more):
    with pytest.raises(ValidationError) as refused:
        build.annual_sent(report, **more)
    return refused.value.message_dict


def test_draft_is_the_firms_own_until_sent(report):
    by = build.staff_of(report.factory.enterprise)
    saved = save(report, by)

    assert (saved.state, saved.content["figures"]["revenue"]) == (State.OWED, "12000")
    assert saved.steps.count() == 0


def test_two_at_once_do_not_overwrite_each_other(report):
    by = build.staff_of(report.factory.enterprise)
    save(report, by)

    with pytest.raises(ValidationError, match="有人同时改过"):
        annual.save(report, {}, {}, seen=1, by=by, at=build.DAY)


def test_editor_writes_and_manager_sends(report):
    editor = build.joined(report.factory.enterprise, Seat.EDITOR)
    reader = build.joined(report.factory.enterprise, Seat.READER)
    saved = save(report, editor)

    content = build.annual_content(report)
    with pytest.raises(PermissionDenied, match="管理员"):
        annual.submit(
            saved, content, {}, declared=True, seen=saved.version, by=editor, at=build.DAY
        )
    with pytest.raises(PermissionDenied):
        save(saved, reader)
    assert build.annual_sent(report).state == State.SUBMITTED


def test_what_is_missing_is_named(report):
    found = refusal(report, figures={}, texts={"plan": " "}, changes={}, kpis={})

    assert found["revenue"] == ["请填写主营业务收入，没有的填 0"]
    assert {"staff", "investment", "plan", "problems", "halt-happened", "kpi-cnc-rate"} <= {*found}


def test_change_that_happened_needs_its_day_and_words(report):
    halted = {"happened": "yes", "on": "2024-05-01", "text": ""}
    changes = build.annual_content(report)["changes"] | {"halt": halted}

    found = refusal(report, changes=changes)

    assert {"halt-on", "halt-text"} == {*found}


def kpis(report, **values):
    told = {name.replace("_", "-"): value for name, value in values.items()}
    return build.annual_content(report)["kpis"] | {
        name: {"value": value, "unit": "", "na": False} for name, value in told.items()
    }


def year_after(report, **values):
    """The next year's report, after this one was sent in with these indicators."""
    build.annual_sent(report, kpis=kpis(report, **values))
    return build.annual_report(report.factory, 2026, at=build.moment("2027-01-01 00:05"))


def test_indicators_begin_with_last_years(report):
    later = year_after(report, cnc_rate="80", decision_models="4")

    begun = annual.start(later)["kpis"]

    assert begun["cnc-rate"] == {"value": "80", "unit": "", "na": False}
    assert annual.before(later)["kpis"]["cnc-rate"]["source"] == "2025年度报告"


def test_indicators_begin_with_the_self_assessment_where_there_is_no_report(changan):
    factory = build.factory_at(changan)
    sheet = build.answered(build.open_assessment(factory))
    value = {"before": "60", "after": "75", "period": "2025年"}
    build.self_assessment.save_answers(
        sheet, {"kpi.cnc-rate": value}, seen={}, by=build.staff_of(factory.enterprise), at=build.DAY
    )
    build.self_assessment.lock(sheet, by=build.staff_of(factory.enterprise), at=build.DAY)
    build.title(factory, on=HELD)
    report = build.annual_report(factory)

    assert annual.before(report)["kpis"]["cnc-rate"] == {
        "value": "75",
        "unit": "",
        "source": "2026-03-02 自评",
    }


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"cnc_rate": "82", "decision_models": "4"}, []),
        ({"cnc_rate": "80", "decision_models": "4"}, ["kpi.same"]),
        ({"cnc_rate": "70", "decision_models": "4"}, ["kpi.cnc-rate"]),
        ({"cnc_rate": "71", "decision_models": "4"}, []),
        ({"cnc_rate": "80", "decision_models": "6"}, ["kpi.decision-models"]),
        ({"cnc_rate": "120", "decision_models": "4"}, ["kpi.cnc-rate.range"]),
    ],
)
def test_what_stands_out_asks_for_a_word(report, values, codes):
    later = year_after(report, cnc_rate="80", decision_models="4")
    content = build.annual_content(later, kpis=kpis(later, **values))

    found = annual.doubts(later, content, annual.before(later))

    assert [doubt.code for doubt in found] == codes


def test_explained_figure_is_taken(report):
    later = year_after(report, cnc_rate="80")
    fallen = kpis(later, cnc_rate="50")

    assert list(refusal(later, kpis=fallen)) == ["why-kpi.cnc-rate"]
    sent = build.annual_sent(later, kpis=fallen, why={"kpi.cnc-rate": "停用两条旧产线"})
    assert sent.state == State.SUBMITTED


def test_money_is_held_against_itself(report):
    figures = {"revenue": "100", "staff": "3", "investment": "500", "software": "600"}
    content = build.annual_content(report, figures=figures)

    codes = {doubt.code for doubt in annual.doubts(report, content, {})}

    assert codes == {"figures.software", "figures.investment"}


def test_register_knows_what_the_report_denies(report, shijiazhuang):
    change = build.reported(
        report.factory, "factory_rename", name="新名工厂", at=build.moment("2025-11-03 09:00")
    )
    build.firm_changes.confirm(change, by=build.officer_of(change.authority), at=OPENED)

    codes = [one.code for one in annual.doubts(report, build.annual_content(report), {})]

    assert codes == ["changes.rename"]


def test_sent_report_keeps_its_words_and_files(report):
    by = build.staff_of(report.factory.enterprise)
    kept = annual.add_file(report, ContentFile(build.PDF), name="年报.pdf", by=by, at=build.DAY)
    sent = build.annual_sent(report)
    back = build.annual_returned(sent)
    annual.remove_file(kept, by=by, at=build.DAY)
    save(back, by, texts={"plan": "改过"})

    first = AnnualStep.objects.get(action="submit")
    assert (first.content["files"], first.content["texts"]["plan"]) == (
        [kept.pk],
        "建设能源管理系统",
    )
    assert AnnualFile.objects.visible_to(build.officer_of(report.authority)).get() == kept


# --- the office -----------------------------------------------------------------------------------


def test_accepting_is_the_offices_own(report, hebei, tangshan, county_officer):
    sent = build.annual_sent(report)

    for by in (build.officer_of(hebei), build.officer_of(tangshan), county_officer):
        with pytest.raises(PermissionDenied):
            annual.accept(sent, opinion="", seen=sent.version, by=by, at=build.DAY)
    assert build.annual_accepted(sent).state == State.ACCEPTED
    assert len(told(Event.ANNUAL_ACCEPTED)) == 1


def test_office_reader_changes_nothing(report):
    sent = build.annual_sent(report)
    reader = build.seated(build.officer(report.authority), Seat.READER)

    with pytest.raises(PermissionDenied):
        annual.accept(sent, opinion="", seen=sent.version, by=reader, at=build.DAY)


def test_report_comes_back_item_by_item(report):
    back = build.annual_returned(build.annual_sent(report), "kpis", "texts")
    remarks = annual.standing(back)

    assert [one.label for one in remarks] == ["关键绩效指标", "推广、问题和计划"]
    assert sorted(refusal(back)) == sorted(f"reply-{one.pk}" for one in remarks)
    replies = {one.pk: annual.Reply("changed", "已补充") for one in remarks}
    again = build.annual_sent(back, replies=replies)
    assert (again.state, annual.standing(again)) == (State.SUBMITTED, [])
    assert AnnualStep.objects.filter(action="submit").count() == 2


def test_return_gives_time_and_never_less_than_there_was(report):
    back = build.annual_returned(build.annual_sent(report), due_on=date(2026, 3, 10))
    assert back.due_on == date(2026, 3, 31)

    late = build.moment("2026-04-20 09:00")
    again = build.annual_sent(
        back, at=late, replies={r.pk: annual.Reply("kept", "属实") for r in annual.standing(back)}
    )
    assert build.annual_returned(again, at=late).due_on == date(2026, 5, 4)


def test_return_says_what_to_mend(report):
    sent = build.annual_sent(report)
    by = build.officer_of(report.authority)

    for remarks, due_on in (
        ([], date(2026, 4, 1)),
        ([annual.Remark("kpis", " ")], date(2026, 4, 1)),
        ([annual.Remark("nothing", "改")], date(2026, 4, 1)),
        ([annual.Remark("kpis", "改")], build.DAY.date()),
    ):
        with pytest.raises(ValidationError):
            annual.send_back(sent, remarks, due_on=due_on, seen=sent.version, by=by, at=build.DAY)


def test_decision_on_an_older_version_is_stale(report):
    sent = build.annual_sent(report)

    with pytest.raises(ValidationError, match="新的内容"):
        annual.accept(sent, opinion="", seen=1, by=build.officer_of(report.authority), at=build.DAY)


# --- moves ----------------------------------------------------------------------------------------


def test_factory_that_moved_reports_where_it_is(report, tangshan):
    sent = build.annual_sent(report)
    build.moved(report.factory, build.place_of(build.authority("130202")))

    with pytest.raises(PermissionDenied):
        annual.accept(
            sent,
            opinion="",
            seen=sent.version,
            by=build.officer_of(build.authority("130100")),
            at=build.DAY,
        )
    assert [annual.follow(at=build.DAY) for _ in range(2)] == [1, 0]
    sent.refresh_from_db()
    assert sent.authority == tangshan
    assert list(AnnualReport.objects.awaiting(build.officer_of(tangshan))) == [sent]
    assert build.annual_accepted(sent).authority == tangshan


def test_factory_that_left_the_province_reports_where_it_was(report, shijiazhuang):
    away = build.authority("340104")
    build.moved(report.factory, build.place_of(away))
    report = AnnualReport.objects.for_list().get(pk=report.pk)

    assert (annual.acceptor(report), annual.follow(at=build.DAY)) == (shijiazhuang, 0)
    assert list(AnnualReport.objects.visible_to(build.officer_of(shijiazhuang))) == [report]


# --- the night ------------------------------------------------------------------------------------


def night(day):
    return annual.remind(on=day, at=build.on_day(day, 0))


def test_reminders_come_at_thirty_seven_one_and_after(report):
    days = [date(2026, 2, 1) + timedelta(days=n) for n in range(75)]

    told_on = [day for day in days for _ in range(2) if night(day)]

    assert told_on == [date(2026, 3, 1), date(2026, 3, 24), date(2026, 3, 30), date(2026, 4, 1)]
    assert len(told(Event.ANNUAL_DUE)) == 4


def test_late_night_reminds_once_of_where_it_stands(report):
    assert [night(date(2026, 3, 30)), night(date(2026, 3, 30))] == [1, 0]
    assert [m.result for m in told(Event.ANNUAL_DUE)] == ["还没有报送，2026-03-31 截止"]


def test_overdue_is_told_to_the_office_and_the_one_above(
    factory, changan, city_officer, province_officer
):
    build.title(build.factory_at(changan), on=HELD)
    annual.open_year(2025, on=business_date(OPENED), at=OPENED)

    night(date(2026, 4, 1))
    night(date(2026, 4, 2))

    results = {m.recipient: m.result for m in told(Event.DESK_ANNUAL)}
    assert results[city_officer] == results[province_officer] == "新增 2 座工厂逾期没有报送"


def test_sent_report_is_left_alone(report):
    build.annual_sent(report)

    assert night(date(2026, 4, 5)) == 0
    assert not report.is_overdue(date(2026, 3, 31))


def test_two_missed_years_put_the_factory_on_the_list(report, city_officer):
    assert annual.seen_by(city_officer, date(2026, 4, 1)) == []
    build.annual_report(report.factory, 2026, at=build.moment("2027-01-01 00:05"))

    assert annual.seen_by(city_officer, date(2027, 3, 31)) == []
    (row,) = annual.seen_by(city_officer, date(2027, 4, 1))
    assert (row.factory, row.years) == (report.factory, (2026, 2025))
    night(date(2027, 4, 1))
    said = [m.result for m in told(Event.DESK_ANNUAL, recipient=city_officer)]
    assert "连续 2 年没有报送，列入复核名单" in said
    assert row.titles[0].ending == ""


def test_late_report_takes_the_factory_off_the_list(report, city_officer):
    later = build.annual_report(report.factory, 2026, at=build.moment("2027-01-01 00:05"))
    build.annual_sent(later, at=build.moment("2027-05-01 09:00"))

    assert annual.seen_by(city_officer, date(2027, 5, 2)) == []


def test_other_city_has_its_own_list(report, other_city_officer):
    build.annual_report(report.factory, 2026, at=build.moment("2027-01-01 00:05"))

    assert annual.seen_by(other_city_officer, date(2027, 4, 1)) == []


# --- races ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_double_submit_sends_once(world):
    factory = build.factory_at(build.authority("130102"))
    build.title(factory, on=HELD)
    report = build.annual_report(factory, at=OPENED)
    by, seen = build.staff_of(factory.enterprise), report.version
    start, outcomes = Barrier(2), []

    def send():
        start.wait()
        try:
            content = build.annual_content(report)
            annual.submit(report, content, {}, declared=True, seen=seen, by=by, at=build.DAY)
            outcomes.append("sent")
        except (PermissionDenied, ValidationError):
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused", "sent"]
    assert AnnualStep.objects.count() == 1
    assert AuditEvent.objects.filter(verb="annual.submit").count() == 1
