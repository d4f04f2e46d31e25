"""The cockpit of a province or a city."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.access import Request, Role, business_date, role_required
from registry.policy import Tier
from reports import cockpit, funnel, titles
from reports.views.asked import list_at, office_of


@require_safe
@role_required(Role.CITY, Role.PROVINCE)
def show(request: Request) -> HttpResponse:
    """Numbers, tiles, matrices and the course of cases, for one tier where only one fits."""
    on, office, user = business_date(request.received_at), office_of(request), request.user
    tier = next((one for one in Tier if one.value == request.GET.get("tier")), Tier.BASIC)
    units = cockpit.units(user, office, on)
    place = list(Tier).index(tier)
    context = {
        "on": on,
        "office": office,
        "tier": tier,
        "tiers": list(Tier),
        "heads": [
            (one, cockpit.elapsed(one.target, on) if one.target else None)
            for one in cockpit.heads(user, on)
        ],
        "units": units,
        "tiles": [(row.label, row.cells[place]) for row in units.rows],
        "years": cockpit.years(user, office, tier, on),
        "industries": cockpit.industries(user, office, on),
        "growth": cockpit.growth(titles.of(user, on), on),
        "ends": cockpit.ends(user, on),
        "funnel": funnel.funnel(funnel.of(user, tier), user, tier, on, {"tier": tier.value}),
        "list": list_at("reports:title_rows"),
        "cases": list_at("reports:case_rows"),
    }
    return render(request, "reports/cockpit.html", context)
