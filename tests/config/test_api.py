"""How the API refuses: a rule's sentence is 400, a form that was overtaken 409."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from rest_framework import status

from config.api import exception_handler


@pytest.mark.parametrize(
    ("error", "code", "body"),
    [
        (
            ValidationError("请填写文号。", code="document_no"),
            status.HTTP_400_BAD_REQUEST,
            {"detail": ["请填写文号。"], "codes": ["document_no"]},
        ),
        (
            ValidationError({"opinion": ["请填写办理意见。"]}),
            status.HTTP_400_BAD_REQUEST,
            {"opinion": ["请填写办理意见。"]},
        ),
        (
            ValidationError("该件已由他人办理，请刷新后再看。", code="stale"),
            status.HTTP_409_CONFLICT,
            {"detail": ["该件已由他人办理，请刷新后再看。"], "codes": ["stale"]},
        ),
    ],
)
def test_refusal_of_a_rule_becomes_an_answer(db, error, code, body):
    answer = exception_handler(error, {})

    assert (answer.status_code, answer.data) == (code, body)


def test_missing_permission_is_403(db):
    assert exception_handler(PermissionDenied(), {}).status_code == 403


def test_a_fault_of_ours_stays_a_fault(db):
    assert exception_handler(RuntimeError("boom"), {}) is None


def test_description_is_complete_and_without_warnings(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "api.yml"))

    assert (tmp_path / "api.yml").read_text(encoding="utf-8").startswith("openapi: 3")
