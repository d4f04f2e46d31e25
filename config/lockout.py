"""Guessing at passwords and codes is limited so that it helps nobody and shuts nobody out of his
own browser.

A browser in which somebody has signed in before carries a signed cookie and is counted by itself.
All others are counted by name and address, by name alone, and by address alone. Every try is
counted before it is looked at; each count ends with its window. Refusals stand in axes's log, which
the administrator reads.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from datetime import datetime, timedelta
from typing import Any

import structlog
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessFailureLog
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.timezone import localtime

from registry import guesses
from registry.guesses import Limit
from registry.models import User

log = structlog.get_logger("portal.lockout")

WINDOW: timedelta = settings.AXES_COOLOFF_TIME
TRIES: int = settings.AXES_FAILURE_LIMIT
#: For one name from everywhere that is not known, and for one address whatever the names.
TRIES_AT_A_NAME = 10
TRIES_FROM_AN_ADDRESS = 30
ADDRESS_WINDOW = timedelta(minutes=10)

COOKIE = "known_browser"
COOKIE_AGE = timedelta(days=180)
#: People who share a computer; who signed in longest ago drops out.
PEOPLE_OF_A_BROWSER = 8


def _folded(username: str) -> str:
    return unicodedata.normalize("NFKC", username).casefold().strip()[:100]


def _mark(username: str) -> str:
    return salted_hmac(COOKIE, _folded(username)).hexdigest()[:16]


def _network(address: str) -> str:
    """One customer's whole network where addresses are plenty."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address


def _browser(request: HttpRequest) -> dict[str, Any]:
    """What the browser's cookie says, if it is ours and not too old."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=COOKIE_AGE)
    except signing.BadSignature:
        return {"id": get_random_string(20), "people": []}
    return found


def limits_of(request: HttpRequest, username: str) -> list[Limit]:
    browser = _browser(request)
    if _mark(username) in browser["people"]:
        return [Limit(f"browser:{browser['id']}:{_mark(username)}", TRIES, WINDOW)]
    name, network = _folded(username), _network(request.META["REMOTE_ADDR"])
    return [
        Limit(f"pair:{network}:{name}", TRIES, WINDOW),
        Limit(f"name:{name}", TRIES_AT_A_NAME, WINDOW),
        Limit(f"address:{network}", TRIES_FROM_AN_ADDRESS, ADDRESS_WINDOW),
    ]


def remember(request: HttpRequest, answer: HttpResponse, user: User) -> None:
    """This browser is known for this person from now on."""
    browser, mark = _browser(request), _mark(user.username)
    people = [one for one in browser["people"] if one != mark][-(PEOPLE_OF_A_BROWSER - 1) :]
    answer.set_cookie(
        COOKIE,
        signing.dumps({"id": browser["id"], "people": [*people, mark]}, salt=COOKIE),
        max_age=COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def right(request: HttpRequest) -> None:
    """The password was right: this try was no guess."""
    reserved: list[Limit] = getattr(request, "guesses", [])
    guesses.give_back(limit.key for limit in reserved)


# --- codes of the second factor ------------------------------------


def of_factor(user: User) -> str:
    return f"factor:{user.pk}"


def taken(request: HttpRequest, key: str, username: str) -> datetime | None:
    """Count one try at a code; refused and recorded where there were too many."""
    at: datetime = request.received_at  # type: ignore[attr-defined]
    until = guesses.reserve([Limit(key, TRIES, WINDOW)], at=at)
    if until is not None:
        recorded(request, username, locked=True)
    return until


def recorded(request: HttpRequest, username: str, *, locked: bool = False) -> None:
    """A wrong or refused code, where the administrator finds it."""
    log.warning("code refused", user=username, locked=locked)
    AccessFailureLog.objects.create(
        username=username,
        ip_address=request.META["REMOTE_ADDR"],
        user_agent=request.headers.get("User-Agent", "")[:255],
        http_accept=request.headers.get("Accept", "")[:1025],
        path_info=request.path[:255],
        locked_out=locked,
    )


def cleared(key: str) -> None:
    guesses.clear(key)


def sentence(until: datetime) -> str:
    return f"尝试次数过多，请在 {localtime(until):%H:%M} 以后再试"


# --- passwords -----------------------------------------------------


class Handler(AxesDatabaseHandler):
    """axes's records and refusals, by our counts."""

    def is_locked(self, request: Any, credentials: dict | None = None) -> bool:
        at: datetime = request.received_at
        limits = limits_of(request, get_client_username(request, credentials) or "")
        until = guesses.reserve(limits, at=at)
        request.locked_until = until
        request.guesses = [] if until else limits
        return until is not None

    def get_failures(self, request: Any, credentials: dict | None = None) -> int:
        """What is refused now is full; how far the others are is nobody's business."""
        return TRIES if getattr(request, "locked_until", None) else 0

    def user_login_failed(
        self, sender: Any, credentials: dict, request: Any = None, **kwargs: Any
    ) -> None:
        super().user_login_failed(sender, credentials, request, **kwargs)
        if request is not None and getattr(request, "axes_locked_out", False):
            recorded(request, get_client_username(request, credentials) or "", locked=True)
