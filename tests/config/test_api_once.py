"""The same call twice is carried out once; a killed one is taken over; another body is refused."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connections
from django.test import Client

from config.api.resources import router
from registry import idempotency
from registry.models import IdempotencyKey
from tests import build

AT = build.DAY
UNSAFE = {"post", "put", "patch", "delete"}
WORDS = {"action": "reject", "opinion": "不符合"}


@pytest.fixture(autouse=True)
def _that_day():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def case(city_officer, changan):
    return build.application_at("submitted", factory=build.factory_at(changan))


def send(client, case, body=WORDS, key="k-1", act="act"):
    return client.post(
        f"/api/v1/applications/{case.pk}/{act}/",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )


def test_same_call_twice_is_one_act_and_one_answer(as_user, city_officer, case):
    client = as_user(city_officer)

    first, second = send(client, case), send(client, case)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content
    assert [one.headers.get("Idempotency-Replayed") for one in (first, second)] == [None, "true"]
    assert case.decisions.filter(action="reject").count() == 1


def test_other_body_under_the_same_key_is_refused(as_user, city_officer, case):
    client = as_user(city_officer)
    send(client, case)

    answer = send(client, case, WORDS | {"opinion": "另一意见"})

    assert (answer.status_code, answer.json()["codes"]) == (422, ["key_reused"])


def test_refused_call_leaves_its_key_free(as_user, city_officer, case):
    client = as_user(city_officer)

    refused = send(client, case, {"action": "reject"})

    assert (refused.status_code, IdempotencyKey.objects.count()) == (400, 0)
    assert send(client, case).status_code == 200


def test_application_must_give_a_key_and_a_browser_may(as_user, city_officer, case):
    _, secret = build.token(city_officer, "act")
    application = Client(headers={"Authorization": f"Bearer {secret}"})

    assert send(application, case, key="").json()["codes"] == ["key_missing"]
    assert send(as_user(city_officer), case, key="ä").status_code == 400
    assert send(as_user(city_officer), case, key="").status_code == 200


def test_killed_call_is_taken_over_after_its_lease(as_user, city_officer, case):
    sent = [None, WORDS]
    address = f"/api/v1/applications/{case.pk}/act/"
    killed = idempotency.call(city_officer, "k-1", "POST", address, sent, at=AT)
    idempotency.claimed(killed)  # and then nothing more
    client = as_user(city_officer)

    early = send(client, case)
    with time_machine.travel(AT + idempotency.LEASE, tick=False):
        late = send(client, case)

    assert (early.status_code, early.json()["codes"]) == (409, ["in_flight"])
    assert int(early["Retry-After"]) == early.json()["retry_after"] <= 61
    assert (late.status_code, case.decisions.filter(action="reject").count()) == (200, 1)


def test_keys_of_two_people_are_strangers(as_user, city_officer, shijiazhuang, case):
    other = build.officer(shijiazhuang)

    assert send(as_user(city_officer), case).status_code == 200
    assert send(as_user(other), case).status_code == 403


def test_keys_are_forgotten_after_a_week(as_user, city_officer, case):
    send(as_user(city_officer), case)

    assert idempotency.forget(AT + timedelta(days=7)) == 0
    assert idempotency.forget(AT + timedelta(days=7, seconds=1)) == 1


def test_every_act_of_the_api_is_carried_out_once():
    bare = []
    for prefix, viewset, _ in router.registry:
        for route in router.get_routes(viewset):
            for method, name in route.mapping.items():
                handler = getattr(viewset, name, None)
                if method in UNSAFE and handler and not getattr(handler, "is_once", False):
                    bare.append((prefix, name))

    assert bare == []


@pytest.mark.django_db(transaction=True)
def test_six_at_the_same_moment_make_one_act(city_officer, case):
    racers = 6
    start = Barrier(racers)

    def race(_):
        client = Client()
        client.force_login(city_officer, backend="django.contrib.auth.backends.ModelBackend")
        start.wait(timeout=30)
        try:
            answer = send(client, case)
            return answer.status_code, json.dumps(answer.json().get("status"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(racers) as pool:
        answers = list(pool.map(race, range(racers)))
    again = send_again(city_officer, case)

    assert {status for status, _ in answers} <= {200, 409}
    assert 200 in {status for status, _ in answers}
    assert {told for status, told in answers if status == 200} == {'"rejected"'}
    assert case.decisions.filter(action="reject").count() == 1
    assert again.headers["Idempotency-Replayed"] == "true"


def send_again(user, case):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return send(client, case)
