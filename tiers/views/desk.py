"""The officer's desk: what waits for him, what he has done, everything below his authority."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Request, business_date, role_required
from registry.listing import EXACT, counted_each, said
from registry.listing.asking import PLACES
from registry.views.pages import list_page
from tiers import supervision
from tiers.filters import ApplicationFilter, tabs_for
from tiers.listings import CASES
from tiers.models import Application

PER_PAGE = 20


@role_required(*OFFICERS)
@require_safe
def desk(request: Request) -> HttpResponse:
    """One tab of the desk; the number on each tab is the length of the list it opens."""
    tabs = tabs_for(request.user)
    tab = next((name for name in tabs if name == request.GET.get("tab")), "todo")
    data = request.GET.copy()
    data["tab"] = tab
    everything = Application.objects.visible_to(request.user)
    filterset = ApplicationFilter(data, queryset=everything, request=request)
    found = {name: filterset.on_tab(name) for name in tabs}
    counts = counted_each(found, most=EXACT + 1)
    on = business_date(request.received_at)
    context: dict[str, Any] = {
        "tab": tab,
        "tabs": [
            {
                "label": label,
                "query": _query(data, name),
                "count": said(counts[name]),
                "name": name,
            }
            for name, label in tabs.items()
        ],
        "filtered": any(request.GET.get(name) for name in filterset.form.fields if name != "tab"),
        "today": on,
        "supervision": supervision.waiting(request.user, on),
    }
    return list_page(request, CASES, "tiers/desk.html", size=PER_PAGE, data=data, **context)


def _query(asked: QueryDict, tab: str) -> str:
    """The same filters on another tab, from its first page."""
    data = asked.copy()
    data["tab"] = tab
    for place in PLACES:
        data.pop(place, None)
    return data.urlencode()
