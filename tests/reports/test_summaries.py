"""The summary of a year: its figures are rows, two people sign it, and what is signed stays."""

import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from assessments import assessment as self_assessment
from config import nightly
from registry.access import Seat
from registry.merging import Overlap, Seen, mark
from registry.models import AuditEvent, Notification
from registry.policy import Tier
from reports import exports, matters, summaries
from reports.models import Summary, SummaryFile
from reports.summaries.board import board, state_of
from tests import build
from tests.rules.everybody import test_scope
from tests.rules.everybody.test_scope import client_of
from tiers import filing

AT = build.SUMMED
LAST = date(2027, 4, 30)


def shown(client, address):
    return test_scope.shown(client.get(address))


@pytest.fixture
def three_levels(world, settings, tmp_path):
    """In Hebei the counties sum up as well."""
    for file in Path(settings.POLICY_FOLDERS[0]).glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        if file.stem == "hebei-2025":
            text = text.replace('levels = ["city"]', 'levels = ["county", "city"]')
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    settings.POLICY_FOLDERS = [tmp_path]


def titled(code, tier=Tier.BASIC, **when):
    factory = build.factory_at(build.authority(code))
    return build.title(factory, tier, **({"on": date(2026, 3, 2)} | when))


def assess(factory):
    """A locked self-assessment with one instance of a scenario."""
    staff = build.staff_of(factory.enterprise)
    opened = build.answered(build.open_assessment(factory), by=staff)
    given = {"scenario_no": 1, "name": "智能排产", "uses_ai": True}
    self_assessment.save_instance(opened, given, by=staff, at=build.DAY)
    self_assessment.lock(opened, by=staff, at=build.DAY)


@pytest.fixture
def year(world):
    """2026 in three places: titles, cases and their outcomes, assessments, a filing list."""
    titled("130102")
    titled("130102", last_day=date(2026, 6, 30))
    build.revoked(titled("130102"), at=build.moment("2026-09-01 10:00"))
    titled("130200")
    titled("130682", Tier.ADVANCED)
    for stage in ("certified", "rejected", "withdrawn", "returned"):
        build.application_at(stage)
    assess(build.factory_at(build.authority("130202")))
    officer = build.officer_of(build.authority("130100"))
    collected = filing.collect(build.authority("130100"), by=officer, at=build.DAY)
    filing.file(collected, document_no="石工信〔2026〕8号", by=officer, at=build.DAY)


def figures(content):
    return {line.figure.key: line.total for line in content.lines if line.total}


# --- opened and urged --------------------------------------------


def test_year_is_opened_once_for_whoever_owes_it(world, hebei):
    opened = [nightly.run(date(2027, 1, day), AT)["summaries_opened"] for day in (1, 1, 9)]

    rows = Summary.objects.filter(authority__path__startswith=hebei.path)
    assert opened[0] > 0
    assert opened[1:] == [0, 0]
    assert set(rows.values_list("year", "edition")) == {(2026, 1)}
    assert set(rows.values_list("authority__kind", "due_on")) == {
        ("city", LAST),
        ("province", None),
    }
    assert AuditEvent.objects.filter(verb="summary.open").count() == opened[0]


def test_counties_owe_one_where_the_rules_say_so(three_levels, changan):
    assert build.summary_of(changan).due_on == LAST


def test_no_year_before_the_rules_and_none_without_such_a_rule(world):
    assert summaries.open_year("130000", 2024, at=AT) == 0
    assert summaries.open_year("990000", 2026, at=AT) == 0


@pytest.mark.parametrize(
    ("nights", "told"),
    [
        (["2027-03-30"], []),
        (["2027-03-31", "2027-03-31", "2027-04-10"], ["annual.summary_due"]),
        (["2027-03-31", "2027-04-25", "2027-04-29"], ["annual.summary_due"] * 3),
        (["2027-04-26", "2027-04-30"], ["annual.summary_due"] * 2),
        (["2027-05-20", "2027-05-21", "2027-12-31"], ["annual.summary_overdue"]),
    ],
    ids=["too early", "once", "30, 7 and 1 days", "late for the first", "weeks late"],
)
def test_reminders_however_late_or_often_the_night_comes(
    city_officer, province_officer, nights, told
):
    one = build.summary_of(city_officer.authority)
    for day in nights:
        summaries.remind(on=date.fromisoformat(day), at=build.moment(f"{day} 00:05"))

    urged = Notification.objects.filter(event__startswith="annual.summary_").order_by("pk")
    of_city = urged.filter(recipient=city_officer)
    assert list(of_city.values_list("event", flat=True)) == told
    assert set(of_city.values_list("link", flat=True)) <= {f"/annual/summaries/{one.pk}/"}
    above = urged.filter(recipient=province_officer)
    assert above.count() == told.count("annual.summary_overdue")


