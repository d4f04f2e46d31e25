"""Tokens of the API: shown once, never more than their owner, dead with his place."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from registry import enterprises, tokens
from registry.access import Role, Seat, business_date
from registry.models import ApiToken, AuditEvent, Notification, User
from tests import build

AT = build.DAY
TODAY = business_date(AT)
CASES = "/api/v1/applications/"
LIST, NEW = "/account/tokens/", "/account/tokens/new/"


@pytest.fixture(autouse=True)
def _that_day():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def case(city_officer, changan):
    return build.application_at("submitted", factory=build.factory_at(changan))


def application(secret):
    """An application: no cookies, a token."""
    return Client(headers={"Authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)


def reject(client, case):
    body = {"action": "reject", "opinion": "不符合"}
    headers = {"Idempotency-Key": "reject-1"}
    return client.post(
        f"{CASES}{case.pk}/act/", body, content_type="application/json", headers=headers
    )


def test_token_has_the_eyes_of_its_owner(city_officer, other_city_officer, case):
    own = application(build.token(city_officer)[1])
    other = application(build.token(other_city_officer)[1])

    assert [row["id"] for row in own.get(CASES).json()["results"]] == [case.pk]
    assert other.get(CASES).json()["results"] == []
    assert other.get(f"{CASES}{case.pk}/").status_code == 404


def test_token_to_read_changes_nothing(city_officer, case):
    answer = reject(application(build.token(city_officer)[1]), case)

    assert (answer.status_code, answer.json()["detail"]) == (403, "这个令牌只能读取，不能办理。")


def test_token_to_act_acts_and_the_trail_says_so(city_officer, case):
    made, secret = build.token(city_officer, "act")

    answer = reject(application(secret), case)

    line = AuditEvent.objects.get(verb="application.reject")
    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    assert line.actor_name.endswith("（应用：ERP 系统）")
    assert (line.actor_id, line.data["token"]) == (city_officer.pk, made.prefix)


@pytest.mark.parametrize(
    "kill",
    [
        lambda made, user: tokens.revoke(made, by=user, at=AT),
        lambda made, user: User.objects.filter(pk=user.pk).update(is_active=False),
        lambda made, user: User.objects.filter(pk=user.pk).update(
            authority=user.authority.parent, role=Role.PROVINCE
        ),
        lambda made, user: ApiToken.objects.update(ends_on=TODAY - timedelta(days=1)),
    ],
    ids=["revoked", "account shut", "another office", "run out"],
)
def test_token_dies(city_officer, kill):
    made, secret = build.token(city_officer)
    client = application(secret)
    before = client.get(CASES).status_code

    kill(made, city_officer)
    answer = client.get(CASES)

    assert (before, answer.status_code, answer.json()["codes"]) == (200, 401, ["unauthenticated"])
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_token_of_somebody_who_became_a_reader_acts_no_more(city_officer, case):
    _, secret = build.token(city_officer, "act")
    User.objects.filter(pk=city_officer.pk).update(seat=Seat.READER)

    assert reject(application(secret), case).status_code == 403


def test_invented_token_is_refused_on_public_resources_too(db):
    assert application("sfr_x").get("/api/v1/register/").status_code == 401


def test_only_the_digest_is_kept_and_use_is_noted_hourly(city_officer):
    made, secret = build.token(city_officer)
    client, noted = application(secret), []
    for minutes in (0, 30, 61):
        with time_machine.travel(AT + timedelta(minutes=minutes), tick=False):
            client.get(CASES)
        made.refresh_from_db()
        noted.append(made.last_used_at - AT)

    assert secret not in str(ApiToken.objects.values_list())
    assert noted == [timedelta(0), timedelta(0), timedelta(minutes=61)]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (tokens.Terms(" ", "read", TODAY), "name"),
        (tokens.Terms("ERP", "all", TODAY), "scope"),
        (tokens.Terms("ERP", "read", TODAY - timedelta(days=1)), "ends_on"),
        (tokens.Terms("ERP", "read", TODAY + timedelta(days=366)), "ends_on"),
    ],
)
def test_terms_are_checked(city_officer, terms, field):
    with pytest.raises(ValidationError) as refusal:
        tokens.issue(terms, password=build.PASSWORD, by=city_officer, at=AT)

    assert list(refusal.value.message_dict) == [field]


def test_reader_gets_no_hands(city_officer):
    city_officer.seat = Seat.READER
    city_officer.save()

    with pytest.raises(ValidationError):
        build.token(city_officer, "act")
    assert build.token(city_officer)[0].scope == "read"


def test_manager_ends_the_token_of_a_colleague_and_nobody_else_does(staff, city_officer):
    colleague = build.person_for(staff.enterprise)
    made, _ = build.token(colleague)

    with pytest.raises(PermissionDenied):
        tokens.revoke(made, by=city_officer, at=AT)
    assert enterprises.may_manage(staff)
    assert tokens.revoke(made, by=staff, at=AT).revoked_by == staff
    with pytest.raises(ValidationError):
        tokens.revoke(made, by=staff, at=AT)


def test_owner_is_told_once_a_fortnight_ahead(city_officer):
    build.token(city_officer, ends_on=TODAY + timedelta(days=14))
    build.token(city_officer, ends_on=TODAY + timedelta(days=15))

    for _ in range(2):
        tokens.remind(on=TODAY, at=AT)

    assert Notification.objects.filter(event="people.token").count() == 1


def test_page_shows_a_new_token_once_and_ends_it(as_user, city_officer):
    client = as_user(city_officer)
    given = {
        "name": "统计系统",
        "scope": "read",
        "ends_on": f"{TODAY + timedelta(days=30):%Y-%m-%d}",
        "password": "wrong",
    }

    refused = client.post(NEW, given).content.decode()
    client.post(NEW, given | {"password": build.PASSWORD})
    first, again = client.get(LIST).content.decode(), client.get(LIST).content.decode()
    made = ApiToken.objects.get()
    client.post(f"{LIST}{made.pk}/revoke/")

    assert "密码不对" in refused
    assert ("sfr_" in first.replace(f"{made.prefix}…", ""), made.prefix in again) == (True, True)
    assert "sfr_" not in again.replace(f"{made.prefix}…", "")
    assert "已停用" in client.get(LIST).content.decode()
