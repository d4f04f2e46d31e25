"""Passwords that run out, and first ones that somebody else knows."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from registry import passwords
from registry.models import User
from tests import authenticator, build

FRESH = "Mq7-vRt2pk-neu"


@pytest.fixture(autouse=True)
def guards(settings):
    settings.SIGN_IN_GUARDS = True
    authenticator.forget()


@pytest.fixture
def officer(county_officer):
    authenticator.give(county_officer)
    return county_officer


def signed_in(user):
    client = Client()
    client.post("/login/", {"username": user.username, "password": build.PASSWORD})
    answer = client.post("/login/second-step/", {"code": authenticator.code_for(user.username)})
    assert answer.status_code == 302
    return client


def change(client, fresh=FRESH):
    fields = {"oldpassword": build.PASSWORD, "password1": fresh, "password2": fresh}
    return client.post("/password/", fields)


def aged(user, days):
    user.password_at = timezone.now() - timedelta(days=days)
    user.save()


@pytest.mark.parametrize(("days", "held"), [(89, False), (90, True), (91, True)])
def test_officers_password_runs_out(officer, days, held):
    aged(officer, days)
    client = signed_in(officer)

    answer = client.get("/desk/?tab=all")

    assert (answer.status_code == 302) == held
    if held:
        assert answer.url == "/password/"
        assert "密码已使用 90 天" in client.get("/password/").content.decode()
        assert client.get("/api/v1/applications/").status_code == 403
        assert change(client).url == "/desk/?tab=all"
        assert client.get("/desk/").status_code == 200


def test_firms_password_does_not_run_out(changan):
    person = build.person_for(build.enterprise_at(changan))
    aged(person, 400)
    client = Client()
    client.post("/login/", {"username": person.username, "password": build.PASSWORD})

    assert client.get("/home/").status_code == 200


def test_password_does_not_run_out_under_asvs(officer, settings):
    settings.PASSWORD_PROFILE = "asvs"
    aged(officer, 400)

    assert signed_in(officer).get("/home/").status_code == 200


def test_password_given_by_somebody_else_is_changed_first(officer):
    passwords.given(officer, at=timezone.now())
    client = signed_in(officer)

    assert client.get("/home/").url == "/password/"
    change(client)

    officer.refresh_from_db()
    assert not officer.password_given
    assert client.get("/home/").status_code == 200


def test_same_password_again_is_no_change(officer):
    passwords.given(officer, at=timezone.now())
    client = signed_in(officer)

    assert "用过的相同" in change(client, build.PASSWORD).content.decode()
    assert client.get("/home/").url == "/password/"


def test_account_made_by_an_administrator_has_to_change(client, world):
    root = User.objects.create_superuser("root", password=build.PASSWORD, name="管理员")
    authenticator.give(root)
    client = signed_in(root)
    fields = {"username": "new-one", "name": "新人", "role": "", "seat": "editor", "phone": ""}
    passwords_ = {"password1": FRESH, "password2": FRESH, "usable_password": "true"}

    client.post("/admin/registry/user/add/", fields | passwords_)

    assert User.objects.get(username="new-one").password_given


def test_experts_first_password_has_to_change(db):
    assert build.expert().user.password_given


def test_page_says_what_is_asked_before_one_types(officer):
    page = signed_in(officer).get("/password/").content.decode()

    assert "至少 10 位" in page
    assert "<li>大写、小写字母、数字、符号至少 3 种</li>" in page
