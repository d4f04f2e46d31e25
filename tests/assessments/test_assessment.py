"""Acts on an assessment: start, save and merge, lock, copy, and the files that prove it."""

import hashlib
import io
import zipfile
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from assessments import assessment as self_assessment
from assessments import standard
from assessments.models import Answer, Assessment, Evidence, Measure
from registry.models import AuditEvent
from registry.policy import Tier
from tests import build

DAY = build.DAY
LATER = build.moment("2026-03-02 10:30")
ITEM = "basic.production.1"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
EXE = b"MZ\x90\x00" + b"\0" * 200


@pytest.fixture
def factory(changan):
    return build.factory_at(changan)


@pytest.fixture
def firm(factory):
    return build.staff_of(factory.enterprise)


@pytest.fixture
def opened(factory):
    return build.open_assessment(factory)


def save(assessment, values, *, seen=None, by, at=DAY):
    return self_assessment.save_answers(assessment, values, seen=seen or {}, by=by, at=at)


def refused(act, *args, **kwargs):
    with pytest.raises(ValidationError) as caught:
        act(*args, **kwargs)
    return " ".join(caught.value.messages)


# --- start ----------------------------------------------------------------------------------------


def test_start_takes_the_standard_of_the_province(opened, firm):
    assert (opened.standard, opened.started_by, opened.is_locked) == ("elements-2025", firm, False)


def test_starting_twice_gives_the_open_one(factory, opened, firm):
    again = self_assessment.start(factory, by=firm, at=LATER)

    assert again == opened
    assert Assessment.objects.filter(factory=factory).count() == 1


def test_start_is_for_the_own_firm(factory, rival_staff, city_officer):
    for stranger in (rival_staff, city_officer):
        with pytest.raises(PermissionDenied):
            self_assessment.start(factory, by=stranger, at=DAY)

    assert not Assessment.objects.exists()


# --- saving ---------------------------------------------------------------------------------------


def test_different_answers_of_two_people_merge(opened, firm):
    colleague = build.person_for(opened.factory.enterprise, name="同事")

    save(opened, {ITEM: {"met": "yes", "how": "甲"}}, by=firm)
    second = save(opened, {"basic.production.2": {"met": "no", "how": ""}}, by=colleague)

    assert second.conflicts == ()
    assert self_assessment.answers_of(opened) == {
        ITEM: {"met": "yes", "how": "甲"},
        "basic.production.2": {"met": "no", "how": ""},
    }


def test_same_answer_of_two_people_is_a_conflict_with_both_texts(opened, firm):
    colleague = build.person_for(opened.factory.enterprise, name="同事")
    save(opened, {ITEM: {"met": "yes", "how": "甲"}}, by=firm)

    saved = save(
        opened, {ITEM: {"met": "yes", "how": "乙"}}, seen={ITEM: 0}, by=colleague, at=LATER
    )

    (conflict,) = saved.conflicts
    assert (conflict.yours["how"], conflict.theirs["how"]) == ("乙", "甲")
    assert (conflict.by, conflict.at, conflict.version) == (firm.name, DAY, 1)
    assert self_assessment.answers_of(opened)[ITEM]["how"] == "甲"


def test_answer_seen_in_its_latest_version_is_replaced(opened, firm):
    save(opened, {ITEM: {"met": "yes", "how": "甲"}}, by=firm)

    saved = save(opened, {ITEM: {"met": "no", "how": "改了"}}, seen={ITEM: 1}, by=firm)

    assert saved.versions == {ITEM: 2}
    assert self_assessment.answers_of(opened)[ITEM]["how"] == "改了"


def test_same_answer_again_keeps_its_version(opened, firm):
    save(opened, {ITEM: {"met": "yes", "how": "甲"}}, by=firm)

    assert save(opened, {ITEM: {"met": "yes", "how": "甲"}}, by=firm).versions == {ITEM: 1}


