"""An act on many rows of a list: the page that shows them and asks for the rest, and the page that
tells, row by row, what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Request, role_required
from registry.listing import Outcome, Picked, each
from registry.listing.many import ROW
from registry.views.pages import way_back

KEPT = "outcomes"
#: So many results of a person's last acts can still be opened in this session.
REMEMBERED = 5


def many_page(
    request: Request,
    picked: Sequence[Picked],
    form: forms.Form,
    act: Callable[[Picked], str],
    *,
    back: str,
    **context: Any,
) -> HttpResponse:
    """Show the rows with what is asked for all of them; sent in, act on each and tell of each.

    ``context``: title, lead, button, what the rows are, and the words for none (empty).
    """
    back = way_back(request, back)
    if request.method == "POST" and picked and form.is_valid():
        return tell(request, each(picked, act), title=context["title"], back=back)
    given = {"picked": picked, "form": form, "back": back, **context}
    status = 422 if form.errors else 200
    return render(request, "registry/many.html", given, status=status)


def tell(
    request: Request, outcomes: Sequence[Outcome], *, title: str, back: str, field: str = ROW
) -> HttpResponse:
    """Keep what became of the rows for the page that follows, and go there. ``field`` is what a row
    is called in the address of the act, for another try.
    """
    again = QueryDict(mutable=True)
    again.setlist(field, [one.key for one in outcomes if not one.done])
    again["next"] = back
    number = max((one["number"] for one in _kept(request)), default=0) + 1
    kept = {
        "number": number,
        "title": title,
        "back": back,
        "again": f"{request.path}?{again.urlencode()}",
        "rows": [asdict(one) for one in sorted(outcomes, key=lambda one: one.done)],
    }
    request.session[KEPT] = [*_kept(request), kept][-REMEMBERED:]
    return redirect(f"{reverse('registry:outcomes')}?no={number}")


def _kept(request: Request) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = request.session.get(KEPT, [])
    return found


@role_required(*OFFICERS)
@require_safe
def outcomes(request: Request) -> HttpResponse:
    """What became of the rows of an act on many, those not done first."""
    asked, kept = request.GET.get("no", ""), _kept(request)
    latest = kept[-1] if kept else None
    found = next((one for one in kept if str(one["number"]) == asked), latest)
    rows = found["rows"] if found else []
    done = sum(one["done"] for one in rows)
    context = {"found": found, "rows": rows, "done": done, "left": len(rows) - done}
    return render(request, "registry/outcomes.html", context)
