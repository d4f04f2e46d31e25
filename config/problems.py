"""How a refusal under /api/ looks (RFC 9457): which kinds there are, and what one says.

Imports nothing of ours, so that whatever refuses first can answer in the same shape.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse

CONTENT_TYPE = "application/problem+json"

#: Kind → status, title, title in English. The names are part of the interface.
KINDS: dict[str, tuple[int, str, str]] = {
    "invalid": (400, "提交的内容有误", "The content is not valid"),
    "unreadable": (400, "请求无法识别", "The request could not be read"),
    "unauthenticated": (401, "没有登录，或接口令牌无效", "No sign-in, or no valid token"),
    "forbidden": (403, "没有权限", "Not allowed"),
    "not_found": (404, "没有找到，或无权查看", "Not found, or not yours to see"),
    "method_not_allowed": (405, "此地址不支持这种方法", "This address has no such method"),
    "not_acceptable": (406, "不能以所要的格式回答", "No answer in the format asked for"),
    "stale": (409, "内容已有变化，没有办理", "Overtaken by a change; nothing was done"),
    "in_flight": (409, "同一请求正在办理", "The same request is being carried out"),
    "precondition_failed": (412, "版本已有变化，没有办理", "Another version; nothing was done"),
    "too_large": (413, "内容超过大小限制", "The content is too large"),
    "unsupported_media_type": (415, "不支持这种内容格式", "The content is in no known format"),
    "key_missing": (400, "没有幂等键", "An idempotency key is needed"),
    "key_reused": (422, "幂等键已用于另一请求", "The idempotency key belongs to another request"),
    "too_many_requests": (429, "请求过于频繁", "Too many requests"),
    "fault": (500, "系统故障", "A fault of the portal"),
    "unavailable": (503, "系统暂时不能使用", "The portal is unavailable for a while"),
}
#: Which kind a status stands for where nothing else is known.
OF_STATUS = {status: kind for kind, (status, _, _) in reversed(KINDS.items())} | {400: "unreadable"}


def body(kind: str, detail: str, request_id: str = "", **more: Any) -> dict[str, Any]:
    """What one refusal says; ``more`` are members of its own."""
    status, title, english = KINDS[kind]
    return {
        "type": f"{reverse('api:docs')}#problem-{kind}",
        "title": title,
        "title_en": english,
        "status": status,
        "detail": detail,
        "codes": [kind],
        "request_id": request_id,
        **more,
    }


def answer(request: HttpRequest, kind: str, detail: str, **more: Any) -> JsonResponse:
    """The same as an answer of Django's, for refusals before any resource is reached."""
    number = getattr(request, "request_id", "")
    told = body(kind, detail, number, **more)
    options = {"ensure_ascii": False}
    return JsonResponse(
        told, status=told["status"], content_type=CONTENT_TYPE, json_dumps_params=options
    )
