"""Who sits where in a firm, how the invited come in, and that somebody always manages."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from registry import enterprises
from registry.access import Seat
from registry.models import AuditEvent, Claim, Factory, Invitation, Notification, User
from tests import build

LATER = build.DAY + timedelta(days=1)


@pytest.fixture
def editor(staff):
    return build.joined(staff.enterprise, name="填报乙")


@pytest.fixture
def newcomer(rival_staff):
    """Somebody who waits to be confirmed for another firm."""
    return build.claim_by(rival_staff.enterprise).user


def again(user):
    return User.objects.get(pk=user.pk)


# --- invitations ----------------------------------------------------------------------------------


def test_invited_person_joins_at_once_and_the_bureau_is_told(staff, county_officer):
    joined = build.joined(staff.enterprise, Seat.READER, name="王芳")

    assert (joined.enterprise, joined.seat) == (staff.enterprise, Seat.READER)
    assert enterprises.is_confirmed(joined)
    told = Notification.objects.filter(event="people.joined")
    assert {staff, county_officer} <= {one.recipient for one in told}
    assert joined not in {one.recipient for one in told}


def test_code_is_nowhere_in_what_is_kept(staff):
    invitation, code = build.invited(staff.enterprise)

    kept = [str(row) for row in (*Invitation.objects.values(), *AuditEvent.objects.values())]
    kept += [str(row) for row in Notification.objects.values()]
    plain = code.replace("-", "")
    assert [row for row in kept if code in row or plain in row] == []
    assert len(invitation.code_hash) == 64


@pytest.mark.parametrize("typed", ["{0}", "  {0} ", "{1}", "{2}"])
def test_code_is_taken_however_it_is_typed(staff, newcomer, typed):
    _, code = build.invited(staff.enterprise)

    text = typed.format(code, code.replace("-", ""), code.lower().replace("-", " "))

    assert enterprises.join(newcomer, text, at=build.DAY).enterprise == staff.enterprise


def refusal_of(user, code, at=build.DAY):
    with pytest.raises(ValidationError) as refused:
        enterprises.join(user, code, at=at)
    assert again(user).enterprise is None
    return refused.value.messages[0]


def test_wrong_code_is_refused(newcomer):
    assert refusal_of(newcomer, "AAAAA-AAAAA").startswith("邀请码不对")


def test_code_works_once(staff, newcomer):
    _, code = build.invited(staff.enterprise)
    enterprises.join_anew(build.person(), code, at=build.DAY)

    assert "已经用过" in refusal_of(newcomer, code)


def test_code_ends_with_its_last_day(staff, newcomer):
    invitation, code = build.invited(staff.enterprise)
    last = build.on_day(invitation.ends_on, 23)

    assert "已过有效期" in refusal_of(newcomer, code, at=last + timedelta(hours=1))
    assert enterprises.join(newcomer, code, at=last).enterprise == staff.enterprise


def test_revoked_code_says_so_and_a_renewed_one_works(staff, newcomer):
    invitation, code = build.invited(staff.enterprise)
    enterprises.revoke(invitation, by=staff, at=build.DAY)
    assert "已被撤回" in refusal_of(newcomer, code)

    _, fresh = enterprises.renew(invitation, by=staff, at=LATER)

    assert refusal_of(newcomer, code).startswith("邀请码不对")
    assert enterprises.join(newcomer, fresh, at=LATER).enterprise == staff.enterprise


def test_wrong_code_opens_no_account(world):
    before = User.objects.count()
    with pytest.raises(ValidationError):
        enterprises.join_anew(build.person(username="nobody"), "AAAAA-AAAAA", at=build.DAY)

    assert User.objects.count() == before


def test_person_of_another_firm_cannot_join(staff, rival_staff):
    _, code = build.invited(staff.enterprise)

    with pytest.raises(ValidationError, match="已属于"):
        enterprises.join(rival_staff, code, at=build.DAY)


def test_officer_cannot_join(staff, city_officer):
    _, code = build.invited(staff.enterprise)

    with pytest.raises(PermissionDenied):
        enterprises.join(city_officer, code, at=build.DAY)


def test_joining_settles_the_claim_that_waits(staff, newcomer):
    _, code = build.invited(staff.enterprise)

    enterprises.join(newcomer, code, at=build.DAY)

    claim = newcomer.claims.get()
    assert (claim.status, claim.reason) == (Claim.Status.REFUSED, "已受邀加入其他企业")


def test_former_managers_invitations_end_with_him(staff, editor, newcomer):
    enterprises.change_seat(editor, Seat.MANAGER, by=staff, at=build.DAY)
    _, code = build.invited(staff.enterprise)
    enterprises.release(staff, by=staff, at=build.DAY)

    assert "已被撤回" in refusal_of(newcomer, code)


def test_invitation_is_managed_by_its_own_firm(staff, rival_staff, editor):
    invitation, _ = build.invited(staff.enterprise)

    for stranger in (rival_staff, editor):
        with pytest.raises(PermissionDenied):
            enterprises.revoke(invitation, by=stranger, at=build.DAY)
        with pytest.raises(PermissionDenied):
            enterprises.renew(invitation, by=stranger, at=build.DAY)


# --- seats and leaving ----------------------------------------------------------------------------


def test_last_manager_stays_and_keeps_his_seat(staff, editor):
    with pytest.raises(ValidationError, match="只有这一位管理员"):
        enterprises.change_seat(staff, Seat.EDITOR, by=staff, at=build.DAY)
    with pytest.raises(ValidationError, match="只有这一位管理员"):
        enterprises.release(staff, by=staff, at=build.DAY)

    enterprises.change_seat(editor, Seat.MANAGER, by=staff, at=build.DAY)
    enterprises.change_seat(staff, Seat.READER, by=staff, at=build.DAY)
    assert (again(staff).seat, again(editor).seat) == (Seat.READER, Seat.MANAGER)


def test_who_has_left_sees_nothing_in_the_session_he_has_open(staff, editor, as_user, changan):
    build.factory_at(changan, enterprise=staff.enterprise, name="机密工厂")
    client = as_user(editor)
    assert "机密工厂" in client.get(reverse("registry:factory_list")).content.decode()

    enterprises.release(editor, by=staff, at=LATER)

    assert client.get(reverse("registry:factory_list")).url == reverse("registry:waiting")
    assert client.get("/api/v1/factories/").json()["results"] == []
    assert not Factory.objects.visible_to(again(editor)).exists()
    mine = Notification.objects.visible_to(again(editor))
    assert [one.event for one in mine] == ["people.left"]


def test_reader_may_leave(staff):
    reader = build.joined(staff.enterprise, Seat.READER)

    enterprises.release(reader, by=reader, at=build.DAY)

    assert again(reader).enterprise is None
    assert AuditEvent.objects.filter(verb="person.leave").count() == 1


def test_trail_of_people_holds_no_names(staff, editor):
    enterprises.change_seat(editor, Seat.READER, by=staff, at=build.DAY)

    event = AuditEvent.objects.get(verb="person.seat")
    assert (event.target_name, event.target_id) == (staff.enterprise.name, str(editor.pk))


# --- the bureau -----------------------------------------------------------------------------------


def test_bureau_gives_the_firm_to_a_new_manager(staff, county_officer):
    claim = build.claim_by(staff.enterprise)

    former = enterprises.appoint(claim, reason="原管理员离职", by=county_officer, at=LATER)

    assert former == [staff]
    assert again(staff).enterprise is None
    assert again(claim.user).seat == Seat.MANAGER
    told = Notification.objects.visible_to(again(staff)).get()
    assert told.event == "people.left"


def test_take_over_is_for_the_bureau_and_with_a_reason(staff, county_officer, other_city_officer):
    claim = build.claim_by(staff.enterprise)

    with pytest.raises(ValidationError):
        enterprises.appoint(claim, reason=" ", by=county_officer, at=LATER)
    for stranger in (staff, other_city_officer):
        with pytest.raises(PermissionDenied):
            enterprises.appoint(claim, reason="离职", by=stranger, at=LATER)
    assert again(staff).seat == Seat.MANAGER


# --- pages ----------------------------------------------------------------------------------------


def test_manager_is_shown_the_code_once_and_it_opens_the_firm(staff, as_user, client):
    manager = as_user(staff)
    sent = {"name": "王芳", "contact": "13900001111", "seat": "editor"}
    where = manager.post(reverse("registry:invite"), sent).url
    page = manager.get(where)
    code = page.context["code"]
    assert code in page.content.decode()
    assert code not in manager.get(where).content.decode()
    manager.logout()

    answer = client.post(
        reverse("registry:join"),
        {
            "code": code, "name": "王芳", "phone": "13900001111", "username": "wangfang",
            "password": build.PASSWORD, "password2": build.PASSWORD,
        },
    )  # fmt: skip

    assert answer.url == "/home/"
    assert User.objects.get(username="wangfang").enterprise == staff.enterprise


def test_codes_cannot_be_tried_without_end(client, world):
    tried = [
        client.post(reverse("registry:join"), {"code": "AAAAA-AAAAA"}).status_code
        for _ in range(21)
    ]

    assert tried[-1] == 429


def test_only_managers_see_invitations_and_nobody_reads_a_telephone(staff, editor, as_user):
    invitation, _ = build.invited(staff.enterprise, name="李四")

    seen = as_user(editor).get(reverse("registry:people")).content.decode()
    assert "李四" not in seen
    assert staff.phone not in seen
    seen = as_user(staff).get(reverse("registry:people")).content.decode()
    assert invitation.contact in seen
    assert editor.phone not in seen


def test_people_of_the_api_are_the_firms_own(staff, editor, rival_staff, as_user):
    answer = as_user(editor).get("/api/v1/people/")

    assert [row["name"] for row in answer.json()["results"]] == [staff.name, editor.name]
    assert staff.phone not in answer.content.decode()
    assert as_user(editor).get(f"/api/v1/people/{rival_staff.pk}/").status_code == 404


def test_person_without_a_firm_is_led_to_his_claim(newcomer, as_user):
    for name in ("registry:factory_list", "tiers:application_new", "assessments:measure_new"):
        assert as_user(newcomer).get(reverse(name)).url == reverse("registry:waiting")