def test_opened_late_it_leaves_thirty_days_and_says_so(city_officer):
    one = build.summary_of(city_officer.authority, at=build.moment("2027-06-01 09:00"))

    told = Notification.objects.get(recipient=city_officer)
    assert (one.due_on, told.due_on, one.reminded) == (date(2027, 7, 1), date(2027, 7, 1), 30)
    assert summaries.remind(on=date(2027, 6, 2), at=AT) == 0


def test_start_pages_name_what_waits(city_officer, province_officer):
    one = build.written_summary(build.summary_of(city_officer.authority))
    page = reverse("reports:summary", args=[one.pk])

    def of(user, day):
        return [(each.what, each.url) for each in matters.of_office(user, day)]

    assert of(city_officer, LAST) == [("填写年度总结", page)]
    build.prepared_summary(one)
    assert of(city_officer, LAST) == [("年度总结已准备，由准备人以外的人员签报", page)]
    late = ("2026年度总结逾期未报送，催报", reverse("reports:summary_board") + "?year=2026")
    assert late not in of(province_officer, LAST)
    assert late in of(province_officer, date(2027, 5, 1))


def test_page_offers_signing_to_the_second_person_alone(city_officer):
    one = build.prepared_summary(build.summary_of(city_officer.authority), by=city_officer)
    page, address = reverse("reports:summary", args=[one.pk]), f"/annual/summaries/{one.pk}/sign/"

    own = shown(client_of(city_officer), page)
    other = shown(client_of(build.colleague_of(city_officer)), page)

    assert (address in own, "请本部门另一人打开本页核对后签报" in own) == (False, True)
    assert (address in other, "请本部门另一人打开本页核对后签报" in other) == (True, False)


def test_nobody_is_reminded_of_what_is_signed(shijiazhuang):
    build.signed_summary(shijiazhuang)

    summaries.remind(on=date(2027, 6, 1), at=AT)

    assert Notification.objects.filter(event__startswith="annual.summary_").count() == 0


# --- figures are rows --------------------------------------------


def test_figures_of_the_year_counted_by_hand(year, hebei, shijiazhuang):
    of_city = figures(summaries.now(build.summary_of(shijiazhuang)))
    of_province = figures(summaries.now(build.summary_of(hebei)))

    assert of_city == {
        "held_basic": 2,  # one by itself, one by application
        "begun_basic": 4,
        "ended_expired": 1,
        "ended_revoked": 1,
        "submitted": 4,
        "granted": 1,
        "rejected": 1,
        "withdrawn": 1,
        "returned": 1,
        "assessed": 4,
        "lists_filed": 1,
    }
    assert of_province == of_city | {
        "held_basic": 3,
        "held_advanced": 1,
        "begun_basic": 5,
        "begun_advanced": 1,
        "assessed": 5,
        "instances": 1,
        "instances_ai": 1,
    }


def test_reports_of_factories_are_counted_by_their_state(year, shijiazhuang):
    reported = titled("130102")
    report = build.annual_report(reported.factory, 2026, at=AT)
    build.annual_accepted(build.annual_sent(report, at=AT), at=AT)

    found = figures(summaries.now(build.summary_of(shijiazhuang)))

    counted = {key: found[key] for key in found if key.startswith("reports")}
    assert counted == {"reports": 3, "reports_done": 1, "reports_missing": 2}


def test_another_year_is_another_summary(year, hebei):
    later = figures(
        summaries.now(build.summary_of(hebei, year=2027, at=build.moment("2028-01-02 09:00")))
    )

    assert later == {"held_basic": 3, "held_advanced": 1}


