"""Signing in by the province's unified identity, against a provider in a process of its own."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client

from registry import identities
from registry.models import AuditEvent, Event, Notification, User
from tests import authenticator, build
from tests.provider import faults
from tests.provider.running import running

BACK = "http://testserver/login/unified/back/"
RECORDS = "account_authentication_methods"
AMR = "amr"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with running(tmp_path_factory.mktemp("provider"), BACK) as url:
        yield url


@pytest.fixture(autouse=True)
def portal(settings, provider):
    settings.SIGN_IN_GUARDS = True
    settings.OIDC_SERVER_URL = provider
    settings.OIDC_CLIENT_ID = "portal"
    settings.OIDC_CLIENT_SECRET = faults.SECRET
    authenticator.forget()


@pytest.fixture
def person(changan):
    return build.person_for(build.enterprise_at(changan))


def signed_in(user):
    client = Client()
    client.post("/login/", {"username": user.username, "password": build.PASSWORD})
    return client


def later(client, minutes=16):
    session = client.session
    for one in session[RECORDS]:
        one["at"] -= minutes * 60
    session.save()


def asked(client, path="/login/unified/", **given):
    """Where the portal sends the browser."""
    page = client.post(path, given)
    address = page["Refresh"].removeprefix("0; url=")
    assert re.search(r'href="([^"]+identity[^"]+)"', page.content.decode())[1] == address.replace(
        "&", "&amp;"
    )
    return address


def through(address, name, fault=""):
    """Sign in at the provider, over HTTP; the address with which it sends the browser back."""
    with requests.Session() as browser:
        where = urlsplit(address)
        entry = f"{where.scheme}://{where.netloc}/login/"
        browser.post(entry, {"name": name, "fault": fault}, timeout=5)
        answer = browser.get(address, allow_redirects=False, timeout=5)
    assert answer.headers["Location"].startswith(BACK)
    return answer.headers["Location"].removeprefix("http://testserver")


def by_provider(client, name, fault="", path="/login/unified/", **given):
    return client.get(through(asked(client, path, **given), name, fault))


def subject_of(name):
    return identities.Subject(settings.OIDC_SERVER_URL, name)


def linked(person, name="li"):
    identities.link(person, subject_of(name), at=build.DAY)


def is_in(client):
    return "_auth_user_id" in client.session


def text(answer):
    return answer.content.decode()


# --- the way through -------------------------------------------------


def test_linked_person_signs_in(person):
    client = signed_in(person)
    by_provider(client, "li", path="/account/security/unified/link/")

    assert "解除关联" in text(client.get("/account/security/"))
    assert AuditEvent.objects.filter(verb="identity.link", actor_id=person.pk).count() == 1
    assert Notification.objects.filter(recipient=person, event=Event.PEOPLE_FACTOR).count() == 1

    stranger = Client()
    answer = by_provider(stranger, "li", next="/messages/")

    assert (answer.url, is_in(stranger)) == ("/messages/", True)
    kept = SocialAccount.objects.get(user=person)
    assert sorted(kept.extra_data) == ["iss", "sub"]
    assert kept.last_login > kept.date_joined


def test_second_factor_is_asked_all_the_same(person):
    linked(person)
    authenticator.give(person)
    client = Client()

    answer = by_provider(client, "li", AMR)

    assert (answer.url, is_in(client)) == ("/login/second-step/", False)
    client.post("/login/second-step/", {"code": authenticator.code_for(person.username)})
    assert is_in(client)


@pytest.mark.parametrize(
    ("setting", "value", "claim"), [("AMR", "otp", "amr"), ("ACR", "level-3", "acr")]
)
def test_providers_factor_counts_where_a_setting_says_so(person, settings, setting, value, claim):
    linked(person)
    authenticator.give(person)
    setattr(settings, f"OIDC_FACTOR_{setting}", [value])
    client, unasked = Client(), Client()

    by_provider(client, "li", claim)
    by_provider(unasked, "li")

    assert (is_in(client), is_in(unasked)) == (True, False)


def test_officer_without_factor_is_led_to_it(shijiazhuang):
    officer = build.officer_of(shijiazhuang)
    linked(officer)
    client = Client()
    by_provider(client, "li")

    assert client.get("/home/").url == "/account/security/"


# --- linking ---------------------------------------------------------


@pytest.mark.parametrize("act", ["link", "unlink"])
def test_linking_needs_a_fresh_proof(person, act):
    client = signed_in(person)
    later(client)

    answer = client.post(f"/account/security/unified/{act}/")

    assert answer.url.startswith("/confirm-identity/")


def test_providers_word_is_no_proof(person):
    linked(person)
    client = Client()
    by_provider(client, "li")

    answer = client.post("/account/security/unified/unlink/")

    assert answer.url.startswith("/confirm-identity/")


def test_subject_is_linked_once(person, changan):
    linked(person)
    other = build.person_for(build.enterprise_at(changan), name="别人")
    client = signed_in(other)

    by_provider(client, "li", path="/account/security/unified/link/")

    assert "已关联本平台的另一个账号" in text(client.get("/account/security/"))
    assert list(SocialAccount.objects.values_list("user", flat=True)) == [person.pk]


def test_account_has_one_subject(person):
    linked(person)
    with pytest.raises(ValidationError, match="先解除原来的关联"):
        identities.link(person, subject_of("zhang"), at=build.DAY)


def test_link_begun_by_another_person_is_not_made(person, changan):
    client = signed_in(person)
    back = through(asked(client, "/account/security/unified/link/"), "li")
    session = client.session
    for state, *_ in session["socialaccount_states"].values():
        state["user"] = person.pk + 1
    session.save()

    assert client.get(back).status_code == 400
    assert not SocialAccount.objects.exists()


def test_unlinked_subject_signs_nobody_in(person):
    linked(person)
    client = signed_in(person)

    client.post("/account/security/unified/unlink/")

    assert AuditEvent.objects.filter(verb="identity.unlink", actor_id=person.pk).count() == 1
    assert by_provider(Client(), "li").status_code == 403


def test_lost_password_takes_the_link_along(person):
    linked(person)
    identities.forget(person)

    assert by_provider(Client(), "li").status_code == 403


# --- refused ---------------------------------------------------------


def test_unknown_subject_is_told_what_to_do(person):
    User.objects.filter(pk=person.pk).update(email="li@example.cn")
    before, client = User.objects.count(), Client()

    answer = by_provider(client, "li")

    assert answer.status_code == 403
    assert "还没有关联本平台的账号" in text(answer)
    assert (User.objects.count(), is_in(client)) == (before, False)


WRONG = [
    "nonce", "no nonce", "audience", "party", "issuer", "expired", "no end", "signature",
    "payload", "unsigned", "by the secret",
]  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_token_signs_nobody_in(person, fault):
    linked(person, "li")
    client = Client()

    answer = by_provider(client, "zhang" if fault == "payload" else "li", fault)

    assert (answer.status_code, is_in(client)) == (400, False)
    assert "未通过核对" in text(answer)


def test_state_is_of_one_browser_and_once(person):
    linked(person)
    client = Client()
    back = through(asked(client), "li")
    changed = re.sub(r"state=[^&]+", "state=another", back)

    assert Client().get(back).status_code == 400
    assert client.get(changed).status_code == 400
    assert client.get("/login/unified/back/").status_code == 400
    assert not is_in(client)
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 400


def test_code_of_another_browser_is_refused(person):
    """Put under one's own state, it fails the provider's check of the verifier (PKCE)."""
    linked(person)
    stolen = parse_qs(urlsplit(through(asked(Client()), "li")).query)["code"][0]
    client = Client()
    state = parse_qs(urlsplit(asked(client)).query)["state"][0]

    answer = client.get("/login/unified/back/", {"code": stolen, "state": state})

    assert (answer.status_code, is_in(client)) == (400, False)


def test_request_adds_nothing_to_what_is_asked(db):
    address = asked(Client(), "/login/unified/?scope=admin&auth_params=prompt%3Dnone")
    query = parse_qs(urlsplit(address).query)

    assert sorted(query) == [
        "client_id", "code_challenge", "code_challenge_method", "nonce", "redirect_uri",
        "response_type", "scope", "state",
    ]  # fmt: skip
    assert (query["scope"], query["code_challenge_method"]) == (["openid"], ["S256"])


def test_foreign_address_is_not_led_to(person):
    linked(person)

    assert by_provider(Client(), "li", next="https://evil.example/").url == "/home/"


def test_account_that_was_shut_is_refused(person):
    linked(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    client = Client()

    answer = by_provider(client, "li")

    assert (answer.url, is_in(client)) == ("/login/", False)
    assert "已停用" in text(client.get("/login/"))


def test_provider_that_is_down_is_said_to_be(person, settings):
    linked(person)
    client = Client()
    assert by_provider(client, "li", "down").status_code == 400
    back = through(asked(client), "li")
    settings.OIDC_SERVER_URL = "http://127.0.0.1:9"

    for answer in (client.post("/login/unified/"), client.get(back)):
        assert answer.status_code == 503
        assert "暂时不能使用" in text(answer)


def test_provider_of_another_name_is_not_believed(db, settings, provider):
    settings.OIDC_SERVER_URL = provider.replace("127.0.0.1", "localhost")

    assert Client().post("/login/unified/").status_code == 503


def test_cancelled_there_leads_back(db):
    client = Client()
    state = parse_qs(urlsplit(asked(client)).query)["state"][0]

    answer = client.get("/login/unified/back/", {"error": "access_denied", "state": state})

    assert answer.url == "/login/"


# --- without a provider ----------------------------------------------


def test_without_provider_nothing_is_there(person, settings):
    assert "统一身份认证登录" in text(Client().get("/login/"))

    settings.OIDC_SERVER_URL = ""
    client = signed_in(person)

    assert "统一身份认证" not in text(Client().get("/login/"))
    assert "统一身份认证" not in text(client.get("/account/security/"))
    for path in (
        "/login/unified/",
        *(f"/account/security/unified/{one}/" for one in ("link", "unlink")),
    ):
        assert client.post(path).status_code == 404
    assert Client().post("/login/unified/").status_code == 404
    assert Client().get("/login/unified/back/").status_code == 404
