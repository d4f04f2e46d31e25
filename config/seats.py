"""Read-only seats at the door: what somebody sends who may only look on is turned away before a
view begins.

Form pages turn him away themselves (``registry.access.changing``), and behind both every act asks
again (``registry.audit``), so that an address forgotten here changes nothing either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from registry.access import Seat, ensure_may_change
from registry.models import User

SAFE = ("GET", "HEAD", "OPTIONS")

#: A person's own affairs, which no seat takes from him.
OWN = (
    "account_login",
    "account_logout",
    "account_change_password",
    "account_reauthenticate",
    "account_sessions",
    "registry:message_open",
    "registry:messages_read_all",
    "registry:message_settings",
    "registry:contacts",
)


class SeatMiddleware:
    """Refuse whatever a reader sends, but for his own affairs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OWN or not isinstance(request.user, User):
            return
        if request.method not in SAFE and request.user.seat == Seat.READER:
            ensure_may_change(request.user)
