"""Signing in: the field names, the lock-out, and no way to sign up past our own page."""

import pytest
import structlog
from django.conf import settings
from django.urls import NoReverseMatch, reverse

from registry.models import User

RIGHT, WRONG = "correct-horse-2026", "wrong-horse-2026"


@pytest.fixture
def officer(db):
    return User.objects.create_user("li-na", password=RIGHT, name="李娜")


def sign_in(client, password, username="li-na"):
    return client.post("/login/", {"username": username, "password": password})


def test_right_password_signs_in(client, officer):
    answer = sign_in(client, RIGHT)

    assert (answer.status_code, answer.url) == (302, "/home/")
    assert client.session["_auth_user_id"] == str(officer.pk)


def test_page_asked_for_comes_first_after_signing_in(client, officer):
    answer = client.post(
        "/login/?next=/messages/", {"username": "li-na", "password": RIGHT, "next": "/messages/"}
    )

    assert answer.url == "/messages/"


def test_address_of_a_stranger_is_no_place_to_go_on_to(client, officer):
    answer = client.post(
        "/login/", {"username": "li-na", "password": RIGHT, "next": "https://evil.example/"}
    )

    assert answer.url == "/home/"


def test_both_outcomes_leave_a_line_in_the_log(client, officer):
    with structlog.testing.capture_logs() as lines:
        sign_in(client, WRONG)
        sign_in(client, RIGHT)

    assert [(line["event"], line["user"]) for line in lines] == [
        ("sign-in refused", "li-na"),
        ("signed in", "li-na"),
    ]
    assert RIGHT not in str(lines)
    assert WRONG not in str(lines)


def test_wrong_password_and_unknown_name_say_the_same(client, officer):
    wrong = sign_in(client, WRONG).context["form"].errors
    unknown = sign_in(client, WRONG, username="nobody").context["form"].errors

    assert wrong == unknown
    assert set(wrong) == {"__all__"}
    assert "_auth_user_id" not in client.session


def test_sixth_attempt_is_refused_even_with_the_right_password(client, officer):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, WRONG)

    answer = sign_in(client, RIGHT)

    assert answer.status_code == 429
    assert "以后再登录" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_lock_out_of_one_place_leaves_the_person_elsewhere(client, officer):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, WRONG)

    elsewhere = client.post(
        "/login/", {"username": "li-na", "password": RIGHT}, REMOTE_ADDR="198.51.100.7"
    )

    assert elsewhere.status_code == 302


def test_page_bears_the_portals_name(client, db):
    assert (
        f"<title>登录 - {settings.SITE['name']}</title>" in client.get("/login/").content.decode()
    )


def test_there_is_no_other_way_to_sign_up():
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


def test_name_typed_in_full_width_letters_is_the_same(client, officer):
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in officer.username)

    assert sign_in(client, RIGHT, username=wide).status_code == 302
