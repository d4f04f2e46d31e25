"""Error pages: what happened and what to do, in plain Chinese, with the request's number.

They are rendered without context processors, so that a page about a broken database needs none.
"""

import sys
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.views.decorators.csrf import requires_csrf_token

from config import problems
from registry.access import READING

DETAIL = {
    400: "请求的内容无法识别，请返回上一页重新操作。",
    403: "没有权限进行此操作。",
    404: "没有找到所请求的内容，或无权查看。",
    413: "上传的内容超过大小限制。",
    429: "操作过于频繁，请稍后再试。",
    500: "系统出现故障，请稍后再试。",
    503: "系统暂时不能使用，请几分钟后再试。",
}


def _answer(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    number = getattr(request, "request_id", "")
    if request.path.startswith("/api/"):
        detail = str(context.get("reason") or DETAIL[status])
        return problems.answer(request, problems.OF_STATUS[status], detail)
    page = render_to_string(
        f"{status}.html", {"request_id": number, "portal": settings.SITE, **context}
    )
    return HttpResponse(page, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Not allowed, in the words of whatever refused."""
    reason = str(exception or "")
    return _answer(request, 403, reason=reason, reading=reason == READING)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404)


def too_large(request: HttpRequest) -> HttpResponse:
    return _answer(request, 413, limit_mib=settings.UPLOAD_FILE_LIMIT // 1024**2)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours; when the database did not answer, a pause."""
    away = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    answer = _answer(request, 503 if away else 500)
    if away:
        answer["Retry-After"] = "60"
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long, or came from somewhere else."""
    return _answer(request, 403, stale_form=True)


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict | None = None
) -> HttpResponse:
    """Too many failed sign-ins (called by axes)."""
    until: datetime | None = getattr(request, "locked_until", None)
    return _answer(request, 429, until=until and localtime(until))
