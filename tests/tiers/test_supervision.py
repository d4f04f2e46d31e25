"""Supervision: drawn so that anybody can repeat it, inspected, mended in time, looked at again."""

import hashlib
import json
import math
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from config import nightly
from registry.access import Seat
from registry.models import AuditEvent, Notification
from registry.policy import Tier
from registry.workdays import add
from tests import build
from tiers import supervision, suspension
from tiers.models import Supervision, SupervisionCheck, SupervisionFile
from tiers.supervision import Finding, Record

AT = build.DAY
ON = date(2026, 3, 2)


@pytest.fixture
def titles(changan, city_officer):
    """Eleven titles of the city, so that two are drawn."""
    return [build.title(build.factory_at(changan), on=ON) for _ in range(11)]


@pytest.fixture
def one_title(changan, city_officer):
    return build.title(build.factory_at(changan), on=ON)


@pytest.fixture
def check(one_title):
    return build.inspection_of(build.sample())


def told(user):
    return list(Notification.objects.filter(recipient=user).values_list("event", flat=True))


# --- the draw -------------------------------------------------------------------------------------


def test_draw_can_be_repeated_from_its_record(titles):
    made = build.sample()

    text = json.dumps(made.numbers, ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    order = sorted(
        made.numbers,
        key=lambda n: hashlib.sha256(f"{made.seed}:{digest}:{n}".encode()).hexdigest(),
    )
    assert made.numbers == sorted(one.number for one in titles)
    assert (made.digest, made.drawn) == (digest, order[: math.ceil(11 * 0.1)])
    assert sorted(made.checks.values_list("certification__number", flat=True)) == sorted(made.drawn)
    assert AuditEvent.objects.get(verb="supervision.draw").data["seed"] == made.seed


def test_what_is_being_inspected_or_not_in_force_is_not_drawn_again(titles, city_officer):
    terms = suspension.Terms("inquiry", "核实", "1号", ON)
    suspension.suspend(titles[0], terms, by=city_officer, at=AT)
    first = build.sample()
    second = build.sample()

    assert titles[0].number not in first.numbers
    assert set(first.drawn).isdisjoint(second.numbers)
    assert len(second.numbers) == len(first.numbers) - len(first.drawn)


def test_city_draws_its_own_titles_and_the_province_every_tier(
    titles, tangshan, other_city_officer, province_officer, county_officer
):
    other = build.title(build.factory_at(tangshan), on=ON)

    assert supervision.tiers_of(other_city_officer, ON) == [Tier.BASIC]
    assert supervision.tiers_of(province_officer, ON) == list(Tier)
    assert supervision.tiers_of(county_officer, ON) == []
    assert build.sample(tangshan).numbers == [other.number]
    assert len(build.sample(province_officer.authority).numbers) == 11
    with pytest.raises(PermissionDenied):
        build.sample(tangshan, Tier.ADVANCED)


def test_nothing_to_draw_among_is_refused(city_officer):
    with pytest.raises(ValidationError, match="没有可抽查的认定"):
        build.sample()


def test_due_day_lies_ahead(one_title, city_officer):
    with pytest.raises(ValidationError) as refusal:
        supervision.draw(
            Tier.BASIC, title="抽查", due_on=ON - timedelta(days=1), by=city_officer, at=AT
        )
    assert list(refusal.value.message_dict) == ["due_on"]


def test_reader_draws_nothing(one_title, city_officer):
    assert supervision.tiers_of(build.seated(city_officer, Seat.READER), ON) == []


# --- who goes -------------------------------------------------------------------------------------


def test_officer_is_told_what_was_asked_of_him(one_title, city_officer, shijiazhuang):
    made, other = build.sample(), build.officer(shijiazhuang, name="检查人")
    check = made.checks.get()

    assert supervision.assign(made, [check.pk], other, by=city_officer, at=AT) == 1
    assert told(other) == ["desk.supervision"]
    assert supervision.waiting(other, ON) == supervision.Waiting(1, 0, 0)


def test_nobody_of_another_office_is_asked(one_title, city_officer, province_officer):
    made = build.sample()
    check = made.checks.get()

    with pytest.raises(ValidationError):
        supervision.assign(made, [check.pk], province_officer, by=city_officer, at=AT)
    with pytest.raises(PermissionDenied):
        supervision.assign(made, [check.pk], city_officer, by=province_officer, at=AT)


# --- the record -----------------------------------------------------------------------------------


def sign(check, said, result="fit", name=None, by=None):
    by = by or check.officer
    name = by.name if name is None else name
    return supervision.sign(check, said, result=result, name=name, seen=check.version, by=by, at=AT)


WHOLE = Record("王五", ON, (), "看了总装车间")


def test_only_who_was_asked_writes_it_up(check, shijiazhuang):
    colleague = build.officer(shijiazhuang, name="同事")

    with pytest.raises(PermissionDenied):
        supervision.record(check, WHOLE, seen=1, by=colleague, at=AT)


def test_record_is_kept_and_a_second_window_is_told(check):
    supervision.record(check, WHOLE, seen=1, by=check.officer, at=AT)

    with pytest.raises(ValidationError) as refusal:
        supervision.record(check, WHOLE, seen=1, by=check.officer, at=AT)
    assert refusal.value.code == "stale"
    check.refresh_from_db()
    assert (check.summary, check.state) == ("看了总装车间", "assigned")


@pytest.mark.parametrize(
    ("said", "result", "field"),
    [
        (Record("", ON, (), "看了"), "fit", "team"),
        (Record("王五", None, (), "看了"), "fit", "visited_on"),
        (Record("王五", ON + timedelta(days=1), (), "看了"), "fit", "visited_on"),
        (Record("王五", ON, (), ""), "fit", "summary"),
        (WHOLE, "", "result"),
        (WHOLE, "mend", "findings"),
        (Record("王五", ON, (Finding("有问题", "minor"),), "看了"), "fit", "result"),
    ],
)
def test_signature_wants_the_whole_record(check, said, result, field):
    with pytest.raises(ValidationError) as refusal:
        sign(check, said, result)
    assert list(refusal.value.message_dict) == [field]


def test_signature_is_ones_own_name(check):
    with pytest.raises(ValidationError) as refusal:
        sign(check, WHOLE, name="别人")
    assert list(refusal.value.message_dict) == ["name"]


def test_finding_names_a_condition_of_the_titles_tier(check):
    bad = Record("王五", ON, (Finding("有问题", "minor", "leading.x"),), "看了")

    with pytest.raises(ValidationError):
        sign(check, bad, "mend")
    item = next(iter(supervision.items_of(check)))
    done = sign(check, Record("王五", ON, (Finding("有问题", "minor", item),), "看了"), "mend")
    assert done.findings[0]["item_label"] == supervision.items_of(check)[item]


def test_firm_reads_nothing_before_the_signature(check):
    staff = build.staff_of(check.certification.factory.enterprise)
    seen = SupervisionCheck.objects.visible_to(staff)
    supervision.add_file(check, ContentFile(build.JPEG), name="现场.jpg", by=check.officer, at=AT)

    assert (seen.count(), SupervisionFile.objects.visible_to(staff).count()) == (0, 0)
    assert not AuditEvent.objects.visible_to(staff).filter(verb__startswith="supervision").exists()
    sign(check, WHOLE)
    assert (seen.count(), SupervisionFile.objects.visible_to(staff).count()) == (1, 1)
    assert "title.supervised" in told(staff)


# --- mending --------------------------------------------------------------------------------------


@pytest.fixture
def mending(one_title):
    return build.inspected_title(build.sample())


@pytest.fixture
def firm(mending):
    return build.staff_of(mending.certification.factory.enterprise)


def test_time_to_mend_is_counted_in_workdays_by_the_rules(mending):
    assert mending.mend_due_on == add(ON, 20)
    assert mending.state == "mending"


def test_firm_answers_with_proof_and_the_inspector_looks_again(mending, firm):
    supervision.add_file(mending, ContentFile(build.JPEG), name="整改.jpg", by=firm, at=AT)
    answered = supervision.answer(mending, text="已加装采集设备", by=firm, at=AT)

    assert answered.state == "answered"
    assert told(mending.officer)[-1] == "desk.supervision"
    done = supervision.recheck(
        answered, result="fit", finding="已整改", seen=answered.version, by=mending.officer, at=AT
    )
    assert (done.state, done.result, done.due_on) == ("fit", "mend", None)
    with pytest.raises(PermissionDenied):
        supervision.answer(done, text="再补充", by=firm, at=AT)


def test_second_look_waits_for_the_answer_or_for_the_day(mending):
    def look(at):
        return supervision.recheck(
            mending,
            result="unfit",
            finding="没有整改",
            seen=mending.version,
            by=mending.officer,
            at=at,
        )

    with pytest.raises(ValidationError, match="以后才能复查"):
        look(AT)
    assert look(build.on_day(mending.mend_due_on + timedelta(days=1))).state == "unfit"


def test_second_look_at_an_older_answer_is_refused(mending, firm):
    supervision.answer(mending, text="第一次", by=firm, at=AT)
    seen = SupervisionCheck.objects.get().version
    supervision.answer(mending, text="又补充", by=firm, at=AT)

    with pytest.raises(ValidationError) as refusal:
        supervision.recheck(
            mending, result="fit", finding="已整改", seen=seen, by=mending.officer, at=AT
        )
    assert refusal.value.code == "stale"


def test_another_firm_does_not_answer(mending, rival_staff):
    with pytest.raises(PermissionDenied):
        supervision.answer(mending, text="已整改", by=rival_staff, at=AT)


def test_each_side_takes_out_its_own_files_while_it_writes(one_title):
    check = build.inspection_of(build.sample())
    photo = supervision.add_file(
        check, ContentFile(build.JPEG), name="现场.jpg", by=check.officer, at=AT
    )
    staff = build.staff_of(check.certification.factory.enterprise)
    with pytest.raises(PermissionDenied):
        supervision.remove_file(photo, by=staff, at=AT)
    supervision.remove_file(photo, by=check.officer, at=AT)

    assert SupervisionFile.objects.live().count() == 0
    sign(check, WHOLE)
    with pytest.raises(PermissionDenied):
        supervision.add_file(
            check, ContentFile(build.JPEG), name="晚了.jpg", by=check.officer, at=AT
        )


# --- the night ------------------------------------------------------------------------------------


def test_firm_hears_of_the_end_before_on_and_after_the_day_each_once(mending, firm):
    due = mending.mend_due_on
    days = [add(ON, 14), add(ON, 15), add(ON, 16), due, due + timedelta(days=1)]
    counts = [supervision.remind(on=day, at=build.on_day(day)) for day in days]

    assert counts == [0, 1, 0, 1, 1]
    assert supervision.remind(on=days[-1], at=build.on_day(days[-1])) == 0
    said = Notification.objects.filter(recipient=firm, event="title.mending").order_by("pk")
    assert [one.result for one in said] == [
        f"整改期限 {due} 将到",
        "整改期限今天到期",
        f"整改已超过期限（{due}）",
    ]
    assert told(mending.officer)[-1] == "desk.supervision"
    assert supervision.waiting(mending.officer, days[-1]).overdue == 1


def test_night_reminds_and_an_answer_ends_it(mending, firm):
    supervision.answer(mending, text="已整改", by=firm, at=AT)

    assert nightly.run(on=mending.mend_due_on, at=build.on_day(mending.mend_due_on))["mending"] == 0


def test_late_inspection_is_overdue(check):
    assert SupervisionCheck.objects.overdue(ON).count() == 0
    assert SupervisionCheck.objects.overdue(check.supervision.due_on + timedelta(days=1)).get()


def test_record_is_public_when_every_inspection_is_signed(check):
    assert Supervision.objects.published().count() == 0
    sign(check, WHOLE)
    assert Supervision.objects.published().get() == check.supervision