def test_every_sum_is_its_rows_and_the_sum_of_its_units(three_levels, year):
    titled("130100")  # of a factory that no county looks after
    for code in ("130000", "130100", "130102", "130682"):
        office = build.authority(code)
        one, client = build.summary_of(office), client_of(build.officer_of(office))
        content = summaries.now(one)
        for line in content.lines:
            below = [build.summary_of(build.authority(unit.code)) for unit in content.units]
            own = len(line.rows(summaries.OWN))
            parts = [summaries.now(each).line_of[line.figure.key].total for each in below[:3]]
            assert parts == [line.count(unit.code) for unit in content.units[:3]], line.figure.key
            assert line.total == own + sum(line.count(unit.code) for unit in content.units)
            if line.total:
                page = client.get(reverse("reports:summary_rows", args=[one.pk, line.figure.key]))
                assert len(page.context["entries"]) == line.total, line.figure.key
        if content.units:
            page = shown(client, reverse("reports:summary_units", args=[one.pk]))
            assert_units_open_their_rows(client, page)


def assert_units_open_their_rows(client, page):
    links = re.findall(r'<a href="(/annual/summaries/\d+/rows/[^"]+)">(\d+)</a>', page)
    assert links
    for address, number in links:
        assert f"共 {number} " in shown(client, address), address


def test_what_lies_below_no_unit_has_its_own_line(three_levels, shijiazhuang):
    titled("130100")
    titled("130102")

    line = summaries.now(build.summary_of(shijiazhuang)).line_of["held_basic"]

    assert (line.total, len(line.rows(summaries.OWN)), line.count("130102")) == (2, 1, 1)


# --- two people --------------------------------------------


def test_one_prepares_and_another_signs(year, city_officer, province_officer):
    one = build.prepared_summary(build.summary_of(city_officer.authority), by=city_officer)
    digest = summaries.now(one).digest
    second = build.colleague_of(city_officer)

    with pytest.raises(ValidationError, match="须由另一人签报"):
        summaries.sign(one, seen=digest, by=city_officer, at=AT)
    one = summaries.sign(one, seen=digest, by=second, at=AT)

    assert (one.prepared_name, one.signed_name) == (str(city_officer), str(second))
    told = Notification.objects.filter(event="annual.summary", matter=str(one))
    assert told.filter(recipient=second, result__contains="待签报").count() == 1
    assert told.filter(recipient=province_officer, result__contains="已签报").count() == 1
    with pytest.raises(ValidationError, match="已签报，不能再改"):
        build.written_summary(one)


def test_what_was_prepared_lapses_with_any_change(year, city_officer):
    one = build.prepared_summary(build.summary_of(city_officer.authority), by=city_officer)
    second = build.colleague_of(city_officer)
    before = summaries.now(one).digest
    titled("130102")

    with pytest.raises(ValidationError, match="有变化"):
        summaries.sign(one, seen=before, by=second, at=AT)
    now = summaries.now(one)
    assert not summaries.is_prepared(one, now)
    with pytest.raises(ValidationError, match="准备已失效"):
        summaries.sign(one, seen=now.digest, by=second, at=AT)

    build.prepared_summary(one, by=second)
    build.written_summary(one, work="改了一处")
    one.refresh_from_db()
    assert not summaries.is_prepared(one, summaries.now(one))


def test_nothing_is_prepared_with_an_empty_section(city_officer):
    one = build.written_summary(build.summary_of(city_officer.authority), problems=" ")

    with pytest.raises(ValidationError, match="“存在问题”还没有填写"):
        build.prepared_summary(one)


def test_sum_does_not_go_on_without_those_below_unless_it_says_why(city_officer, hebei):
    one = build.written_summary(build.summary_of(hebei), gaps_note="")

    with pytest.raises(ValidationError, match=r"石家庄市.*还没有签报"):
        build.prepared_summary(one)

    build.prepared_summary(build.written_summary(one))


def test_only_the_office_itself_writes_and_readers_do_not(city_officer, province_officer):
    one = build.summary_of(city_officer.authority)
    reader = build.seated(build.colleague_of(city_officer), Seat.READER)

    for somebody in (province_officer, reader):
        with pytest.raises(PermissionDenied):
            build.written_summary(one, by=somebody)


