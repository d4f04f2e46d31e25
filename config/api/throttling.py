"""How often the API may be asked, and the headers that say how much of it is left."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle


class Told(SimpleRateThrottle):
    """Counts as the framework does, and leaves on the request what the answer shall say."""

    history: list[float]
    now: float
    num_requests: int
    duration: int

    def allow_request(self, request: Request, view: Any) -> bool:
        allowed = super().allow_request(request, view)
        if self.rate is not None and getattr(self, "key", None) is not None:
            left = max(self.num_requests - len(self.history), 0)
            oldest = self.history[-1] if self.history else self.now
            reset = max(round(self.duration - (self.now - oldest)), 0)
            request._request.rate = (self.num_requests, left, reset)  # type: ignore[attr-defined]
        return allowed


class StrangerThrottle(Told, AnonRateThrottle):
    """By address, for whoever has not signed in."""


class PersonThrottle(Told, UserRateThrottle):
    """By person, for whoever has signed in."""

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        own = request.user.is_authenticated and request.auth is None
        return super().get_cache_key(request, view) if own else None


class TokenThrottle(Told):
    """By token, each application for itself."""

    scope = "token"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if request.auth is None:
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.auth.pk}
