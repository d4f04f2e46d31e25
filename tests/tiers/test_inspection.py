"""Site checks: drawn or named, planned, written up, signed; what stops a case."""

import hashlib
import json
import math

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from registry.access import Seat
from registry.models import AuditEvent, Notification
from tests import build
from tiers import inspection, proceedings, verification
from tiers.models import Inspection, InspectionPhoto
from tiers.workflow import Action

AT = build.DAY


def states(batch):
    return [v.state for v in inspection.visits(batch, inspection.waiting(batch))]


def test_case_waits_until_it_was_drawn_among(arrive):
    case = arrive()[0]

    assert case.step == "inspect"
    with pytest.raises(ValidationError, match="还没有抽取"):
        build.decide(case)


def test_draw_can_be_repeated_from_what_is_published(batch, arrive, province_officer):
    arrive(5)
    made = inspection.draw(batch, by=province_officer, at=AT)

    digest = hashlib.sha256(json.dumps(made.cases, ensure_ascii=False).encode()).hexdigest()
    order = sorted(
        made.cases,
        key=lambda n: hashlib.sha256(f"{made.seed}:{digest}:{n}".encode()).hexdigest(),
    )
    assert (made.digest, made.drawn) == (digest, order[: math.ceil(5 * 0.5)])
    chosen = Inspection.objects.filter(draw=made).values_list("application__number", flat=True)
    assert sorted(chosen) == sorted(made.drawn)
    assert AuditEvent.objects.get(verb="inspection.draw").data["seed"] == made.seed


def test_seed_is_another_with_every_draw(batch, arrive, province_officer):
    arrive()
    first = inspection.draw(batch, by=province_officer, at=AT)
    arrive()
    second = inspection.draw(batch, by=province_officer, at=AT)

    assert first.seed != second.seed
    assert set(first.cases).isdisjoint(second.cases)


def test_nothing_left_to_draw_among_is_refused(batch, arrive, province_officer):
    arrive()
    inspection.draw(batch, by=province_officer, at=AT)

    with pytest.raises(ValidationError, match="没有待抽取"):
        inspection.draw(batch, by=province_officer, at=AT)


def test_case_that_was_not_drawn_passes_and_a_drawn_one_waits(batch, arrive, province_officer):
    arrive(2)
    inspection.draw(batch, by=province_officer, at=AT)
    drawn, spared = (
        next(
            v.application
            for v in inspection.visits(batch, inspection.waiting(batch))
            if v.state == state
        )
        for state in ("chosen", "spared")
    )

    with pytest.raises(ValidationError, match="签名后才能办结"):
        build.decide(drawn)
    assert build.decide(spared).step == "meet"


def test_case_named_beside_the_draw_is_visited_with_the_reason(batch, arrive, province_officer):
    case = arrive()[0]
    inspection.name(batch, [case.pk], reason="数据异常", by=province_officer, at=AT)

    found = inspection.current(case)
    assert (found.chosen, found.reason) == ("named", "数据异常")
    with pytest.raises(ValidationError, match="请写明指定"):
        inspection.name(batch, [case.pk], reason=" ", by=province_officer, at=AT)
    with pytest.raises(ValidationError, match="已列入核查"):
        inspection.name(batch, [case.pk], reason="再来", by=province_officer, at=AT)


def test_firm_is_told_of_the_day_once_and_of_another_day(batch, arrive, province_officer):
    case = arrive()[0]
    found = build.planned(case)
    told = Notification.objects.filter(event="case.visit")
    assert told.count() == 1

    for day in ("2026-03-02", "2026-03-05"):
        found = inspection.plan(
            found,
            team="王专家",
            on=build.moment(f"{day} 09:00").date(),
            seen=found.version,
            by=province_officer,
            at=AT,
        )
    assert told.count() == 2


def test_second_person_at_the_plan_does_not_overwrite_the_first(arrive, province_officer):
    found = build.planned(arrive()[0])

    with pytest.raises(ValidationError, match="有人同时改过"):
        inspection.plan(
            found, team="别人", on=AT.date(), seen=found.version - 1, by=province_officer, at=AT
        )


@pytest.mark.parametrize("result", ["fit", "nearly"])
def test_signed_result_is_fixed_and_lets_the_case_by(arrive, province_officer, result):
    case = arrive()[0]
    found = build.signed(case, result)

    assert (found.result, found.signed_name, found.found["differing"]) == (result, "省级甲", [])
    assert found.found["checked"] == found.found["total"] > 0
    with pytest.raises(PermissionDenied):
        inspection.plan(
            found, team="别人", on=AT.date(), seen=found.version, by=province_officer, at=AT
        )
    assert verification.may_verify(found.application, province_officer) is False
    assert build.decide(case).step == "meet"


