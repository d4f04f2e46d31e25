"""What the API says of itself: the schema for machines, and a page for people from the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from config import problems
from config.api.resources import router
from registry.api import KEY

METHODS = ("get", "post", "put", "patch", "delete")
ALWAYS = (400, 401, 403, 404, 406, 429)
ON_ACTS = (409, 412, 413, 415, 422)


def declare_refusals(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Every operation says how it may refuse (a hook of the schema)."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    for calls in result["paths"].values():
        for method in METHODS:
            if (call := calls.get(method)) is not None:
                _declare(call["responses"], method)
                if method != "get":
                    call.setdefault("parameters", []).append(KEY_PARAMETER)
    return result


KEY_PARAMETER = {
    "name": KEY,
    "in": "header",
    "required": False,
    "description": "这次请求的编号，由发送方自定；用接口令牌办理时必填",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100},
}


def _declare(responses: dict[str, Any], method: str) -> None:
    refusals = ALWAYS if method == "get" else (*ALWAYS, *ON_ACTS)
    if method == "get":
        responses["304"] = {"description": "与 If-None-Match 所持的相同"}
    for status in refusals:
        own = responses.get(str(status), {}).get("content", {}).get("application/json", {})
        schema: dict[str, Any] = {"$ref": "#/components/schemas/Problem"}
        if own:
            schema = {"allOf": [schema, own["schema"]]}
        responses[str(status)] = {
            "description": "、".join(
                title for code, title, _ in problems.KINDS.values() if code == status
            ),
            "content": {problems.CONTENT_TYPE: {"schema": schema}},
        }


def _text(said: str) -> dict[str, str]:
    return {"type": "string", "description": said}


#: The body of every refusal (RFC 9457).
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "title_en", "status", "detail", "codes", "request_id"],
    "properties": {
        "type": _text("类别，也是说明的地址"),
        "title": _text("类别名称"),
        "title_en": _text("类别名称（英文）"),
        "status": {"type": "integer"},
        "detail": _text("发生了什么、怎样改"),
        "codes": {"type": "array", "items": {"type": "string"}},
        "request_id": _text("请求编号，咨询时请提供"),
        "errors": {
            "type": "object",
            "description": "按字段列出的错误",
            "additionalProperties": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["code", "detail"],
                    "properties": {"code": {"type": "string"}, "detail": {"type": "string"}},
                },
            },
        },
    },
}


@dataclass(frozen=True)
class Operation:
    """One line of the description: what is asked of which resource, where, and by what filters."""

    resource: str
    method: str
    address: str
    filters: str


@cache
def operations() -> tuple[Operation, ...]:
    """What the API answers, from the same schema that machines read."""
    names = {
        prefix: str(viewset.queryset.model._meta.verbose_name)  # type: ignore[attr-defined]
        for prefix, viewset, _ in router.registry
    }
    found = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return tuple(
        Operation(
            resource=names[address.split("/")[3]],
            method=method.upper(),
            address=address,
            filters="、".join(
                one["name"] for one in call.get("parameters", []) if one["in"] == "query"
            ),
        )
        for address, calls in found.items()
        if address.split("/")[3] in names
        for method, call in calls.items()
    )


@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The resources for people; the schema beside it is for machines."""
    return render(
        request,
        "config/api.html",
        {"operations": operations(), "problems": problems.KINDS, "shell": "public"},
    )
