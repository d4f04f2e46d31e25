"""Every refusal of a resource in one shape: a rule's sentence, a field's, or the framework's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler
from rest_framework.views import set_rollback

from config import problems
from config.errors import DETAIL
from registry.api import Refusal

STALE = "stale"
UNAUTHENTICATED = "请先登录，或在 Authorization 头里写明有效的接口令牌。"

Fault = dict[str, str]


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """A rule's refusal becomes 400 in its words, an overtaken form 409; a fault stays one."""
    request = context.get("request")
    number = getattr(request, "request_id", "")
    if isinstance(exc, ValidationError):
        set_rollback()
        return _of_rule(exc, number)
    if isinstance(exc, Refusal):
        set_rollback()
        refusal = problem(exc.kind, str(exc.detail), number, **exc.more)
        if "retry_after" in exc.more:
            refusal.headers["Retry-After"] = str(exc.more["retry_after"])
        return refusal
    answer = drf_exception_handler(exc, context)
    if answer is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        errors: dict[str, list[Fault]] = {}
        for field, fault in _flat(exc.get_full_details()):
            errors.setdefault(field, []).append(fault)
        told = _of_fields(errors, number)
    else:
        kind = problems.OF_STATUS[answer.status_code]
        told = problems.body(kind, _sentence(exc, answer), number)
    answer.data, answer.content_type = told, problems.CONTENT_TYPE
    return answer


def problem(kind: str, detail: str, number: str = "", **more: Any) -> Response:
    told = problems.body(kind, detail, number, **more)
    return Response(told, status=told["status"], content_type=problems.CONTENT_TYPE)


def _of_rule(exc: ValidationError, number: str) -> Response:
    if hasattr(exc, "error_dict"):
        told = _of_fields(
            {
                field: [
                    {"code": error.code or "invalid", "detail": sentence}
                    for error in errors
                    for sentence in error.messages
                ]
                for field, errors in exc.error_dict.items()
            },
            number,
        )
        return Response(told, status=told["status"], content_type=problems.CONTENT_TYPE)
    codes = sorted({error.code for error in exc.error_list if error.code})
    kind = STALE if STALE in codes else "invalid"
    return problem(kind, one_text(exc.messages), number, codes=codes or [kind])


def _of_fields(errors: dict[str, list[Fault]], number: str) -> dict[str, Any]:
    faults = [fault for found in errors.values() for fault in found]
    codes = sorted({fault["code"] for fault in faults})
    text = one_text(dict.fromkeys(fault["detail"] for fault in faults))
    return problems.body("invalid", text, number, codes=codes, errors=errors)


def _flat(found: Any, path: str = "") -> Iterator[tuple[str, Fault]]:
    """Faults of nested fields, each with the way to its field: ``items.0.reason``."""
    if isinstance(found, dict) and set(found) == {"message", "code"}:
        yield path, {"code": str(found["code"]), "detail": str(found["message"])}
    elif isinstance(found, dict):
        for name, inner in found.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    else:
        for place, inner in enumerate(found):
            leaf = isinstance(inner, dict) and set(inner) == {"message", "code"}
            yield from _flat(inner, path if leaf or not path else f"{path}.{place}")


def _sentence(exc: Exception, answer: Response) -> str:
    if isinstance(exc, exceptions.Throttled):
        return f"请求过于频繁，请 {answer.headers.get('Retry-After', '60')} 秒后再试。"
    if isinstance(exc, exceptions.NotAuthenticated):
        return UNAUTHENTICATED
    if answer.status_code in (403, 404):
        said = str(exc) if answer.status_code == 403 else ""
        return said or DETAIL[answer.status_code]
    return str(getattr(exc, "detail", "")) or DETAIL[400]


def one_text(sentences: Iterable[str]) -> str:
    """Several sentences as one text; a single one stays as it is."""
    several = list(sentences)
    if len(several) == 1:
        return several[0]
    return "；".join(one.rstrip("。；") for one in several) + "。"
