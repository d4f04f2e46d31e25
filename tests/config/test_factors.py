"""The second factor: forced on officers and experts, good once, counted, and reset by others."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from axes.models import AccessFailureLog
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from config import gate
from registry import factors
from registry.models import AuditEvent, GuessCount, Notification, User
from tests import build
from tests.authenticator import SECRET, code_at, give
from tests.rules import test_urls

SECURITY = "/account/security/"


@pytest.fixture(autouse=True)
def guards(settings):
    settings.SIGN_IN_GUARDS = True


@pytest.fixture
def clock(monkeypatch):
    """Codes go by this time, which the tests move on."""

    class Clock:
        now = 1_800_000_000

        def time(self):
            return self.now

    held = Clock()
    monkeypatch.setattr(totp, "time", held)
    return held


def with_authenticator(user):
    give(user)
    return user


def first_step(user, **where):
    client = Client(**where)
    answer = client.post("/login/", {"username": user.username, "password": build.PASSWORD})
    return client, answer


def second_step(client, code):
    return client.post("/login/second-step/", {"code": code})


def through(user, clock):
    client, _ = first_step(user)
    assert second_step(client, code_at(clock.now)).status_code == 302
    return client


@pytest.fixture
def expert(db):
    made = build.expert().user
    made.password, made.password_given = make_password(build.PASSWORD), False
    made.password_at = None  # since he was entered, which was now
    made.save()
    return made


def answers(client):
    """Status and place of every address, asked without following; of the API too."""
    for name, arguments in test_urls.ADDRESSES:
        if name in (*gate.ALWAYS, *gate.SETTING_UP, "account_onward", "admin:logout"):
            continue
        path = test_urls.sample_path(name, arguments)
        answer = client.get(path)
        yield name, answer.status_code, answer.get("Location", "")


@pytest.mark.parametrize("who", ["county_officer", "expert"])
def test_without_a_factor_no_address_of_the_business_opens(who, request):
    user = request.getfixturevalue(who)
    client, answer = first_step(user)
    assert answer.url == "/home/"

    opened = {
        name
        for name, status, place in answers(client)
        if not ((status, place) == (302, SECURITY) or (name.startswith("api:") and status == 403))
    }

    assert opened == set()


@pytest.mark.parametrize(("who", "page"), [("county_officer", "/home/"), ("expert", "/reviews/")])
def test_with_a_factor_the_pages_open(who, page, request, clock):
    user = with_authenticator(request.getfixturevalue(who))
    client = through(user, clock)

    assert client.get(page).status_code == 200
    assert client.get("/api/v1/register/").status_code == 200


def test_with_a_factor_no_address_is_held_up(expert, clock):
    client = through(with_authenticator(expert), clock)

    assert [name for name, _, place in answers(client) if place == SECURITY] == []


def test_what_was_wished_for_comes_after_setting_up(county_officer, clock):
    client, _ = first_step(county_officer)
    assert client.get("/desk/?tab=all").url == SECURITY
    assert "请先设置第二重验证" in client.get(SECURITY).content.decode()

    secret = client.get("/account/security/app/").context["form"].secret
    done = client.post("/account/security/app/", {"code": code_at(clock.now, secret)})

    assert done.url == reverse("mfa_view_recovery_codes")
    assert len(client.get(done.url).context["unused_codes"]) == 10
    assert client.get(SECURITY).context["wished"] == "/desk/?tab=all"
    assert client.get("/account/security/onward/").url == "/desk/?tab=all"
    assert client.get("/desk/").status_code == 200
    assert AuditEvent.objects.filter(verb="factor.add", actor_id=county_officer.pk).count() == 1
    assert Notification.objects.filter(recipient=county_officer, event="people.factor").exists()


def test_code_that_set_the_authenticator_up_signs_nobody_in(county_officer, clock):
    client, _ = first_step(county_officer)
    secret = client.get("/account/security/app/").context["form"].secret
    client.post("/account/security/app/", {"code": code_at(clock.now, secret)})

    again, _ = first_step(county_officer)

    assert second_step(again, code_at(clock.now, secret)).status_code == 200
    clock.now += 30
    assert second_step(again, code_at(clock.now, secret)).status_code == 302


def test_form_held_up_is_not_taken_as_sent(county_officer, clock):
    client, _ = first_step(county_officer)
    sent = {"once": "abc", "name": "x"}
    assert client.post(reverse("registry:contacts"), sent).url == SECURITY

    with_authenticator(county_officer)
    later = through(county_officer, clock)

    assert later.post(reverse("registry:contacts"), sent).get("Location") != SECURITY


def test_firms_people_are_free_and_asked_once_they_have_one(clock, changan):
    person = build.person_for(build.enterprise_at(changan))
    client, answer = first_step(person)
    assert client.get("/home/").status_code == 200

    with_authenticator(person)
    _, answer = first_step(person)

    assert answer.url == "/login/second-step/"


def test_second_step_bears_the_portals_name_and_offers_only_what_the_person_has(county_officer):
    client, answer = first_step(with_authenticator(county_officer))

    page = client.get(answer.url).content.decode()

    assert f"<title>第二重验证 - {settings.SITE['name']}</title>" in page
    assert "用通行密钥验证" not in page


@pytest.mark.parametrize(
    ("made_for_demo", "mode_is_demo", "held"),
    [(True, True, False), (True, False, True), (False, True, True)],
)
def test_only_demo_accounts_in_demo_mode_are_spared(
    county_officer, settings, made_for_demo, mode_is_demo, held
):
    settings.DEMO = mode_is_demo
    county_officer.made_for_demo = made_for_demo
    county_officer.save()
    client, _ = first_step(county_officer)

    assert (client.get("/home/").status_code == 302) == held


@pytest.mark.parametrize(("steps", "good"), [(-2, 0), (-1, 1), (0, 1), (1, 1), (2, 0)])
def test_one_step_off_is_good(county_officer, clock, steps, good):
    client, _ = first_step(with_authenticator(county_officer))

    answer = second_step(client, code_at(clock.now + steps * 30))

    assert (answer.status_code == 302) == bool(good)


def test_code_is_good_once_and_an_earlier_one_never_after(county_officer, clock):
    with_authenticator(county_officer)
    through(county_officer, clock)

    for past in (0, 30):
        client, _ = first_step(county_officer)
        assert second_step(client, code_at(clock.now - past)).status_code == 200
    clock.now += 60
    assert second_step(client, code_at(clock.now)).status_code == 302


def test_recovery_code_is_good_once(county_officer, clock):
    client, _ = first_step(county_officer)
    secret = client.get("/account/security/app/").context["form"].secret
    client.post("/account/security/app/", {"code": code_at(clock.now, secret)})
    [code, *_] = client.get("/account/security/codes/").context["unused_codes"]
    assert code in client.get("/account/security/codes/file/").content.decode()

    used, _ = first_step(county_officer)
    assert second_step(used, code).status_code == 302
    again, _ = first_step(county_officer)
    assert second_step(again, code).status_code == 200


def test_wrong_codes_are_counted_and_recorded(county_officer, clock):
    with_authenticator(county_officer)
    for _ in range(5):
        client, _ = first_step(county_officer)
        second_step(client, "000000")

    answer = second_step(client, code_at(clock.now))

    assert "尝试次数过多" in answer.content.decode()
    log = AccessFailureLog.objects.filter(username=county_officer.username)
    assert sorted(log.values_list("locked_out", flat=True)) == [False] * 5 + [True]
    GuessCount.objects.update(since=build.DAY - timedelta(days=3))
    assert second_step(client, code_at(clock.now)).status_code == 302


def test_password_alone_neither_shows_nor_changes_the_factors(county_officer, clock):
    early, _ = first_step(county_officer)
    with_authenticator(county_officer)

    paths = ["", "app/", "app/remove/", "codes/", "codes/new/", "passkey/"]
    places = {early.get(SECURITY + path).url.partition("?")[0] for path in paths}

    assert places == {"/confirm-identity/code/"}
    assert early.post(SECURITY + "app/remove/").status_code == 302
    assert factors.has_one(county_officer)


def test_last_factor_of_an_officer_stays(county_officer, clock):
    client = through(with_authenticator(county_officer), clock)

    assert client.post(SECURITY + "app/remove/").url == SECURITY
    assert factors.has_one(county_officer)


def test_firms_people_may_remove_the_last(clock, changan):
    person = with_authenticator(build.person_for(build.enterprise_at(changan)))
    client = through(person, clock)

    client.post(SECURITY + "app/remove/")

    assert not Authenticator.objects.filter(user=person).exists()
    assert AuditEvent.objects.filter(verb="factor.remove", actor_id=person.pk).exists()


def test_passkey_of_somebody_else_answers_like_none(county_officer, city_officer, clock):
    client = through(with_authenticator(county_officer), clock)
    theirs = Authenticator.objects.create(user=city_officer, type="webauthn", data={"name": "x"})

    answers = [client.post(f"{SECURITY}passkey/{n}/remove/") for n in (theirs.pk, 987_654)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_secret_in_the_database_is_encrypted(county_officer):
    stored = with_authenticator(county_officer).authenticator_set.get().data["secret"]

    assert SECRET not in stored


def test_secret_of_another_key_is_no_way_in(county_officer, clock, settings):
    with_authenticator(county_officer)
    settings.SECRET_KEY = "another-" * 8
    client, _ = first_step(county_officer)

    assert second_step(client, code_at(clock.now)).status_code == 200


def test_administrator_resets_anothers_factor(county_officer, clock):
    client = through(with_authenticator(county_officer), clock)
    admin = User.objects.create_superuser("root", password=build.PASSWORD, name="管理员")

    factors.reset(county_officer, by=admin, at=build.DAY)

    assert client.get("/home/").url.startswith("/login/")
    assert not factors.has_one(county_officer)
    assert AuditEvent.objects.get(verb="factor.reset").actor_id == admin.pk
    assert Notification.objects.filter(recipient=county_officer, event="people.factor").exists()


def test_nobody_resets_his_own_or_without_being_administrator(county_officer, city_officer):
    admin = User.objects.create_superuser("root", password=build.PASSWORD, name="管理员")

    with pytest.raises(ValidationError):
        factors.reset(with_authenticator(admin), by=admin, at=build.DAY)
    with pytest.raises(PermissionDenied):
        factors.reset(with_authenticator(county_officer), by=city_officer, at=build.DAY)
