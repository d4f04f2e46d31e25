"""The request's number, and the limit on what may be sent."""

import re

import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from config import middleware
from registry import audit


def test_arrival_is_noted_before_anything_else_happens():
    assert settings.MIDDLEWARE[0] == "config.middleware.received_at"
    request = RequestFactory().get("/")

    with time_machine.travel("2026-03-20T23:59:59+08:00", tick=False):
        middleware.received_at(lambda request: HttpResponse())(request)

    assert request.received_at.isoformat() == "2026-03-20T15:59:59+00:00"


def test_every_answer_carries_a_number_of_its_own(client):
    first, second = client.get("/healthz"), client.get("/healthz")

    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{10}", first["X-Request-ID"])
    assert first["X-Request-ID"] != second["X-Request-ID"]


def test_number_from_the_proxy_is_kept(client):
    answer = client.get("/healthz", headers={"X-Request-ID": "abcd-1234-efgh"})

    assert answer["X-Request-ID"] == "abcd-1234-efgh"


def test_number_that_is_no_number_is_replaced(client):
    answer = client.get("/healthz", headers={"X-Request-ID": "x\tlog line forged"})

    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{10}", answer["X-Request-ID"])


def test_number_is_at_hand_for_the_trail_while_the_request_lasts():
    seen = []

    def view(request):
        seen.append((audit.current_request_id.get(), request.request_id))
        return HttpResponse()

    middleware.request_id(view)(RequestFactory().get("/"))

    assert seen[0][0] == seen[0][1] != ""
    assert audit.current_request_id.get() == ""


def test_body_of_whoever_is_refused_is_read_to_its_end():
    request = RequestFactory().post("/", b"x" * 300_000, content_type="application/octet-stream")

    answer = middleware.body_limit(lambda request: HttpResponse(status=403))(request)

    assert answer.status_code == 403
    assert request.read() == b""


def test_answer_stands_though_the_sender_hung_up(client):
    class Cut:
        def read(self, size=-1):
            raise ConnectionResetError

        readline = read

    answer = client.get("/login/", CONTENT_LENGTH="9", **{"wsgi.input": Cut()})

    assert answer.status_code == 200


def test_body_above_the_limit_is_refused_unread(client):
    answer = client.post(
        "/login/", {"username": "x"}, CONTENT_LENGTH=str(settings.REQUEST_BODY_LIMIT + 1)
    )

    assert answer.status_code == 413
    assert "20" in answer.content.decode()


def test_policy_forbids_inline_code_and_framing(client):
    policy = client.get("/healthz")["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(
        policy.split("; ")
    )


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(settings, proxies, header, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": header})

    middleware.client_address(lambda request: HttpResponse())(request)

    assert request.META["REMOTE_ADDR"] == address
