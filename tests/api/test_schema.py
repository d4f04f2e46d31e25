"""Every operation of the API, asked at random by every role and by an application: no fault of
ours, and no answer, content type or body that the schema does not declare.

What is asked comes from the schema itself, sound and unsound alike; half of the rows asked for are
there. Draws repeat, so that a failure does.
"""

import json
from contextlib import contextmanager
from itertools import count
from urllib.parse import unquote

import pytest
import schemathesis
from django.conf import settings as portal
from django.core import signals
from django.core.management import call_command
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks
from zeal import zeal_ignore

from config.wsgi import application
from tests import build
from tests.rules.everybody.conftest import _scene as _scene
from tests.rules.everybody.conftest import scene as scene
from tests.rules.everybody.test_scope import WHO

pytestmark = pytest.mark.api

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
EXAMPLES, ON_ACTS = 3, 8
CSRF = "a" * 32
ASKERS = (*WHO, "application")
KEYS = ("id", "code", "number", "table")
keys = count(1)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    file = tmp_path_factory.mktemp("schema") / "api.json"
    call_command("spectacular", "--format", "openapi-json", "--file", file)
    return file.read_text(encoding="utf-8")


def loaded(content, app=application):
    found = schemathesis.openapi.from_dict(content)
    found.app = app
    return found


@pytest.fixture(scope="module")
def schema(text):
    """Loaded once: what may be asked is worked out from it once for all."""
    return loaded(json.loads(text))


@contextmanager
def one_connection():
    """As around the requests of Django's own client: the transaction stays open between them."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        signals.request_started.connect(close_old_connections)
        signals.request_finished.connect(close_old_connections)


def credentials(scene, who):
    """How this asker says who he is: a session with its form token, or a token of his own."""
    if who == "application":
        _, secret = build.token(scene.cast["city"], "act")
        return {"headers": {"Authorization": f"Bearer {secret}"}, "cookies": {}}
    if who == "stranger":
        return {"headers": {}, "cookies": {}}
    client = Client()
    client.force_login(scene.cast[who], backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[portal.SESSION_COOKIE_NAME].value
    cookies = {portal.SESSION_COOKIE_NAME: session, portal.CSRF_COOKIE_NAME: CSRF}
    return {"headers": {"X-CSRFToken": CSRF}, "cookies": cookies}


def first_row(prefix, asker):
    """The key of a row that this asker sees in the list the address belongs to."""
    client = Client(headers=asker["headers"])
    for name, value in asker["cookies"].items():
        client.cookies[name] = value
    answer = client.get(prefix)
    rows = answer.json() if answer.status_code == 200 else []
    rows = rows["results"] if isinstance(rows, dict) else rows
    if not rows:
        return None
    return next((rows[0][name] for name in KEYS if name in rows[0]), None)


@pytest.mark.parametrize("who", ASKERS)
def test_nothing_is_answered_that_is_not_declared(scene, schema, who):
    found = faults(scene, schema, who)

    assert not found, "\n\n".join(found)


def only(text, *paths):
    content = json.loads(text)
    content["paths"] = {path: content["paths"][path] for path in paths}
    return content


def test_an_answer_no_longer_declared_is_noticed(scene, text):
    content = only(text, "/api/v1/enterprises/")
    del content["paths"]["/api/v1/enterprises/"]["get"]["responses"]["401"]

    found = faults(scene, loaded(content), "stranger")

    assert [one.splitlines()[0].partition(": ")[2] for one in found] == ["Undocumented status code"]


def test_a_body_unlike_the_schema_is_noticed(scene, text):
    content = only(text, "/api/v1/authorities/")
    content["components"]["schemas"]["Authority"]["properties"]["name"]["type"] = "integer"

    found = faults(scene, loaded(content), "city")

    assert {one.splitlines()[0].partition(": ")[2] for one in found} == {"Response violates schema"}


def broken(environ, start_response):
    start_response("500 Internal Server Error", [("Content-Type", "application/problem+json")])
    return [b"{}"]


def test_a_fault_of_ours_is_noticed(scene, text):
    found = faults(scene, loaded(only(text, "/api/v1/authorities/"), broken), "city")

    assert any("Server error" in one for one in found)


def faults(scene, schema, who):
    """What every operation was found at, in a few lines each."""
    found = []
    with transaction.atomic():
        asker, rows = credentials(scene, who), {}
        for result in schema.get_all_operations():
            operation = result.ok()
            prefix = "/".join(operation.path.split("/")[:4]) + "/"
            if prefix not in rows:
                rows[prefix] = first_row(prefix, asker)
            try:
                ask(operation, asker, rows[prefix])
            except FailureGroup as failures:
                found += [f"{operation.label}: {one}" for one in failures.exceptions]
        transaction.set_rollback(True)
    return found


def ask(operation, asker, there):
    cases = operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
    if operation.query or operation.body:
        cases |= operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)

    @given(case=cases, real=st.booleans())
    @settings(
        max_examples=EXAMPLES if operation.method == "get" else ON_ACTS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def one(case, real):
        if real and there is not None and case.path_parameters:
            name = next(iter(case.path_parameters))
            case.path_parameters[name] = unquote(str(there))
        case.headers.pop("Authorization", None)
        headers = dict(asker["headers"])
        if operation.method != "get" and "Authorization" in headers:
            headers["Idempotency-Key"] = f"k-{next(keys)}"
        # Two fields of a form that look up the same kind of row are no query in a loop.
        with one_connection(), zeal_ignore(), transaction.atomic():
            answer = case.call(headers=headers, cookies=asker["cookies"])
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    one()
