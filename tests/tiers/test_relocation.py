"""搬迁: what stands in the way, what happens to cases and titles, and who looks at them again."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from registry.models import AuditEvent, Division, Notification, User
from tests import build
from tiers import eligibility, relocation
from tiers.models import Application, Certification, MoveCheck, Standing
from tiers.relocation import Move

TODAY = date(2026, 3, 2)


def place(code):
    return Division.objects.get(code=code)


def move_to(code, **more):
    given = {"on": TODAY, "address": "新址", "document": "搬迁证明"} | more
    return Move(place(code), **given)


def relocate(factory, code, *, by=None, at=build.DAY, **more):
    by = by or build.officer_of(build.authority("130000"))
    return relocation.relocate(factory, move_to(code, **more), by=by, at=at)


@pytest.fixture
def titled(changan):
    return build.title(build.factory_at(changan), on=TODAY)


# --- cases ----------------------------------------------------------------------------------------


def test_submitted_basic_case_stands_in_the_way_and_is_named(changan):
    case = build.application_at("submitted", factory=build.factory_at(changan))
    with pytest.raises(ValidationError, match=f"{case.number} 正在市级认定"):
        relocate(case.factory, "130202")
    case.factory.refresh_from_db()
    assert case.factory.authority == changan


def test_case_goes_along_within_its_city(changan):
    case = build.application_at("submitted", factory=build.factory_at(changan))
    moved = relocate(case.factory, "130104")
    assert moved.authority == build.authority("130104")


def test_case_sent_back_by_the_old_city_stands_in_the_way(changan):
    case = build.application_at("returned", factory=build.factory_at(changan))
    with pytest.raises(ValidationError, match=f"{case.number} 正在补正"):
        relocate(case.factory, "130202")


def test_case_out_of_the_province_stands_in_the_way_wherever_it_is(changan):
    case = build.application_at("submitted", factory=build.factory_at(changan))
    with pytest.raises(ValidationError, match=case.number):
        relocate(case.factory, "110101")


def test_draft_moves_and_asks_for_a_round_of_the_new_place(changan):
    draft = build.draft(build.factory_at(changan))
    relocate(draft.factory, "130202")
    draft = Application.objects.get(pk=draft.pk)
    found = eligibility.problems(draft, by=None, on=TODAY, confirmed=True)
    assert "round_elsewhere" in [problem.code for problem in found]


def test_case_at_the_province_goes_along(changan, tangshan):
    case = build.candidate(changan)
    build.decide(case)
    case.refresh_from_db()
    assert case.step_level == "province"
    moved = relocate(case.factory, "130202")
    assert moved.authority.path.startswith(tangshan.path)


# --- titles ---------------------------------------------------------------------------------------


def test_title_stays_and_the_new_bureau_is_asked_to_look(titled, tangshan):
    there = build.officer_of(build.authority("130202"))
    relocate(titled.factory, "130202")
    titled.refresh_from_db()
    check = MoveCheck.objects.get()
    assert titled.is_in_force(TODAY)
    assert (check.authority, check.before.code) == (there.authority, "130102")
    assert list(MoveCheck.objects.awaiting(there)) == [check]
    told = Notification.objects.filter(event="desk.move_check")
    assert [one.recipient for one in told] == [there]
    # Who issued it still sees it, who answers for the place sees the factory.
    issuer = build.officer_of(titled.issuer)
    assert Certification.objects.visible_to(issuer).filter(pk=titled.pk).exists()
    assert not type(titled.factory).objects.visible_to(issuer).exists()
    assert type(titled.factory).objects.visible_to(there).exists()


def test_second_move_hands_the_task_on(titled):
    relocate(titled.factory, "130202")
    relocate(titled.factory, "130402", address="再迁")
    check = MoveCheck.objects.get()
    assert (check.authority.code, check.before.code) == ("130402", "130102")


def test_factory_without_title_moves_with_no_task(changan):
    relocate(build.factory_at(changan), "130202", document="")
    assert not MoveCheck.objects.exists()


def test_move_of_a_title_needs_a_document_and_a_day_gone_by(titled):
    with pytest.raises(ValidationError, match="证明搬迁的文件"):
        relocate(titled.factory, "130202", document=" ")
    with pytest.raises(ValidationError, match="不能晚于今天"):
        relocate(titled.factory, "130202", on=date(2026, 3, 3))


def test_firm_does_not_move_a_title_by_itself(titled):
    staff = build.staff_of(titled.factory.enterprise)
    with pytest.raises(PermissionDenied):
        relocate(titled.factory, "130202", by=staff)


def test_title_ends_where_the_factory_leaves_the_province(titled, client):
    titled.published_on = TODAY
    titled.save()
    at = build.moment("2026-06-01 09:00")
    relocate(titled.factory, "110101", at=at, on=date(2026, 5, 20))
    titled.refresh_from_db()
    day = date(2026, 6, 1)
    assert titled.standing_on(day) == Standing.MOVED_OUT
    assert titled.standing_on(date(2026, 5, 31)) == Standing.VALID
    found = Certification.objects.with_standing(day).get(pk=titled.pk)
    assert found.standing == Standing.MOVED_OUT
    page = client.get(reverse("tiers:public_factory", args=[titled.factory_id])).content.decode()
    assert "已迁出本省" in page
    row = AuditEvent.objects.get(verb="certification.move_out")
    assert (row.data["ending"], row.data["ends_on"]) == ("moved_out", "2026-06-01")
    assert "工厂搬迁" in page


@pytest.mark.parametrize(("out", "standing"), [("stays", Standing.VALID), ("ends", "moved_out")])
def test_rules_say_what_becomes_of_a_title_that_leaves(titled, out, standing, settings, tmp_path):
    for folder in settings.POLICY_FOLDERS:
        for file in folder.glob("*.toml"):
            text = file.read_text(encoding="utf-8").replace('out = "ends"', f'out = "{out}"')
            (tmp_path / file.name).write_text(text, encoding="utf-8")
    settings.POLICY_FOLDERS = [tmp_path]
    relocate(titled.factory, "110101")
    titled.refresh_from_db()
    assert titled.standing_on(TODAY) == standing


# --- the re-check ---------------------------------------------------------------------------------


@pytest.fixture
def check(titled):
    build.officer_of(build.authority("130202"))
    relocate(titled.factory, "130202")
    return MoveCheck.objects.get()


def found(check, *, kept=True, finding="新址设备齐全", by=None):
    by = by or build.officer_of(check.authority)
    return relocation.record_check(check, kept=kept, finding=finding, by=by, at=build.DAY)


def test_finding_is_recorded_once_with_its_reason(check):
    with pytest.raises(ValidationError, match="请写明核实的情况"):
        found(check, finding=" ")
    found(check)
    with pytest.raises(ValidationError, match="已经登记过"):
        found(check)
    assert AuditEvent.objects.filter(verb="move.check").count() == 1


def test_old_bureau_and_firm_do_not_check(check):
    for by in (build.officer_of(check.before), build.staff_of(check.factory.enterprise)):
        with pytest.raises(PermissionDenied):
            found(check, by=by)


def test_finding_against_it_goes_to_the_issuer_who_is_led_on(check, titled, client):
    issuer = build.officer_of(titled.issuer)
    found(check, kept=False, finding="新址没有产线")
    told = Notification.objects.filter(event="title.move_checked")
    assert issuer in [one.recipient for one in told]
    client.force_login(issuer, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("tiers:title", args=[titled.pk]))
    assert "新址没有产线" in page.content.decode()
    assert reverse("tiers:title_suspend", args=[titled.pk]) in page.content.decode()


def test_pages_of_move_and_check(titled, client):
    province = build.officer_of(build.authority("130000"))
    client.force_login(province, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("tiers:factory_move", args=[titled.factory_id])
    assert "登记搬迁" in client.get(address).content.decode()
    form = {
        "division_0": "130000", "division_1": "130200", "division_2": "130202",
        "address": "新址", "on": "2026-03-02", "document": "搬迁证明",
    }  # fmt: skip
    assert client.post(address, form).status_code == 302
    check = MoveCheck.objects.get()
    there = User.objects.filter(authority=check.authority).first() or build.officer(check.authority)
    client.force_login(there, backend="django.contrib.auth.backends.ModelBackend")
    assert titled.factory.name in client.get(reverse("tiers:change_list")).content.decode()
    address = reverse("tiers:move_check", args=[check.pk])
    assert "登记复核意见" in client.get(address).content.decode()
    assert client.post(address, {"kept": "no", "finding": ""}).status_code == 200
    assert client.post(address, {"kept": "no", "finding": "不符"}).status_code == 302
    assert "不再符合" in client.get(address).content.decode()