def test_badly_shaped_answer_is_reported_and_the_others_are_stored(opened, firm):
    saved = save(opened, {"kpi.cnc-rate": {"after": "很多"}, ITEM: {"met": "yes"}}, by=firm)

    assert saved.errors == {"kpi.cnc-rate": ["“建设后”请填写数字，例如85或12.5"]}
    assert list(self_assessment.answers_of(opened)) == [ITEM]


def test_save_leaves_a_line_in_the_trail_without_the_answer(opened, firm):
    save(opened, {ITEM: {"met": "yes", "how": "商业秘密"}}, by=firm)

    line = AuditEvent.objects.get(verb="assessment.save")
    assert line.data == {"items": [ITEM]}


def test_another_firm_cannot_save(opened, rival_staff):
    with pytest.raises(PermissionDenied):
        save(opened, {ITEM: {"met": "yes"}}, by=rival_staff)


# --- lock -----------------------------------------------------------------------------------------


def test_lock_writes_what_lists_need(factory):
    locked = build.locked_assessment(factory, Tier.BASIC)

    assert (locked.reached_tier, locked.maturity_level) == ("basic", 2)
    assert len(locked.digest) == 64


def test_empty_assessment_is_not_locked(opened, firm):
    assert refused(self_assessment.lock, opened, by=firm, at=DAY) == (
        "还没有填写任何内容，填写后再锁定"
    )
    assert not Assessment.objects.get().is_locked


def test_score_in_a_list_is_rounded_down(opened, firm):
    """0.76985 must not stand there as 0.77: near a level it would look like the level."""
    model = standard.get(opened.standard).maturity
    items = {f"cmmm.1.{s.id}": "0.8" for s in model.applicable("process")}
    equipment = next(s.id for s in model.subdomains if s.name == "装备")
    save(opened, {"maturity.source": "own", "maturity.kind": "process"}, by=firm)
    save(opened, items | {f"cmmm.1.{equipment}": "0.5"}, by=firm)

    locked = self_assessment.lock(opened, by=firm, at=DAY)

    assert self_assessment.result(locked).maturity.score == Decimal("0.7698")
    assert locked.maturity_score == Decimal("0.76")


@pytest.fixture
def locked(factory):
    return build.locked_assessment(factory)


def contents(assessment):
    found = self_assessment.contents(Assessment.objects.get(pk=assessment.pk))
    return dict(found.answers), list(found.instances), dict(found.files)


@pytest.mark.parametrize(
    "act",
    [
        lambda one, by: save(one, {ITEM: {"met": "no"}}, seen={ITEM: 1}, by=by),
        lambda one, by: self_assessment.save_instance(
            one, {"scenario_no": 9, "name": "排产"}, by=by, at=LATER
        ),
        lambda one, by: build.evidence_for(one, ITEM, by=by, at=LATER),
        lambda one, by: self_assessment.remove_evidence(
            Evidence.objects.filter(assessment=one).first(), by=by, at=LATER
        ),
        lambda one, by: self_assessment.lock(one, by=by, at=LATER),
    ],
    ids=["answer", "instance", "file", "remove file", "lock again"],
)
def test_locked_assessment_never_changes(locked, firm, act):
    before = contents(locked)

    assert "已锁定" in refused(act, locked, firm)

    assert contents(locked) == before
    assert Assessment.objects.get(pk=locked.pk).digest == locked.digest


# --- copy -----------------------------------------------------------------------------------------


def test_copy_carries_answers_and_files_over_and_leaves_the_earlier_alone(locked, firm):
    before = contents(locked)

    new = self_assessment.copy_from(locked, by=firm, at=LATER)

    answers, _, files = contents(new)
    assert (new.copied_from, new.is_locked) == (locked, False)
    assert answers == before[0]
    assert {item: [f.sha256 for f in found] for item, found in files.items()} == {
        item: [f.sha256 for f in found] for item, found in before[2].items()
    }
    assert self_assessment.result(new).tier == self_assessment.result(locked).tier
    save(new, {ITEM: {"met": "no", "how": ""}}, seen={ITEM: 1}, by=firm, at=LATER)
    assert contents(locked) == before


