"""What a person keeps for his firm goes to a colleague before he goes."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from assessments import assessment as self_assessment
from registry.access import Seat
from registry.models import AuditEvent, Claim, Notification, User
from tests import build
from tiers import drafts, handover

LATER = build.DAY + timedelta(days=1)


def again(user):
    return User.objects.get(pk=user.pk)


@pytest.fixture
def editor(staff, changan):
    """An editor with an open self-assessment, a draft and a message."""
    editor = build.joined(staff.enterprise, name="填报乙")
    factory = build.factory_at(changan, enterprise=staff.enterprise)
    self_assessment.start(factory, by=editor, at=build.DAY)
    drafts.start(factory, build.round_for(factory), by=editor, at=build.DAY)
    another = build.factory_at(changan, enterprise=staff.enterprise)
    build.application_at("submitted", factory=another)
    return editor


def test_everything_he_keeps_goes_over_and_history_stays(staff, editor):
    successor = build.joined(staff.enterprise)

    moved = handover.hand_over(editor, successor, reason="岗位调整", by=editor, at=LATER)

    assert len(moved) == 2
    assert len(handover.holdings(editor)) == 0
    now = handover.holdings(successor)
    assert [one.started_by for one in now.assessments] == [editor]
    assert [one.created_by for one in now.applications] == [editor]
    told = Notification.objects.get(recipient=successor, event="people.handed_over")
    assert "自评 1 份、申报 1 件" in told.result


def test_unread_messages_go_to_who_was_not_told(staff, editor):
    successor = build.joined(staff.enterprise)
    assert not Notification.objects.filter(recipient=successor, event="case.received").exists()

    handover.hand_over(editor, successor, reason="岗位调整", by=staff, at=LATER)

    assert Notification.objects.filter(recipient=successor, event="case.received").count() == 1


def test_nobody_leaves_with_work_in_hand(staff, editor):
    with pytest.raises(ValidationError, match="请选择接手的同事"):
        handover.depart(editor, None, reason="离职", by=editor, at=LATER)

    handover.depart(editor, staff, reason="离职", by=editor, at=LATER)

    assert again(editor).enterprise is None
    assert len(handover.holdings(staff)) == 3


def test_reason_of_leaving_is_in_the_trail(staff):
    reader = build.joined(staff.enterprise, Seat.READER)

    handover.depart(reader, None, reason="离职", by=reader, at=LATER)

    assert AuditEvent.objects.get(verb="person.leave").data["reason"] == "离职"


def test_last_manager_leaves_his_seat_to_whom_he_names(staff, editor):
    handover.depart(staff, editor, reason="离职", by=staff, at=LATER)

    assert again(staff).enterprise is None
    assert again(editor).seat == Seat.MANAGER


def test_hand_over_is_refused_to_strangers_readers_and_oneself(staff, editor, rival_staff):
    reader = build.joined(staff.enterprise, Seat.READER)

    for to in (reader, editor):
        with pytest.raises(ValidationError):
            handover.hand_over(editor, to, reason="离职", by=editor, at=LATER)
    with pytest.raises(PermissionDenied):
        handover.hand_over(editor, rival_staff, reason="离职", by=editor, at=LATER)
    with pytest.raises(PermissionDenied):
        handover.hand_over(staff, editor, reason="离职", by=editor, at=LATER)
    with pytest.raises(PermissionDenied):
        handover.depart(staff, editor, reason="离职", by=rival_staff, at=LATER)


def test_bureau_hands_the_work_of_the_gone_manager_to_the_new_one(staff, county_officer, changan):
    build.draft_without_assessment(build.factory_at(changan, enterprise=staff.enterprise))
    claim = build.claim_by(staff.enterprise)

    handover.take_over(claim, reason="原管理员离职", by=county_officer, at=LATER)

    assert [one.created_by for one in handover.holdings(again(claim.user)).applications] == [staff]
    assert Claim.objects.get(pk=claim.pk).status == Claim.Status.CONFIRMED


def test_pages_list_and_move(staff, editor, as_user):
    client = as_user(staff)
    page = client.get(reverse("tiers:depart", args=[editor.pk])).content.decode()
    assert "由填报乙负责" in page

    sent = {"to": staff.pk, "reason": "离职"}
    answer = client.post(reverse("tiers:depart", args=[editor.pk]), sent)

    assert answer.url == reverse("registry:people")
    assert again(editor).enterprise is None


def test_bureau_takes_over_by_its_page(staff, county_officer, as_user):
    claim = build.claim_by(staff.enterprise)
    client = as_user(county_officer)
    assert "接任管理员" in client.get(reverse("registry:people")).content.decode()

    client.post(reverse("tiers:take_over", args=[claim.pk]), {"reason": "经电话核实，已离职"})

    assert again(claim.user).seat == Seat.MANAGER


def test_a_former_manager_reads_that_he_is_out_and_may_apply_anew(as_user, staff, county_officer):
    first, reason = build.claim_by(staff.enterprise), "原管理员离职"
    handover.take_over(first, reason=reason, by=county_officer, at=LATER)
    second = build.claim_by(staff.enterprise)
    handover.take_over(second, reason=reason, by=county_officer, at=LATER)

    page = as_user(again(first.user)).get(reverse("registry:waiting")).content.decode()

    assert f"本账号已不属于{staff.enterprise.name}" in page
    assert "未予确认" not in page
    assert reverse("registry:claim_again") in page