def test_unfit_case_is_only_returned_or_refused(arrive):
    case = arrive()[0]
    build.signed(case, "unfit")

    with pytest.raises(ValidationError, match="不符合"):
        build.decide(case)
    assert build.decide(case, Action.REJECT, opinion="现场与材料不符").status == "rejected"


def test_values_differing_on_site_are_kept_with_the_signature(arrive, province_officer):
    case = arrive()[0]
    found = build.planned(case)
    build.verify(case, {"basic.req.1": build.finds("no", "no", "现场没有")}, by=province_officer)
    build.verify(case, rest=verification.ALL, by=province_officer)
    found = inspection.sign(
        found,
        result="nearly",
        finding="一项不符",
        name="省级甲",
        seen=found.version,
        by=province_officer,
        at=AT,
    )

    assert [(one["value"], one["comment"]) for one in found.found["differing"]] == [
        ("否", "现场没有")
    ]


REFUSED = {
    "no result": ({"result": ""}, "请选择核查结果"),
    "another's name": ({"name": "省级乙"}, "签名请输入本人姓名"),
    "no finding": ({"finding": " "}, "请写明核查情况"),
    "unchecked": ({}, "没有核对"),
}


@pytest.mark.parametrize(("given", "words"), REFUSED.values(), ids=REFUSED)
def test_signature_is_refused_with_what_is_missing(arrive, province_officer, given, words):
    found = build.planned(arrive()[0])
    whole = {"result": "fit", "finding": "一致", "name": "省级甲", "seen": found.version}

    with pytest.raises(ValidationError, match=words):
        inspection.sign(found, **{**whole, **given}, by=province_officer, at=AT)


def test_case_that_comes_back_after_a_visit_is_visited_again(batch, arrive):
    case = arrive()[0]
    build.signed(case, "unfit")
    build.decide(case, Action.SEND_BACK)
    case = build.decide(build.submit(case), by=build.officer_of(build.authority("130100")))

    assert states(batch) == ["again"]
    with pytest.raises(ValidationError, match="再核查一次"):
        build.decide(case)
    build.signed(case)
    assert build.decide(case).step == "meet"


def test_photos_are_pictures_by_their_content(arrive, province_officer):
    found = build.planned(arrive()[0])
    photo = inspection.add_photo(
        found, ContentFile(build.JPEG), name="车间.jpg", by=province_officer, at=AT
    )
    assert (photo.content_type, photo.file.name.startswith("inspections/")) == ("image/jpeg", True)

    for content in (build.PDF, b"", b"<svg/>"):
        with pytest.raises(ValidationError):
            inspection.add_photo(
                found, ContentFile(content), name="车间.jpg", by=province_officer, at=AT
            )
    inspection.remove_photo(photo, by=province_officer, at=AT)
    assert (InspectionPhoto.objects.live().count(), InspectionPhoto.objects.count()) == (0, 1)


def test_nobody_but_the_office_of_the_round_arranges_visits(batch, arrive, city_officer, hebei):
    case = arrive()[0]
    reader = build.seated(build.officer(hebei), Seat.READER)

    for one in (city_officer, reader, build.staff_of(case.factory.enterprise)):
        with pytest.raises(PermissionDenied):
            inspection.draw(batch, by=one, at=AT)
        with pytest.raises(PermissionDenied):
            inspection.name(batch, [case.pk], reason="看看", by=one, at=AT)
        with pytest.raises(PermissionDenied):
            proceedings.pass_on(batch, by=one, at=AT)


def test_firm_sees_the_result_once_it_is_decided(arrive):
    case = arrive()[0]
    build.signed(case, "unfit")
    staff = build.staff_of(case.factory.enterprise)
    assert Inspection.objects.visible_to(staff).count() == 0

    build.decide(case, Action.REJECT)
    assert Inspection.objects.visible_to(staff).count() == 1


def test_all_that_may_go_on_are_passed_on_together(batch, arrive, province_officer):
    arrive(4)
    inspection.draw(batch, by=province_officer, at=AT)

    assert proceedings.pass_on(batch, by=province_officer, at=AT) == 2
    assert states(batch) == ["chosen", "chosen"]
    with pytest.raises(ValidationError, match="没有可以办结"):
        proceedings.pass_on(batch, by=province_officer, at=AT)
