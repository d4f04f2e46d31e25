"""How the API answers: refusals of one shape, pages by the last row, ETags, versions, limits."""

import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from rest_framework.throttling import SimpleRateThrottle

from config.api.paging import terms_of
from config.api.refusing import exception_handler
from registry.listings import ENTERPRISES
from registry.models import Enterprise
from tests import build

FIRMS = "/api/v1/enterprises/"


@pytest.mark.parametrize(
    ("error", "status", "detail", "codes"),
    [
        (ValidationError("请填写文号。", code="document_no"), 400, "请填写文号。", ["document_no"]),
        (ValidationError(["请填写甲。", "请填写乙。"]), 400, "请填写甲；请填写乙。", ["invalid"]),
        (ValidationError("已由他人办理。", code="stale"), 409, "已由他人办理。", ["stale"]),
        (PermissionDenied("只读席位"), 403, "只读席位", ["forbidden"]),
    ],
)
def test_refusal_becomes_a_problem(error, status, detail, codes):
    answer = exception_handler(error, {})

    assert answer.content_type == "application/problem+json"
    assert (answer.status_code, answer.data["status"]) == (status, status)
    assert (answer.data["detail"], answer.data["codes"]) == (detail, codes)
    assert answer.data["type"].startswith("/api/v1/docs/#problem-")


def test_faults_of_fields_stand_by_field_with_their_codes():
    answer = exception_handler(ValidationError({"opinion": ["请填写办理意见。"]}), {})

    assert answer.data["errors"] == {"opinion": [{"code": "invalid", "detail": "请填写办理意见。"}]}


def test_a_fault_of_ours_stays_a_fault(db):
    assert exception_handler(RuntimeError("boom"), {}) is None


def test_nested_field_is_named_with_the_way_to_it(as_user, city_officer, changan):
    case = build.application_at("submitted", factory=build.factory_at(changan))

    answer = as_user(city_officer).post(
        f"/api/v1/applications/{case.pk}/act/",
        {"action": "send_back", "items": [{"target_kind": "field", "target": "x", "text": "改"}]},
        content_type="application/json",
    )

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == ["items.0.reason"]


def test_description_is_complete_and_without_warnings(tmp_path):
    file = tmp_path / "api.json"
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", file
    )
    paths = json.loads(file.read_text(encoding="utf-8"))["paths"]

    lacking = [
        address
        for address, calls in paths.items()
        for call in calls.values()
        if not {"400", "401", "403", "404", "429"} <= set(call["responses"])
    ]
    assert lacking == []


# --- pages of a list ----------------------------------------


@pytest.fixture
def firms(changan, city_officer):
    """Seven, of which some share their industry and some have none."""
    for _ in range(7):
        build.enterprise_at(changan)
    rows = list(Enterprise.objects.order_by("pk"))
    for number, firm in enumerate(rows):
        firm.industry_id = None if number % 3 == 0 else firm.industry_id
        firm.save()
    return rows


def walked(client, address, link="next"):
    found = []
    while address:
        page = client.get(address).json()
        found.append([row["id"] for row in page["results"]])
        address = page[link]
    return found


@pytest.mark.parametrize("sort", ["", "name", "-name", "industry", "-industry", "-registered"])
def test_pages_hold_every_row_once_in_order_both_ways(as_user, city_officer, firms, sort):
    client, address = as_user(city_officer), f"{FIRMS}?page_size=2&sort={sort}"
    whole = [row["id"] for row in client.get(f"{FIRMS}?sort={sort}").json()["results"]]

    pages = walked(client, address)
    last = address
    while onward := client.get(last).json()["next"]:
        last = onward
    back = walked(client, last, "previous")

    assert [pk for page in pages for pk in page] == whole
    assert sorted(whole) == [firm.pk for firm in firms]
    assert back == pages[::-1]


def test_page_goes_on_behind_a_row_that_has_moved(as_user, city_officer, firms):
    client = as_user(city_officer)
    first = client.get(f"{FIRMS}?page_size=2&sort=registered").json()
    whole = [row["id"] for row in client.get(f"{FIRMS}?sort=registered").json()["results"]]
    Enterprise.objects.filter(pk=whole[1]).update(created_at=build.moment("2030-01-01 00:00"))

    following = client.get(first["next"]).json()["results"]

    assert [row["id"] for row in following] == whole[2:4]


@pytest.mark.parametrize(
    "query", ["page=2", "page_size=0", "page_size=201", "page_size=x", "after=x", "after=W10=",
              "before=WyJ4IiwgIngiXQ==", "after=eyJhIjogMX0=", "after=%00"]
)  # fmt: skip
def test_page_that_cannot_be_is_refused(as_user, city_officer, query):
    answer = as_user(city_officer).get(f"{FIRMS}?{query}")

    assert (answer.status_code, answer.json()["codes"]) == (400, ["invalid"])


def test_whatever_a_list_is_sorted_by_it_has_an_end():
    for column in ENTERPRISES.sortable:
        rows = Enterprise.objects.order_by(column.order)
        assert terms_of(rows)[-1].path == "pk"


# --- ETags, versions, limits --------------------------------


def test_what_one_has_already_is_not_sent_again(as_user, city_officer, firms):
    client = as_user(city_officer)
    tag = client.get(FIRMS)["ETag"]

    same = client.get(FIRMS, headers={"If-None-Match": tag})
    build.enterprise_at(firms[0].authority)
    changed = client.get(FIRMS, headers={"If-None-Match": tag})

    assert (same.status_code, same.content, changed.status_code) == (304, b"", 200)


@pytest.mark.parametrize("act", ["act", "urge"])
def test_act_on_another_version_is_refused_with_what_changed(as_user, city_officer, changan, act):
    case = build.application_at("submitted", factory=build.factory_at(changan))
    client, address = as_user(city_officer), f"/api/v1/applications/{case.pk}/"
    body = {"action": "reject", "opinion": "不符合"}

    answer = client.post(
        f"{address}{act}/", body, content_type="application/json", headers={"If-Match": '"7"'}
    )

    assert (answer.status_code, answer.json()["version"]) == (412, 1)
    assert client.get(address)["ETag"].startswith('"1-')


def test_act_on_the_version_that_was_read_is_done(as_user, city_officer, changan):
    case = build.application_at("submitted", factory=build.factory_at(changan))
    client, address = as_user(city_officer), f"/api/v1/applications/{case.pk}/"

    answer = client.post(
        f"{address}act/",
        {"action": "reject", "opinion": "不符合"},
        content_type="application/json",
        headers={"If-Match": client.get(address)["ETag"]},
    )

    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")


def test_answers_say_how_often_one_may_still_ask(as_user, city_officer, monkeypatch):
    monkeypatch.setitem(SimpleRateThrottle.THROTTLE_RATES, "user", "2/min")
    client = as_user(city_officer)

    answers = [client.get(FIRMS) for _ in range(3)]

    assert [one["RateLimit-Remaining"] for one in answers] == ["1", "0", "0"]
    assert [one["RateLimit-Limit"] for one in answers] == ["2"] * 3
    assert (answers[2].status_code, answers[2].headers.keys() >= {"Retry-After"}) == (429, True)
    assert answers[2].json()["codes"] == ["too_many_requests"]
