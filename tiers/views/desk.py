"""The officer's desk: what waits for him, what he has done, everything below his authority."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Request, business_date, role_required
from registry.listing import Shown
from registry.views.pages import list_page
from tiers import supervision
from tiers.filters import tabs_for
from tiers.listings import CASES
from tiers.views import many

PER_PAGE = 20


@role_required(*OFFICERS)
@require_safe
def desk(request: Request) -> HttpResponse:
    """One tab of the desk; the number on each tab is the length of the list it opens."""
    tabs = tabs_for(request.user)
    tab = next((name for name in tabs if name == request.GET.get("tab")), "todo")
    on = business_date(request.received_at)

    def told(shown: Shown) -> dict[str, Any]:
        narrowed = any(request.GET.get(name) for name in shown.form.fields if name != "tab")
        return {"filtered": narrowed}

    context: dict[str, Any] = {
        "today": on,
        "offers": many.offers(request.user, tab),
        "supervision": supervision.waiting(request.user, on),
    }
    return list_page(
        request, CASES, "tiers/desk.html", size=PER_PAGE, tabs=tabs, told=told, **context
    )
