"""Before a dangerous act a person shows once more who he is; what he had typed is done once."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from config import reproof
from registry.access import Seat
from registry.models import AuditEvent
from tests import authenticator, build
from tests.rules import test_urls

RECORDS = "account_authentication_methods"


@pytest.fixture(autouse=True)
def guards(settings):
    settings.SIGN_IN_GUARDS = True
    authenticator.forget()


@pytest.fixture
def firm(changan):
    return build.enterprise_at(changan)


@pytest.fixture
def manager(firm):
    return build.seated(build.person_for(firm), Seat.MANAGER)


@pytest.fixture
def colleague(firm, manager):
    return build.person_for(firm, name="同事")


def signed_in(user, **more):
    client = Client(**more)
    client.post("/login/", {"username": user.username, "password": build.PASSWORD})
    return client


def later(client, minutes=16):
    session = client.session
    for one in session[RECORDS]:
        one["at"] -= minutes * 60
    session.save()
    return client


def prove(client, answer):
    """Give the password where the answer leads; returns where it leads from there."""
    page = client.get(answer.url)
    onward = re.search(r'name="next" value="([^"]+)"', page.content.decode())[1]
    fields = {"password": build.PASSWORD, "next": onward}
    return client.post("/confirm-identity/", fields).url


def fields_of(page):
    """What the page would send by one press."""
    text = page.content.decode().split('enctype="multipart/form-data"')[1]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text))


def test_table_names_addresses_that_exist():
    names = {name for name, _ in test_urls.ADDRESSES}

    assert {*reproof.ACTS, *reproof.ON_SENDING} - names == set()


def test_fresh_sign_in_is_proof_enough(manager, colleague):
    client = signed_in(manager)

    assert client.get(reverse("registry:seat", args=[colleague.pk])).status_code == 200


def test_form_is_asked_about_when_it_is_opened(manager, colleague):
    path = reverse("registry:seat", args=[colleague.pk])
    client = later(signed_in(manager))

    answer = client.get(path)

    assert answer.url.startswith("/confirm-identity/?next=")
    assert "席位决定同事能看什么" in client.get(answer.url).content.decode()
    assert prove(client, answer) == path
    assert client.get(path).status_code == 200


def test_what_was_typed_is_done_after_the_proof_and_once(manager, colleague):
    path = reverse("registry:seat", args=[colleague.pk])
    client = signed_in(manager)
    client.get(path)
    later(client)

    answer = client.post(path, {"seat": Seat.READER, "once": "a-number"})
    colleague.refresh_from_db()
    assert colleague.seat == Seat.EDITOR
    onward = prove(client, answer)
    assert onward == "/confirm-identity/go-on/"
    kept = fields_of(client.get(onward))
    assert {key: kept[key] for key in ("seat", "once")} == {"seat": "reader", "once": "a-number"}
    for _ in range(2):
        client.post(path, kept)

    colleague.refresh_from_db()
    assert colleague.seat == Seat.READER
    assert AuditEvent.objects.filter(verb="person.seat").count() == 1
    assert client.get(onward).status_code == 302


def test_wrong_password_is_no_proof(manager, colleague):
    path = reverse("registry:seat", args=[colleague.pk])
    client = later(signed_in(manager))
    answer = client.get(path)

    client.post(answer.url, {"password": "wrong-horse-2026", "next": path})

    assert client.get(path).status_code == 302


def test_code_is_proof_as_well(county_officer):
    authenticator.give(county_officer)
    client = signed_in(county_officer)
    client.post("/login/second-step/", {"code": authenticator.code_for(county_officer.username)})
    later(client)
    path = reverse("mfa_view_recovery_codes")
    assert client.get(path).status_code == 302

    code = authenticator.code_for(county_officer.username)
    client.post("/confirm-identity/code/", {"code": code, "next": path})

    assert client.get(path).status_code == 404  # no codes yet, but let in


def test_files_are_asked_for_again(county_officer):
    authenticator.give(county_officer)
    client = signed_in(county_officer)
    client.post("/login/second-step/", {"code": authenticator.code_for(county_officer.username)})
    later(client)
    sent = {"reason": "<b>两行\n文字</b>", "file": SimpleUploadedFile("决定.pdf", b"%PDF-1.7")}

    answer = client.post(reverse("tiers:revocation_decide", args=[1]), sent)
    page = client.get(prove(client, answer)).content.decode()

    assert "&lt;b&gt;两行\n文字&lt;/b&gt;" in page
    assert "附件须重新选择：决定.pdf" in page


def test_passwords_are_not_kept(manager):
    client = later(signed_in(manager))
    client.post(
        reverse("admin:auth_user_password_change", args=[1]),
        {"password1": "Mq7-vRt2pk", "password2": "Mq7-vRt2pk"},
    )

    assert "Mq7" not in str(dict(client.session))


def test_form_that_others_made_a_browser_send_is_refused_not_kept(manager, colleague):
    client = Client(enforce_csrf_checks=True)
    token = re.search(
        r'csrfmiddlewaretoken" value="([^"]+)"', client.get("/login/").content.decode()
    )[1]
    client.post(
        "/login/",
        {
            "username": manager.username,
            "password": build.PASSWORD,
            "csrfmiddlewaretoken": token,
        },
    )
    later(client)

    answer = client.post(reverse("registry:seat", args=[colleague.pk]), {"seat": "reader"})

    assert answer.status_code == 403
    assert reproof.SENT not in client.session


def test_every_act_asks_an_officer(county_officer):
    authenticator.give(county_officer)
    client = signed_in(county_officer)
    client.post("/login/second-step/", {"code": authenticator.code_for(county_officer.username)})
    later(client)
    arguments = dict(test_urls.ADDRESSES)

    places = {
        name: client.post(test_urls.sample_path(name, arguments[name])).get("Location", "")
        for name in (*reproof.ACTS, *reproof.ON_SENDING)
    }

    assert {name for name, to in places.items() if not to.startswith("/confirm-identity/")} == set()


def test_field_that_asks_again_shows_nothing_in_it(manager):
    page = later(signed_in(manager)).get("/confirm-identity/").content.decode()

    assert 'type="password" name="password"' in page
    assert "placeholder" not in page