def test_two_people_write_different_sections(city_officer):
    one = build.summary_of(city_officer.authority)
    seen = Seen({name: mark(value) for name, value in summaries.facts(one).items()})
    empty = dict(summaries.facts(one))

    def write(**words):
        return summaries.write(one, empty | words, seen=seen, by=city_officer, at=AT)

    write(work="甲写的")
    write(plan="乙写的")
    with pytest.raises(Overlap):
        write(work="丙写的")

    one.refresh_from_db()
    assert (one.texts["work"], one.texts["plan"]) == ("甲写的", "乙写的")


# --- what is signed stays --------------------------------------------


def test_register_changes_after_the_signature_show_as_corrections(year, shijiazhuang, as_user):
    one = build.signed_summary(shijiazhuang)
    kept, digest = one.frozen, one.digest
    added = titled("130102")
    build.revoked(titled("130102", on=date(2026, 5, 1)), at=build.moment("2026-10-01 10:00"))

    one.refresh_from_db()
    found = {
        each.line.figure.key: (each.was, each.now)
        for each in summaries.corrections(summaries.signed(one), summaries.now(one))
    }
    assert (one.frozen, one.digest) == (kept, digest)
    assert found == {"held_basic": (2, 3), "begun_basic": (4, 6), "ended_revoked": (1, 2)}
    client = as_user(build.officer_of(shijiazhuang))
    page = shown(client, reverse("reports:summary", args=[one.pk]))
    assert "签报后的更正" in page
    assert f"增加 1：{added.number}" in page
    rows = shown(client, reverse("reports:summary_rows", args=[one.pk, "held_basic"]))
    assert "签报时的名单" in rows
    assert "共 2 项" in rows
    assert added.number not in rows


def test_move_within_the_province_shows_as_another_unit(year, hebei):
    title = titled("130102")
    one = build.signed_summary(hebei)
    build.moved(title.factory, build.place_of(build.authority("130202")), at=AT)

    found = summaries.corrections(summaries.signed(one), summaries.now(one))

    held = next(each for each in found if each.line.figure.key == "held_basic")
    assert (held.was, held.now, held.come, held.shifted) == (4, 4, (), (title.number,))


def test_office_above_sends_back_and_both_versions_are_kept(
    year, city_officer, province_officer, as_user
):
    one = build.signed_summary(city_officer.authority)
    above = build.signed_summary(province_officer.authority)
    given = {"reason": "典型做法写得太少", "due_on": date(2027, 2, 1), "at": AT}

    for somebody in (city_officer, build.officer(build.authority("130200"))):
        with pytest.raises(PermissionDenied):
            summaries.send_back(one, **given, by=somebody)
    again = summaries.send_back(one, **given, by=province_officer)

    one.refresh_from_db()
    assert (one.edition, again.edition, again.texts) == (1, 2, one.texts)
    assert (again.signed_at, again.due_on) == (None, date(2027, 2, 1))
    told = Notification.objects.get(recipient=city_officer, result__contains="典型做法写得太少")
    assert told.link == f"/annual/summaries/{again.pk}/"
    was, is_now = summaries.signed(above), summaries.now(above)
    assert [(old.edition, new.digest) for old, new in summaries.changed_units(was, is_now)] == [
        (1, "")
    ]
    for each in (one, again):
        assert f"第 {each.edition} 版" in shown(
            as_user(city_officer), reverse("reports:summary", args=[each.pk])
        )
    with pytest.raises(PermissionDenied):
        summaries.send_back(one, **given, by=province_officer)


def test_nobody_above_the_province_opens_its_own_again(hebei):
    one = build.signed_summary(hebei)

    assert summaries.office_above(one) is None
    assert not summaries.may_send_back(one, build.officer_of(hebei))


def test_attachments_pass_to_the_next_edition_and_stay_in_the_first(city_officer, hebei):
    one = build.summary_of(city_officer.authority)
    proof = build.ContentFile(build.PDF, name="名单.pdf")
    summaries.attach(one, proof, name="名单.pdf", by=city_officer, at=AT)
    one = build.signed_summary(city_officer.authority)
    given = {"reason": "换附件", "due_on": date(2027, 2, 1)}
    again = summaries.send_back(one, **given, by=build.officer_of(hebei), at=AT)
    summaries.detach(again.files.get(), by=city_officer, at=AT)

    assert [file["name"] for file in summaries.signed(one).files] == ["名单.pdf"]
    assert one.files.live().count() == 1
    assert again.files.live().count() == 0
    with pytest.raises(ValidationError, match="已签报"):
        summaries.detach(one.files.get(), by=city_officer, at=AT)
    assert SummaryFile.objects.count() == 2


