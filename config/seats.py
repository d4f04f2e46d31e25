"""Whose place somebody acts in, and read-only seats, decided before a view begins.

Form pages turn a reader away themselves (``registry.access.changing``), and behind both every act
asks again (``registry.audit``), so that an address forgotten here changes nothing either.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from config import problems
from registry import delegation
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
    "account_unified",
    "account_unified_link",
    "account_unified_unlink",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "registry:delegation_leave",
    "registry:delegation_revoke",
    "registry:message_open",
    "registry:contacts",
    "registry:message_settings",
    "registry:token_new",
    "registry:token_revoke",
    "tiers:push_detail",
    "tiers:push_new",
    "tiers:push_pause",
    "tiers:push_resume",
    "tiers:push_delete",
    "tiers:push_test",
    "tiers:push_again",
    "registry:messages_read_all",
    "registry:view_save",
    "registry:view_rename",
    "registry:view_delete",
    "registry:list_columns",
    "registry:list_opening",
    "tiers:depart",
    "tiers:recover",
    "tiers:recovery_receipt",
    "tiers:recovery_password",
    "tiers:recovery_stop",
    "tiers:hand_over",
    # What anybody may send in, whoever he is.
    "tiers:notice_object",
    "tiers:objection_receipt",
    "tiers:register_check",
    # Taking out what one may read.
    "reports:list_export",
    "reports:detail_export",
    "reports:export",
    # Rules on trial: sent, and written nowhere.
    "reports:what_if",
)


OVER = "代为办理的委托已到期或终止，刚才的操作没有执行。现在以本人身份办理"


class SeatMiddleware:
    """Put a stand-in in the giver's place, and refuse whatever a reader sends, but for his own
    affairs.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = request.session.get(delegation.SESSION_KEY)
        if number and isinstance(request.user, User):
            at: datetime = request.received_at  # type: ignore[attr-defined]
            found = delegation.in_force(number, request.user, at=at)
            if found is None:
                return self._over(request)
            delegation.put_on(request.user, found)
        return self.get_response(request)

    @staticmethod
    def _over(request: HttpRequest) -> HttpResponse:
        """What was sent in the other's place is not done in one's own."""
        del request.session[delegation.SESSION_KEY]
        if request.path.startswith("/api/"):
            return problems.answer(request, "forbidden", OVER)
        messages.warning(request, OVER)
        return redirect("reports:home")

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OWN or not isinstance(request.user, User):
            return
        if request.method not in SAFE and request.user.seat == Seat.READER:
            ensure_may_change(request.user)
