"""The same form sent twice is carried out once, in whatever way it came twice: a double click,
"back" and the button again, two copies of a request at the same moment.

A form opts in with ``{% once %}``: a number of its own in every page that shows it. Sender, address
and everything that was sent, the number included, make the digest that is taken once. Whoever goes
back and changes something sends another form; whoever sends the same gets the first one's answer.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from registry.models import SentForm

FIELD = "once"
KEPT = timedelta(days=7)


def once(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Carry out a form that asks for it in one transaction with the note that it has been."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or FIELD not in request.POST:
            return get_response(request)
        if not request.user.is_authenticated:
            return get_response(request)
        with transaction.atomic():
            # Of two at the same moment the second waits here until the first is through.
            digest, at = digest_of(request), request.received_at  # type: ignore[attr-defined]
            SentForm.objects.bulk_create([SentForm(digest=digest, at=at)], ignore_conflicts=True)
            note = SentForm.objects.select_for_update().get(digest=digest)
            if note.location:
                messages.info(request, "这份内容刚才已经提交过，没有重复办理")
                return HttpResponseRedirect(note.location)
            response = get_response(request)
            led_away = getattr(response, "not_done", False)  # by the gate, before any act
            if isinstance(response, HttpResponseRedirect) and not led_away:
                note.location = response.url
                note.save(update_fields=["location"])
            else:
                transaction.set_rollback(True)  # refused: it may be sent again as it is
        return response

    return middleware


def digest_of(request: HttpRequest) -> str:
    sent = {name: given for name, given in request.POST.lists() if name != "csrfmiddlewaretoken"}
    parts = [request.user.pk, request.get_full_path(), sent]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def forget(at: datetime) -> int:
    """Nobody presses the same button after a week."""
    return SentForm.objects.filter(at__lt=at - KEPT).delete()[0]
