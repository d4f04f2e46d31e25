"""What every request passes first: when it came, where from, a number to quote, a limit on its
size.
"""

import re
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone

from config import errors
from config.numbering import new_number, numbered

GetResponse = Callable[[HttpRequest], HttpResponse]

GIVEN = re.compile(r"[0-9A-Za-z-]{8,40}")
PIECE = 64 * 1024  # octets


def received_at(get_response: GetResponse) -> GetResponse:
    """Note when the request reached the portal, before anything else is done with it.

    Deadlines go by this moment: what arrives in time counts, however long the handling takes.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request.received_at = timezone.now()  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def client_address(get_response: GetResponse) -> GetResponse:
    """Behind our own proxies, take the asker's address from what the outermost of them saw.

    Lock-outs and throttles count by this address. Entries further left in the header were written
    by the asker and say nothing.
    """
    proxies = settings.TRUSTED_PROXIES

    def middleware(request: HttpRequest) -> HttpResponse:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        if proxies and len(hops) >= proxies and hops[-proxies]:
            request.META["REMOTE_ADDR"] = hops[-proxies]
        return get_response(request)

    return middleware


def request_id(get_response: GetResponse) -> GetResponse:
    """Number the request; the number stands on the answer, on every log line, and in the trail."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        number = given if GIVEN.fullmatch(given) else new_number()
        request.request_id = number  # type: ignore[attr-defined]
        with numbered(number):
            response = get_response(request)
        response["X-Request-ID"] = number
        return response

    return middleware


def body_limit(get_response: GetResponse) -> GetResponse:
    """Refuse a body above the limit before anything reads it; read any other to its end.

    Who is refused early (no right, no session, no token) is still sending: if the line closed with
    his body unread, the proxy would lose the answer with it and say 502 instead.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.REQUEST_BODY_LIMIT:
            return errors.too_large(request)
        response = get_response(request)
        with suppress(UnreadablePostError):  # he has hung up himself
            while request.read(PIECE):
                pass
        return response

    return middleware
