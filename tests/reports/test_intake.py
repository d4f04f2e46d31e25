"""Workbooks sent in: checked, tried, taken over in one act, undone; killed and run again."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry import enterprises
from registry.intake import Outcome
from registry.models import AuditEvent, Enterprise, Factory, Notification
from reports import intake
from reports.intake import acts, worker
from reports.models import Batch, Caption
from tests import build, sheets
from tests.machine import invariants
from tiers import filing
from tiers.models import Certification, FilingEntry, FilingList

AT = build.moment("2026-10-08 09:00")
FILING = intake.KINDS["filing"]
GIVEN = {"document_no": "石工信〔2026〕8号"}
Status = Batch.Status


def send(content, by, *, name="备案清单.xlsx", given=GIVEN, at=AT):
    return intake.upload(FILING, ContentFile(content, name), name=name, given=given, by=by, at=at)


def sent(rows, by, **more):
    return send(sheets.xlsx(rows), by, **more)


def order(batch, by, way="all", at=AT):
    return intake.order(batch, way, seen=batch.version, by=by, at=at)


def undo(batch, by, at=AT):
    batch.refresh_from_db()
    return intake.undo(batch, seen=batch.version, by=by, at=at)


def outcomes(batch):
    return {row.number: row.outcome for row in batch.rows.all()}


def fault(batch, row=5):
    return batch.rows.get(number=row).faults[0]


def verbs(batch):
    rows = AuditEvent.objects.filter(target_type="reports.batch", target_id=str(batch.pk))
    return list(rows.order_by("pk").values_list("verb", flat=True))


def tables():
    """How many rows stand in what a batch writes to."""
    models = (Enterprise, Factory, Certification, FilingEntry, Notification)
    return [model.objects.count() for model in models]


# --- checked ----------------------------------------


def test_every_fault_is_reported_at_its_cell_and_nothing_else(city_officer):
    sheet = sheets.faulty()

    batch = send(sheet.content, city_officer)

    heads = dict(zip("ABCDEFGHIJKLM", sheets.HEADS, strict=True))
    found = {
        (row.number, heads[said["address"][0]]) for row in batch.rows.all() for said in row.faults
    }
    assert found == set(sheet.truth.items())
    assert batch.counts == {"new": 31, "changed": 0, "same": 0, "conflict": 0, "faulty": 8}
    assert tables()[0] == 0


def test_clean_sheet_has_no_fault(city_officer):
    batch = sent(sheets.lines(12), city_officer)

    assert (batch.status, batch.counts["new"], batch.bad) == (Status.CHECKED, 12, 0)
    assert batch.layout["outlook"] == ["新认定基础级 12 座，列入整理中的备案清单，报备前不公开"]


def test_persons_are_not_kept_with_the_rows(city_officer):
    batch = sent(sheets.lines(1), city_officer)

    assert not {"contact", "phone"} & set(batch.rows.get().cells)


def test_same_file_is_recognised_until_it_is_undone_or_dropped(city_officer):
    content = sheets.xlsx(sheets.lines(2))
    first = send(content, city_officer)

    with pytest.raises(ValidationError) as refusal:
        send(content, city_officer, name="另存.xlsx")
    assert refusal.value.params == {"batch": first.pk}
    intake.drop(first, by=city_officer, at=AT)

    assert send(content, city_officer).pk != first.pk


def test_only_who_files_the_tier_may_send(county_officer, city_officer):
    with pytest.raises(PermissionDenied):
        sent(sheets.lines(1), county_officer)
    assert FILING not in intake.kinds_for(county_officer, AT)
    assert FILING in intake.kinds_for(city_officer, AT)


def test_document_number_is_asked_for(city_officer):
    with pytest.raises(ValidationError) as refusal:
        sent(sheets.lines(1), city_officer, given={})
    assert "document_no" in refusal.value.error_dict


def test_unsure_caption_is_asked_once_and_remembered_for_the_office(city_officer):
    heads = tuple("等次" if head == "能力成熟度自评等级" else head for head in sheets.HEADS)
    batch = send(sheets.xlsx(sheets.lines(2), heads), city_officer)
    assert (batch.status, batch.layout["missing"]) == (Status.ASKING, ["level"])

    batch = intake.explain(batch, {"等次": "level"}, by=city_officer, at=AT)
    again = send(sheets.xlsx(sheets.lines(2), heads), city_officer, name="第二批.xlsx")

    assert [one.status for one in (batch, again)] == [Status.CHECKED] * 2
    assert Caption.objects.get().authority == city_officer.authority
    assert verbs(batch) == ["intake.upload", "intake.layout"]


def test_one_column_for_two_fields_is_refused(city_officer):
    heads = tuple("等次" if head == "能力成熟度自评等级" else head for head in sheets.HEADS)
    batch = send(sheets.xlsx(sheets.lines(1), heads), city_officer)

    with pytest.raises(ValidationError, match="有两列都对应"):
        intake.explain(batch, {"等次": "level", "备注": "level"}, by=city_officer, at=AT)


# --- against the register ----------------------------------------


def known_line(factory, **more):
    firm = factory.enterprise
    given = {"name": firm.name, "code": firm.credit_code, "factory": factory.name}
    return sheets.line(3, **given, county=factory.division.name, **more)


def test_known_firm_and_factory_are_found_by_code(city_officer, changan):
    factory = build.factory_at(changan)

    batch = order(sent([known_line(factory)], city_officer), city_officer)

    assert batch.status == Status.APPLIED
    assert list(Factory.objects.all()) == [factory]
    assert list(batch.made["5"]) == ["title", "list"]


def test_another_name_is_a_conflict_and_a_former_one_is_not(city_officer, changan):
    factory = build.factory_at(changan)
    before = factory.enterprise.name
    new = {"document": "通知书", "by": city_officer, "at": AT}
    enterprises.rename(factory.enterprise, "河北新名机械有限公司", **new)
    factory.refresh_from_db()
    row = known_line(factory)

    batch = sent([row | {"name": "别的机械有限公司"}], city_officer)
    former = sent([row | {"name": before}], city_officer)

    line = batch.rows.get()
    assert (line.outcome, fault(batch)["address"]) == (Outcome.CONFLICT, "B5")
    assert line.changes == [["企业名称", "河北新名机械有限公司", "别的机械有限公司"]]
    assert former.rows.get().effects[0] == "按曾用名找到“河北新名机械有限公司”"


def test_title_that_stands_is_same_and_another_is_in_its_way(city_officer):
    rows = sheets.lines(2)
    order(sent(rows, city_officer), city_officer)

    again = sent([*rows, sheets.line(9)], city_officer, name="再发.xlsx")
    later = sent([rows[0] | {"decided": date(2026, 5, 1)}], city_officer)

    assert outcomes(again) == {5: "same", 6: "same", 7: "new"}
    assert (outcomes(later), fault(later)["address"]) == ({5: "conflict"}, "D5")


def test_correction_on_a_draft_list_is_old_to_new_and_can_be_undone(city_officer):
    rows = sheets.lines(2)
    order(sent(rows, city_officer), city_officer)

    batch = sent([rows[0] | {"level": "三级"}, rows[1]], city_officer)
    assert outcomes(batch) == {5: "changed", 6: "same"}
    assert batch.rows.get(number=5).changes == [["成熟度", "2", "3"]]
    order(batch, city_officer)
    assert Certification.objects.order_by("pk").first().maturity_level == 3

    undo(batch, city_officer, at=build.moment("2026-10-08 10:00"))
    assert Certification.objects.order_by("pk").first().maturity_level == 2
    assert not Notification.objects.filter(event="title.corrected").exists()
    assert list(invariants.untold_titles()) == []


def test_event_on_record_bars_the_row(city_officer, changan):
    factory = build.factory_at(changan)
    event = {"kind": "safety", "grade": "major", "happened_on": date(2026, 2, 1)}
    enterprises.record_veto_event(factory.enterprise, **event, by=city_officer, at=AT)

    batch = sent([known_line(factory)], city_officer)

    assert outcomes(batch) == {5: "conflict"}
    assert "年内不能申报" in fault(batch)["reason"]


def test_factory_of_another_city_is_a_conflict(city_officer, tangshan):
    factory = build.factory_at(tangshan)
    row = known_line(factory) | {"county": "长安区"}

    assert outcomes(sent([row], city_officer)) == {5: "conflict"}


# --- taken over ----------------------------------------


def test_taking_over_gives_titles_on_the_draft_list(city_officer, shijiazhuang):
    batch = order(sent(sheets.lines(3), city_officer), city_officer)

    titles = list(Certification.objects.order_by("pk"))
    assert [one.number for one in titles] == [f"HB2026B0000{n}" for n in (1, 2, 3)]
    assert {one.document_no for one in titles} == {GIVEN["document_no"]}
    assert titles[0].basis == f"石工信〔2026〕8号（导入批次 {batch.pk}）"
    assert (titles[0].published_on, titles[0].last_day) == (None, date(2029, 1, 26))
    drafted = FilingList.objects.get()
    assert (drafted.status, drafted.entries.count()) == ("draft", 3)
    assert verbs(batch) == ["intake.upload", "intake.order", "intake.apply"]
    assert list(invariants.untold_titles()) == []
    filing.file(drafted, document_no="石工信〔2026〕20号", by=city_officer, at=AT)


def test_all_or_nothing_refuses_bad_rows_and_good_rows_leave_them_out(city_officer):
    rows = [*sheets.lines(2), sheets.line(8, level="一级")]
    batch = sent(rows, city_officer)

    with pytest.raises(ValidationError, match="有 1 行有误或冲突"):
        order(batch, city_officer)
    order(batch, city_officer, way="good")

    assert Certification.objects.count() == 2


def test_what_has_changed_since_the_check_stops_the_batch(city_officer, changan):
    rows = sheets.lines(2)
    batch = sent(rows, city_officer)
    enterprises.register(
        credit_code=rows[0]["code"],
        name="先来的机械有限公司",
        seat=build.place_of(changan),
        by=city_officer,
        at=AT,
    )
    before = tables()

    batch = order(batch, city_officer)

    assert (batch.status, tables()) == (Status.CHECKED, before)
    assert batch.trouble.startswith("核对以后登记库有变化，1 行")
    assert outcomes(batch) == {5: "conflict", 6: "new"}


def test_stale_page_and_second_click_are_refused(city_officer):
    batch = sent(sheets.lines(1), city_officer)
    order(batch, city_officer)

    with pytest.raises(ValidationError, match="有变化"):
        order(batch, city_officer)


def test_firms_people_are_told_and_the_message_is_recalled(city_officer, changan):
    factory = build.factory_at(changan)
    build.staff_of(factory.enterprise)
    colleague = build.joined(factory.enterprise) if hasattr(build, "joined") else None
    batch = order(sent([known_line(factory)], city_officer), city_officer)
    told = Notification.objects.filter(key__startswith=f"intake:{batch.pk}:")
    assert told.count() == 1 + bool(colleague)
    reader = told.first().recipient
    told.filter(recipient=reader).update(read_at=AT)

    undo(batch, city_officer)

    seen = [Notification.objects.visible_to(one.recipient).filter(pk=one.pk) for one in told]
    assert [bool(one) for one in seen] == [True] + [False] * bool(colleague)
    assert all(one.recalled_at for one in told)


def test_queries_do_not_grow_with_rows(city_officer):
    counts = []
    for number in (1, 3, 30):
        batch = sent(sheets.lines(number), city_officer)
        with CaptureQueriesContext(connection) as queries:
            order(batch, city_officer)
        counts.append(len(queries))
        undo(batch, city_officer)

    assert counts[1] == counts[2]


# --- by a worker ----------------------------------------


@pytest.fixture
def by_worker(monkeypatch):
    """As if every batch were a large one."""
    monkeypatch.setattr(acts, "AT_ONCE", 0)


def test_large_batch_waits_for_a_worker_and_its_orderer_is_told(by_worker, city_officer):
    batch = order(sent(sheets.lines(3), city_officer), city_officer)
    assert (batch.status, Certification.objects.count()) == (Status.APPLYING, 0)

    assert intake.work(at=AT) == 1
    assert intake.work(at=AT) == 0

    batch.refresh_from_db()
    assert (batch.status, Certification.objects.count()) == (Status.APPLIED, 3)
    told = Notification.objects.get(event="desk.intake")
    assert (told.recipient, told.result) == (city_officer, "已导入 3 行")


def test_orderer_who_lost_his_seat_stops_the_worker(by_worker, city_officer):
    batch = order(sent(sheets.lines(1), city_officer), city_officer)
    build.seated(city_officer, "reader")

    intake.work(at=AT)

    batch.refresh_from_db()
    assert (batch.status, Certification.objects.count()) == (Status.CHECKED, 0)
    assert batch.trouble


def test_killed_at_sixty_per_cent_leaves_nothing_and_goes_on(by_worker, city_officer, monkeypatch):
    monkeypatch.setattr(worker, "PART", 2)
    order(sent(sheets.lines(10), city_officer), city_officer)
    before, whole = tables(), FILING.apply
    parts = []

    def dies(verdicts, by_whom):
        parts.append(verdicts)
        if len(parts) == 4:
            raise SystemExit("killed")
        return whole(verdicts, by_whom)

    monkeypatch.setitem(intake.KINDS, "filing", _with(FILING, apply=dies))
    with pytest.raises(SystemExit):
        intake.work(at=AT)
    assert (tables(), Batch.objects.get().status) == (before, Status.APPLYING)

    monkeypatch.setitem(intake.KINDS, "filing", FILING)
    intake.work(at=AT)

    assert Certification.objects.count() == FilingEntry.objects.count() == 10
    assert [one.number for one in Certification.objects.order_by("pk")][-1] == "HB2026B00010"
    assert list(invariants.untold_titles()) == []


def _with(kind, **more):
    return type(kind)(**{**vars(kind), **more})


def test_fault_of_ours_gives_the_batch_back(by_worker, city_officer, monkeypatch):
    batch = order(sent(sheets.lines(1), city_officer), city_officer)

    def breaks(verdicts, by_whom):
        raise ZeroDivisionError

    monkeypatch.setitem(intake.KINDS, "filing", _with(FILING, apply=breaks))
    intake.work(at=AT)

    batch.refresh_from_db()
    assert (batch.status, batch.trouble) == (Status.CHECKED, worker.BROKEN)


# --- undone ----------------------------------------


def test_undo_leaves_the_register_as_it_was(city_officer, changan):
    build.title(build.factory_at(changan), on=date(2026, 3, 2))
    before = tables()[:4]
    batch = order(sent(sheets.lines(4), city_officer), city_officer)

    batch = undo(batch, city_officer)

    assert (batch.status, tables()[:4]) == (Status.UNDONE, before)
    assert list(invariants.untold_titles()) == []
    assert verbs(batch)[-1] == "intake.undo"
    assert AuditEvent.objects.filter(verb="certification.withdraw").count() == 4


def test_undo_takes_the_draft_that_it_opened_along_and_no_other(city_officer):
    batch = order(sent(sheets.lines(2), city_officer), city_officer)
    undo(batch, city_officer)
    assert FilingList.objects.count() == 0

    first = order(sent(sheets.lines(1), city_officer), city_officer)
    second = order(sent([sheets.line(8)], city_officer, name="第二批.xlsx"), city_officer)
    undo(first, city_officer)
    undo(second, city_officer)
    assert FilingList.objects.count() == 1


def test_what_rests_on_a_batch_is_named(city_officer, province_officer):
    batch = order(sent(sheets.lines(3), city_officer), city_officer)
    filing.file(FilingList.objects.get(), document_no="20号", by=city_officer, at=AT)

    with pytest.raises(ValidationError) as refusal:
        undo(batch, city_officer)

    assert refusal.value.messages == ["3 座工厂所在的备案清单已经报备，不能撤销"]
    assert Certification.objects.count() == 3


def test_person_of_an_entered_firm_keeps_it(city_officer):
    batch = order(sent(sheets.lines(1), city_officer), city_officer)
    build.claim_by(Enterprise.objects.get(), at=AT)

    with pytest.raises(ValidationError, match="导入的企业已有"):
        undo(batch, city_officer)


def test_second_factory_and_later_title_keep_it(city_officer, changan):
    batch = order(sent(sheets.lines(1), city_officer), city_officer)
    firm = Enterprise.objects.get()
    where = {"division": build.place_of(changan), "by": city_officer, "at": AT}
    enterprises.add_factory(firm, name="后来的工厂", **where)

    with pytest.raises(ValidationError, match="另有 1 座工厂"):
        undo(batch, city_officer)


def test_large_undo_is_a_workers(city_officer, by_worker):
    batch = order(sent(sheets.lines(2), city_officer), city_officer)
    intake.work(at=AT)

    assert undo(batch, city_officer).status == Status.UNDOING
    intake.work(at=AT)

    batch.refresh_from_db()
    assert (batch.status, Certification.objects.count()) == (Status.UNDONE, 0)