def test_copy_is_refused_while_another_is_open(locked, firm):
    build.open_assessment(locked.factory)

    assert "还没锁定" in refused(self_assessment.copy_from, locked, by=firm, at=LATER)


def test_open_assessment_is_not_copied(opened, firm):
    assert refused(self_assessment.copy_from, opened, by=firm, at=LATER) == "只能沿用已锁定的自评"


# --- files ----------------------------------------------------------------------------------------


def attach(assessment, content, name, *, by, item=ITEM, **more):
    return self_assessment.add_evidence(
        assessment, item, ContentFile(content), name=name, by=by, at=DAY, **more
    )


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [(build.PDF, "证明.pdf", "application/pdf"), (PNG, "照片.PNG", "image/png")],
)
def test_file_is_kept_with_digest_size_and_kind(opened, firm, content, name, kind):
    kept = attach(opened, content, name, by=firm)

    kept.refresh_from_db()
    assert (kept.name, kept.size, kept.content_type) == (name, len(content), kind)
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert kept.file.read() == content
    kept.file.close()


def test_kind_is_read_from_the_content_not_the_name(opened, firm):
    assert "不是可用的格式" in refused(attach, opened, EXE, "证明.pdf", by=firm)
    assert attach(opened, PNG, "其实是图片.pdf", by=firm).content_type == "image/png"


def package(*parts):
    """A zip with these parts, as Office programs write them."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for part in parts:
            made.writestr(part, b"x" * 9000)
    return held.getvalue()


def compound(stream):
    """The container of Office files before 2007, with one stream in its directory."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 9000 + stream.encode("utf-16-le")


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (package("[Content_Types].xml", "docProps/thumbnail.jpeg", "word/document.xml"), "docx"),
        (package("docProps/app.xml", "xl/workbook.xml", "[Content_Types].xml"), "xlsx"),
        (compound("WordDocument"), "doc"),
        (compound("Workbook"), "xls"),
    ],
)
def test_office_files_are_known_whatever_wrote_them(opened, firm, content, ending):
    kept = attach(opened, content, f"台账.{ending}", by=firm)

    assert kept.content_type == self_assessment.ACCEPTED[ending]


