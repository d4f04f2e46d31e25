"""What every answer of the API carries: an ETag, and how much may still be asked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import patch_cache_control, set_response_etag

LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


class ApiAnswers(ConditionalGetMiddleware):
    """304 for what the asker has already, under /api/ alone.

    An ETag of one case begins with its version, so that it can be sent back in ``If-Match``.
    """

    def process_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        if not request.path.startswith("/api/"):
            return response
        if request.method == "GET":
            patch_cache_control(response, private=True, no_cache=True)
            self._tag(response)
        answer = super().process_response(request, response)
        for name, value in zip(LIMITS, getattr(request, "rate", ()), strict=False):
            answer.headers[name] = str(value)
        return answer

    @staticmethod
    def _tag(response: Any) -> None:
        told = getattr(response, "data", None)
        if isinstance(told, dict) and isinstance(told.get("version"), int):
            set_response_etag(response)
            response["ETag"] = response["ETag"].replace('"', f'"{told["version"]}-', 1)
