"""Guessing is limited, and nobody shuts somebody else out of his own browser."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessFailureLog
from django.contrib.auth import hashers
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import lockout
from registry.models import GuessCount, User
from tests import build

RIGHT, WRONG = build.PASSWORD, "wrong-horse-2026"


@pytest.fixture
def officer(county_officer):
    return county_officer


@pytest.fixture
def verified(monkeypatch):
    """Counts how often a password is really compared."""
    seen, compare = [], hashers.MD5PasswordHasher.verify

    def verify(self, password, encoded):
        seen.append(password)
        return compare(self, password, encoded)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "verify", verify)
    return seen


def attempt(client, password, username="county-changan", **more):
    return client.post("/login/", {"username": username, "password": password}, **more)


def at(number):
    return {"REMOTE_ADDR": f"198.51.100.{number}"}


def test_stranger_cannot_shut_a_person_out_of_his_browser(officer):
    own = Client(REMOTE_ADDR="192.0.2.7")
    assert attempt(own, RIGHT).status_code == 302
    own.post("/logout/")
    for number in range(40):
        attempt(Client(), WRONG, **at(number))
        attempt(Client(REMOTE_ADDR="192.0.2.7"), WRONG)  # behind the same address, too

    assert attempt(own, RIGHT).status_code == 302


def test_stranger_does_not_hinder_the_proof_either(officer):
    own = Client(REMOTE_ADDR="192.0.2.7")
    attempt(own, RIGHT)
    for number in range(12):
        attempt(Client(), WRONG, **at(number))

    answer = own.post("/confirm-identity/", {"password": RIGHT, "next": "/home/"})

    assert (answer.status_code, answer.get("Location")) == (302, "/home/")


def test_administrator_reads_what_was_refused_and_changes_nothing(officer, client):
    root = User.objects.create_superuser("root", password=RIGHT, name="管理员")
    attempt(Client(), WRONG)
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    row = AccessFailureLog.objects.get()

    assert "county-changan" in client.get("/admin/axes/accessfailurelog/").content.decode()
    assert client.post(f"/admin/axes/accessfailurelog/{row.pk}/delete/").status_code == 403


def test_known_browser_is_limited_as_well(officer):
    own = Client()
    attempt(own, RIGHT)
    own.post("/logout/")

    statuses = [attempt(own, WRONG).status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]
    assert attempt(own, RIGHT).status_code == 429


def test_cookie_of_one_person_opens_no_other_name(officer, city_officer):
    own = Client()
    attempt(own, RIGHT)
    own.post("/logout/")

    statuses = [attempt(own, WRONG, city_officer.username).status_code for _ in range(6)]

    assert statuses[-1] == 429
    assert GuessCount.objects.filter(key__startswith="pair:").count() > 0


def test_forged_cookie_is_no_known_browser(officer):
    forged = Client()
    forged.cookies[lockout.COOKIE] = "eyJpZCI6IngiLCJwZW9wbGUiOlsiYSJdfQ:1abcde:forged"
    for number in range(12):
        attempt(Client(), WRONG, **at(number))

    assert attempt(forged, RIGHT).status_code == 429


def test_many_addresses_get_ten_looks_at_one_account(officer, verified):
    for number in range(60):
        attempt(Client(), WRONG, **at(number))

    assert len(verified) == 10


def test_one_address_gets_thirty_looks_at_all_accounts(officer):
    statuses = [attempt(Client(), WRONG, f"somebody-{n}").status_code for n in range(32)]

    assert statuses.count(429) == 2
    assert attempt(Client(), RIGHT).status_code == 429
    assert attempt(Client(), RIGHT, **at(1)).status_code == 302


def test_header_written_by_the_asker_makes_no_other_address(officer, settings):
    statuses = [
        attempt(Client(), WRONG, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}").status_code
        for n in range(6)
    ]

    assert statuses[-1] == 429


def test_addresses_of_one_network_are_one(officer):
    statuses = [
        attempt(Client(), WRONG, REMOTE_ADDR=f"2001:db8:1:2::{n}").status_code for n in range(6)
    ]

    assert statuses[-1] == 429


def test_writing_the_name_otherwise_makes_no_other_count(officer):
    names = ["county-changan", "COUNTY-changan", " county-changan ", "County-Changan"] * 2
    statuses = [attempt(Client(), WRONG, name).status_code for name in names]

    assert statuses[5:] == [429] * 3


def test_refused_attempt_is_recorded_and_says_until_when(officer):
    for _ in range(5):
        attempt(Client(), WRONG)

    answer = attempt(Client(), RIGHT)

    until = timezone.localtime(GuessCount.objects.get(key__startswith="pair").since)
    assert f"{until + lockout.WINDOW:%H:%M}" in answer.content.decode()
    log = AccessFailureLog.objects.order_by("pk").values_list("locked_out", flat=True)
    assert list(log) == [False] * 5 + [True]


def test_delay_ends_by_itself(officer):
    for _ in range(5):
        attempt(Client(), WRONG)
    with time_machine.travel(timezone.now() + timedelta(minutes=14), tick=False):
        assert attempt(Client(), RIGHT).status_code == 429
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert attempt(Client(), RIGHT).status_code == 302


def test_right_passwords_are_not_counted(officer):
    statuses = [attempt(Client(), RIGHT).status_code for _ in range(12)]

    assert statuses == [302] * 12


def test_unknown_name_costs_a_hash_and_the_same_refusals(officer, monkeypatch):
    encoded = []
    encode = hashers.MD5PasswordHasher.encode

    def counted(self, password, salt):
        encoded.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
    known = [attempt(Client(), WRONG, **at(1)) for _ in range(6)]
    of_known = len(encoded)
    unknown = [attempt(Client(), WRONG, "nobody-here", **at(2)) for _ in range(6)]

    assert of_known == len(encoded) - of_known == 5
    assert [one.status_code for one in known] == [one.status_code for one in unknown]


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_all_count(transactional_db, verified):
    build.world()
    build.officer(build.authority("130102"), username="county-changan")

    def guess(number):
        try:
            return attempt(Client(), WRONG, **at(number)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(guess, range(24)))

    assert len(verified) == 10
    assert statuses.count(429) == 14
