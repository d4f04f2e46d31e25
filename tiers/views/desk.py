"""The officer's desk: what waits for him, what he has done, everything below his authority."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Request, business_date, role_required
from tiers import supervision
from tiers.filters import ApplicationFilter, tabs_for
from tiers.models import Application
from tiers.views.case import by_deadline
from tiers.views.firm import rows

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
    page = Paginator(by_deadline(found[tab].for_list()), PER_PAGE).get_page(request.GET.get("page"))
    on = business_date(request.received_at)
    context = {
        "tab": tab,
        "tabs": [
            {
                "label": label,
                "query": _query(data, name),
                "count": found[name].count(),
                "name": name,
            }
            for name, label in tabs.items()
        ],
        "filterset": filterset,
        "filtered": any(request.GET.get(name) for name in filterset.form.fields if name != "tab"),
        "page": page,
        "rows": rows(page.object_list, on),
        "today": on,
        "supervision": supervision.waiting(request.user, on),
    }
    return render(request, "tiers/desk.html", context)


def _query(asked: QueryDict, tab: str) -> str:
    """The same filters on another tab, from its first page."""
    data = asked.copy()
    data["tab"] = tab
    data.pop("page", None)
    return data.urlencode()
