"""What an administrator keeps, and that each change of his leaves its line in the trail."""

import pytest
from django.urls import reverse
from zeal import zeal_ignore

from registry.access import Role, Seat
from registry.audit import Verb
from registry.models import AuditEvent, Authority, Delivery, User
from tests import build


@pytest.fixture
def admin_page(administrator, as_user):
    return as_user(administrator)


def account(**changes):
    return {
        "username": "new-officer",
        "name": "新经办",
        "phone": "13800000000",
        "role": Role.CITY,
        "authority": "",
        "seat": Seat.EDITOR,
        "usable_password": "true",
        "password1": build.PASSWORD,
        "password2": build.PASSWORD,
        **changes,
    }


def last_event():
    return AuditEvent.objects.latest("pk")


def test_officer_gets_an_account(admin_page, shijiazhuang, administrator):
    admin_page.post(reverse("admin:registry_user_add"), account(authority=shijiazhuang.pk))

    officer = User.objects.get(username="new-officer")
    assert (officer.role, officer.authority) == (Role.CITY, shijiazhuang)
    event = last_event()
    assert (event.verb, event.actor_id) == (Verb.ACCOUNT_OPEN, administrator.pk)
    assert event.authority_path == shijiazhuang.path
    assert "新经办" not in str(event.data) + event.target_name


def test_office_gets_a_reader(admin_page, shijiazhuang):
    given = account(authority=shijiazhuang.pk, seat=Seat.READER)
    admin_page.post(reverse("admin:registry_user_add"), given)

    assert User.objects.get(username="new-officer").seat == Seat.READER
    assert last_event().data["seat"] == Seat.READER


def test_office_has_no_manager(admin_page, shijiazhuang):
    given = account(authority=shijiazhuang.pk, seat=Seat.MANAGER)
    answer = admin_page.post(reverse("admin:registry_user_add"), given)

    assert "管理员席位只给企业人员" in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "code", "said"),
    [
        (Role.CITY, "", "经办人员要选择所属部门"),
        (Role.CITY, "130102", "不是市级经办人员的部门"),
        ("", "130100", "只有经办人员才有所属部门"),
    ],
)
def test_role_and_place_fit_together(admin_page, world, role, code, said):
    authority = code and build.authority(code).pk

    answer = admin_page.post(
        reverse("admin:registry_user_add"), account(role=role, authority=authority)
    )

    assert said in answer.content.decode()
    assert not User.objects.filter(username="new-officer").exists()


def test_new_password_leaves_a_line(admin_page, city_officer):
    address = reverse("admin:auth_user_password_change", args=[city_officer.pk])

    admin_page.post(
        address,
        {"usable_password": "true", "password1": "Mq7-vRt2pk", "password2": "Mq7-vRt2pk"},
    )

    assert User.objects.get(pk=city_officer.pk).check_password("Mq7-vRt2pk")
    assert (last_event().verb, last_event().data["changed"]) == (
        Verb.ACCOUNT_CHANGE,
        ["password"],
    )


def test_authority_is_added_below_another(admin_page, shijiazhuang):
    admin_page.post(
        reverse("admin:registry_authority_add"),
        {
            "code": "sjz-zone",
            "name": "石家庄某开发区管委会",
            "short_name": "某开发区",
            "kind": "county",
            "parent": shijiazhuang.pk,
        },
    )

    assert Authority.objects.get(code="sjz-zone").path == f"{shijiazhuang.path}sjz-zone/"
    assert last_event().verb == Verb.AUTHORITY_ADD


def test_trail_is_read_only(admin_page, staff):
    event = last_event()
    change = reverse("admin:registry_auditevent_change", args=[event.pk])
    delete = reverse("admin:registry_auditevent_delete", args=[event.pk])

    shown = admin_page.get(reverse("admin:registry_auditevent_changelist")).content.decode()

    assert "确认企业经办人" in shown
    assert admin_page.get(change).status_code == 200
    assert admin_page.post(change, {"target_name": "x"}).status_code == 403
    assert admin_page.post(delete, {"post": "yes"}).status_code == 403
    assert AuditEvent.objects.get(pk=event.pk).target_name == event.target_name


@pytest.mark.parametrize("model", ["user", "authority"])
def test_nothing_is_deleted(admin_page, city_officer, model):
    pk = city_officer.pk if model == "user" else city_officer.authority_id

    # The administrator himself and the person are both users, each loaded once.
    with zeal_ignore():
        answer = admin_page.post(
            reverse(f"admin:registry_{model}_delete", args=[pk]), {"post": "yes"}
        )

    assert answer.status_code == 403


def test_officers_have_no_way_in(city_officer, as_user):
    answer = as_user(city_officer).get(reverse("admin:registry_user_changelist"))

    assert answer.status_code in (302, 403)


def test_stopped_letter_is_shown_without_address_and_sent_once_more(
    admin_page, administrator, changan, settings
):
    settings.MESSAGE_SMS_URL = "console://"
    person = build.staff_of(build.enterprise_at(changan))
    letter = Delivery.objects.get(notification__recipient=person)
    Delivery.objects.update(status="given_up", last_error="短信网关答复 500")
    address = reverse("admin:registry_delivery_changelist")

    shown = admin_page.get(address, {"status__exact": "given_up"}).content.decode()
    chosen = {"action": "send_again", "_selected_action": letter.pk}
    again = admin_page.post(address, chosen, follow=True).content.decode()
    once_more = admin_page.post(address, chosen, follow=True).content.decode()

    assert "短信网关答复 500" in shown
    assert "经办人已确认" in shown
    assert person.phone not in shown
    assert "1 条已重新排队" in again
    assert "不需要重新发送" in once_more
    letter.refresh_from_db()
    assert (letter.status, letter.attempts) == ("waiting", 0)
    assert (last_event().verb, last_event().actor_id) == ("delivery.retry", administrator.pk)
