"""Refusals and failures speak plain Chinese and name the request."""

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from config import errors


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (errors.bad_request, 400),
        (errors.permission_denied, 403),
        (errors.csrf_failure, 403),
        (errors.not_found, 404),
        (errors.too_large, 413),
        (errors.locked_out, 429),
        (errors.server_error, 500),
    ],
)
def test_page_shows_the_request_number(view, status):
    request = RequestFactory().get("/somewhere/")
    request.request_id = "ABCDEFGH23"

    answer = view(request)

    assert answer.status_code == status
    assert "ABCDEFGH23" in answer.content.decode()
    assert 'lang="zh-CN"' in answer.content.decode()


@pytest.mark.parametrize(
    ("fault", "status", "again"),
    [
        (OperationalError("server closed the connection"), 503, "60"),
        (ZeroDivisionError(), 500, None),
    ],
)
def test_database_that_is_away_is_a_pause_and_not_a_fault(fault, status, again):
    request = RequestFactory().get("/somewhere/")
    try:
        raise fault
    except type(fault):
        answer = errors.server_error(request)

    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, again)


def test_unknown_address_gets_the_page(client):
    answer = client.get("/no-such-page/")

    assert answer.status_code == 404
    assert answer["X-Request-ID"] in answer.content.decode()


def test_unknown_address_of_the_api_gets_json(client):
    answer = client.get("/api/v1/no-such-resource/")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/api/v1/docs/#problem-not_found",
        "title": "没有找到，或无权查看",
        "title_en": "Not found, or not yours to see",
        "status": 404,
        "detail": "没有找到所请求的内容，或无权查看。",
        "codes": ["not_found"],
        "request_id": answer["X-Request-ID"],
    }