@pytest.mark.parametrize(
    "content",
    [
        package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        package("readme.txt"),
        compound("Setup"),
        b"PK\x03\x04 cut short",
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
    ids=["macros", "plain zip", "installer", "broken zip", "page", "drawing"],
)
def test_other_contents_are_refused_under_any_name(opened, firm, content):
    assert "不是可用的格式" in refused(attach, opened, content, "台账.docx", by=firm)


def test_empty_file_is_refused(opened, firm):
    assert refused(attach, opened, b"", "空.pdf", by=firm) == "“空.pdf”是空文件，请检查后重传"


def test_file_of_twenty_mebibytes_is_the_largest(opened, firm):
    limit = 20 * 1024 * 1024

    assert attach(opened, build.PDF.ljust(limit, b"\n"), "满.pdf", by=firm).size == limit
    sentence = refused(attach, opened, build.PDF.ljust(limit + 1, b"\n"), "大.pdf", by=firm)

    assert "每个不超过 20 MB" in sentence


def test_files_of_an_assessment_are_two_hundred_mebibytes_together(opened, firm):
    first = attach(opened, build.PDF, "一.pdf", by=firm)
    limit = 200 * 1024 * 1024
    Evidence.objects.filter(pk=first.pk).update(size=limit - len(build.PDF))

    assert attach(opened, build.PDF, "正好.pdf", by=firm).pk
    assert "全部材料不超过 200 MB" in refused(attach, opened, build.PDF, "多.pdf", by=firm)


def test_removed_files_do_not_count_and_stay_in_the_history(opened, firm):
    first = attach(opened, build.PDF, "一.pdf", by=firm)
    Evidence.objects.filter(pk=first.pk).update(size=200 * 1024 * 1024)

    self_assessment.remove_evidence(first, by=firm, at=LATER)

    assert attach(opened, build.PDF, "二.pdf", by=firm).pk
    assert Evidence.objects.get(pk=first.pk).removed_at == LATER


def test_replacement_keeps_what_it_replaces(opened, firm):
    first = attach(opened, build.PDF, "一.pdf", by=firm)
    second = attach(opened, PNG, "二.png", by=firm, replaces=first)
    third = attach(opened, build.PDF, "三.pdf", by=firm, replaces=second)

    assert list(opened.evidence.live()) == [third]
    assert self_assessment.earlier_versions(third) == [second, first]


def test_file_is_replaced_only_while_it_stands(opened, firm):
    first = attach(opened, build.PDF, "一.pdf", by=firm)
    second = attach(opened, PNG, "二.png", by=firm, replaces=first)

    said = refused(attach, opened, build.PDF, "三.pdf", by=firm, replaces=first)

    assert said == "原文件已被替换或删除，请刷新页面后再传"
    assert list(opened.evidence.live()) == [second]


def test_item_that_takes_no_file_refuses_one(opened, firm):
    assert refused(attach, opened, build.PDF, "一.pdf", by=firm, item="maturity.kind") == (
        "这一项不需要佐证材料"
    )


def test_name_of_a_file_is_never_a_path(opened, firm):
    kept = attach(opened, build.PDF, "..\\..\\etc/密码\x00.pdf", by=firm)

    assert kept.name == "密码.pdf"
    assert kept.file.name.startswith(f"evidence/{opened.pk}/")
    assert "密码" not in kept.file.name


# --- the read model -------------------------------------------------------------------------------


def test_contents_are_read_in_three_queries(locked, django_assert_num_queries):
    one = Assessment.objects.for_list().get(pk=locked.pk)

    with django_assert_num_queries(3):
        sheet = self_assessment.sheet(one)

    assert sheet.result.tier == Tier.BASIC
    assert {part.id: part.state for part in sheet.parts}["basics"] == "done"


def test_sheet_leaves_out_what_the_tier_does_not_ask(locked):
    one = Assessment.objects.for_list().get(pk=locked.pk)

    rows = [row for part in self_assessment.sheet(one, Tier.BASIC).parts for row in part.rows]

    assert {row.tier for row in rows} == {None, Tier.BASIC}


# --- the plan -------------------------------------------------------------------------------------


def measure(factory, by, **more):
    fields = {
        "gap": "缺排产系统",
        "action": "上排产系统",
        "owner": "生产部",
        "due_on": "2026-06-30",
    }
    return self_assessment.save_measure(factory, fields | more, by=by, at=DAY)


def test_measure_is_overdue_the_day_after_unless_done(factory, firm):
    one = measure(factory, firm)
    done = measure(factory, firm, status=Measure.Status.DONE)
    due = build.moment("2026-06-30 00:00").date()

    assert list(Measure.objects.overdue(due)) == []
    assert list(Measure.objects.overdue(due.replace(month=7, day=1))) == [one]
    assert done.status == "done"


def test_measure_of_another_firm_is_refused(factory, rival_staff):
    with pytest.raises(PermissionDenied):
        measure(factory, rival_staff)


def test_answers_of_an_assessment_are_one_row_each(opened, firm):
    for how in ("一", "二", "三"):
        version = Answer.objects.filter(item=ITEM).values_list("version", flat=True).first() or 0
        save(opened, {ITEM: {"met": "yes", "how": how}}, seen={ITEM: version}, by=firm)

    assert Answer.objects.get(item=ITEM).version == 3
