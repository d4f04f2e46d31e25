"""A person's own addresses, and what he lets reach him there."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from registry import contacts, inbox
from registry.access import Seat
from registry.models import AuditEvent, Delivery, Event
from tests import build

AT = build.DAY
pytestmark = pytest.mark.django_db


@pytest.fixture
def person(changan):
    return build.staff_of(build.enterprise_at(changan))


@pytest.fixture
def open_channels(settings):
    settings.MESSAGE_EMAIL_URL = settings.MESSAGE_SMS_URL = "console://"


def change(user, **given):
    asked = {"email": "wang@firm.example", "phone": user.phone, "password": build.PASSWORD}
    return contacts.change(user, **(asked | given), at=AT)


def test_address_is_changed_and_the_trail_holds_no_address(person):
    change(person, phone="13900001111")

    person.refresh_from_db()
    assert (person.email, person.phone) == ("wang@firm.example", "13900001111")
    line = AuditEvent.objects.get(verb="account.reach")
    assert line.data == {"changed": ["email", "phone"]}
    assert "wang@firm" not in f"{line.target_name}{line.actor_name}{line.data}"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": "not-this-one"}, "密码不对"),
        ({"phone": ""}, "要能联系到您"),
        ({"email": ""}, "没有改动"),
    ],
)
def test_change_is_refused(person, given, said):
    with pytest.raises(ValidationError, match=said):
        change(person, **given)

    person.refresh_from_db()
    assert person.email == ""
    assert not AuditEvent.objects.filter(verb="account.reach").exists()


def test_page_changes_the_address_on_the_password(person, as_user):
    client = as_user(person)
    address = reverse("registry:contacts")
    typed = {"email": "wang@firm.example", "phone": "138 0000 2222"}

    refused = client.post(address, typed | {"password": "wrong"})
    done = client.post(address, typed | {"password": build.PASSWORD}, follow=True)

    assert "密码不对" in refused.content.decode()
    assert "wang@firm.example" in done.content.decode()
    assert "未经核对" in done.content.decode()
    person.refresh_from_db()
    assert person.phone == "13800002222"


def test_guessing_the_password_is_slowed_down(person, as_user):
    client = as_user(person)
    typed = {"email": "a@b.example", "phone": person.phone, "password": "wrong"}

    answers = [client.post(reverse("registry:contacts"), typed).status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]


def test_choice_holds_for_what_comes_later(person, as_user, open_channels):
    client, address = as_user(person), reverse("registry:message_settings")
    client.post(address, {"case-email": "on", "title-sms": "on"})
    person.email = "wang@firm.example"
    person.save()

    for event in (Event.CASE_RETURNED, Event.TITLE_REVOKED):
        inbox.send([person], build.message("结果", event=event), key=event, at=AT)

    assert contacts.silenced(person) == {
        ("case", "sms"), ("title", "email"), ("people", "email"), ("people", "sms"),
    }  # fmt: skip
    left = Delivery.objects.exclude(notification__event="people.confirmed").order_by("pk")
    assert [(d.notification.event, d.channel) for d in left] == [
        ("case.returned", "email"),
        ("title.revoked", "sms"),
    ]
    page = client.get(address).content.decode()
    assert page.count("checked") == 2
    assert AuditEvent.objects.get(verb="account.reach").data == {"changed": ["channels"]}


def test_same_choice_again_leaves_no_trace(person, as_user, open_channels):
    client, address = as_user(person), reverse("registry:message_settings")
    for _ in range(2):
        client.post(address, {"case-email": "on"})

    assert AuditEvent.objects.filter(verb="account.reach").count() == 1


def test_choice_for_a_channel_outlives_its_closing(person, as_user, open_channels, settings):
    client, address = as_user(person), reverse("registry:message_settings")
    client.post(address, {"case-email": "on", "title-email": "on", "people-email": "on"})
    settings.MESSAGE_SMS_URL = ""
    client.post(address, {"case-email": "on"})

    assert contacts.silenced(person) == {
        ("case", "sms"), ("title", "sms"), ("people", "sms"),
        ("title", "email"), ("people", "email"),
    }  # fmt: skip


def test_page_says_that_nothing_leaves_the_portal(person, as_user):
    page = as_user(person).get(reverse("registry:message_settings")).content.decode()

    assert "平台尚未开通邮件和短信" in page
    assert "checkbox" not in page


def test_reader_keeps_his_own_addresses(person, as_user, open_channels):
    build.seated(person, Seat.READER)

    as_user(person).post(reverse("registry:message_settings"), {"case-email": "on"})
    change(person)

    trail = AuditEvent.objects.filter(verb="account.reach").order_by("pk")
    assert [line.data["changed"] for line in trail] == [["channels"], ["email"]]