# --- a whole year, level by level --------------------------------------------


def test_a_year_of_three_levels_by_the_clock(three_levels, year, changan, shijiazhuang, hebei):
    """Opened, urged, signed from below, sent back, signed again; every night twice."""
    build.officer_of(shijiazhuang)
    nights = [date(2027, 1, 5), date(2027, 4, 1), date(2027, 5, 2)]
    for day in nights:
        for _ in range(2):
            nightly.run(day, build.on_day(day, 1))
    late = board(build.summary_of(shijiazhuang), nights[-1])
    assert (late.signed, late.late) == (0, len(late.places))

    at = build.moment("2027-05-03 10:00")
    county = build.signed_summary(changan, at=at)
    assert state_of(county, date(2027, 5, 3)).label == "已签报（逾期）"
    city = build.signed_summary(shijiazhuang, at=at)
    again = summaries.send_back(
        city, reason="补充", due_on=date(2027, 5, 20), by=build.officer_of(hebei), at=at
    )
    assert state_of(again, date(2027, 5, 3)).label == "退回修改"
    again = build.signed_summary(shijiazhuang, at=at)
    province = build.signed_summary(hebei, at=at)

    units = {unit["code"]: unit for unit in province.frozen["units"]}
    assert units["130100"]["digest"] == again.digest
    assert units["130200"]["digest"] == ""
    theirs, ours = (summaries.signed(each).line_of["held_basic"] for each in (again, province))
    assert ours.rows("130100") == theirs.rows()
    assert theirs.rows("130102") == summaries.signed(county).line_of["held_basic"].rows()


# --- pages --------------------------------------------


def test_office_writes_prepares_and_signs_on_its_pages(year, city_officer, as_user):
    one = build.summary_of(city_officer.authority)
    words = {key: "正常" for key, _, _ in summaries.SECTIONS}
    second = build.colleague_of(city_officer)

    client = as_user(city_officer)
    client.post(reverse("reports:summary_edit", args=[one.pk]), words)
    page = client.get(reverse("reports:summary", args=[one.pk]))
    seen = {"seen": page.context["content"].digest}
    client.post(reverse("reports:summary_prepare", args=[one.pk]), seen)
    as_user(second).post(reverse("reports:summary_sign", args=[one.pk]), seen)

    one.refresh_from_db()
    assert (one.prepared_name, one.signed_name) == (str(city_officer), str(second))
    assert "签报人：" + str(second) in shown(
        client, reverse("reports:summary_print", args=[one.pk])
    )


def test_board_shows_who_signed_and_who_is_late_but_no_unsigned_words(
    year, province_officer, shijiazhuang, tangshan, as_user
):
    build.signed_summary(shijiazhuang)
    draft = build.written_summary(build.summary_of(tangshan))
    client = as_user(province_officer)

    page = shown(client, reverse("reports:summary_board"))

    assert "已签报 1 / " in page
    assert "逾期" not in page
    assert client.get(reverse("reports:summary", args=[draft.pk])).status_code == 404


def test_table_for_a_spreadsheet_adds_up(year, province_officer, shijiazhuang, as_user):
    build.signed_summary(shijiazhuang)
    one = build.summary_of(province_officer.authority)
    made = exports.take_out("summary", one.pk, by=province_officer, at=build.SUMMED)
    with made.file.open("rb") as kept:
        sheet = openpyxl.load_workbook(kept).worksheets[0]
    _, *lines = sheet.iter_rows(values_only=True)
    rows = {name: figures for name, _, *figures in lines}

    total = rows.pop("河北省合计")
    assert [sum(column) for column in zip(*rows.values(), strict=True)] == total
    assert total[:2] == [3, 1]


def test_send_back_page_wants_a_reason(year, province_officer, shijiazhuang, as_user):
    one = build.signed_summary(shijiazhuang)
    address = reverse("reports:summary_send_back", args=[one.pk])
    client = as_user(province_officer)

    refused = client.post(address, {"reason": "", "due_on": "2099-01-01"})
    done = client.post(address, {"reason": "数字不清", "due_on": "2099-01-01"})

    assert (refused.status_code, done.status_code) == (422, 302)
    assert Summary.objects.standing().get(authority=shijiazhuang, year=2026).edition == 2
