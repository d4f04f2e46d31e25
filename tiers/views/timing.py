"""The published handling times; officers come from a number to the cases behind it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Received, business_date
from registry.models import Authority
from registry.policy import LEVEL_LABELS
from tiers import timing


@require_safe
@login_not_required
def handling_times(request: Received) -> HttpResponse:
    """Twelve months up to today, narrowed by province and level."""
    on = business_date(request.received_at)
    found = timing.rows(on)
    provinces = Authority.objects.filter(kind=Authority.Kind.PROVINCE).order_by("code")
    province, level = request.GET.get("province", ""), request.GET.get("level", "")
    shown = [
        (row, _cases_of(request, row))
        for row in found
        if row.authority.path.startswith(f"/{province}/" if province else "/")
        and level in ("", row.step.level)
    ]
    first, last = timing.period(on)
    context = {
        "shell": "public",
        "rows": shown,
        "any": bool(found),
        "first": first,
        "last": last,
        "floor": timing.FLOOR,
        "provinces": [(one.code, one.short_name) for one in provinces],
        "levels": LEVEL_LABELS.items(),
        "province": province,
        "level": level,
    }
    return render(request, "tiers/public/timing.html", context)


def _cases_of(request: Received, row: timing.Row) -> str:
    """The list of the cases behind a row, for the officers who see them."""
    user = request.user
    if getattr(user, "role", "") not in OFFICERS:
        return ""
    if not row.authority.path.startswith(user.authority_path):  # type: ignore[union-attr]
        return ""
    return f"{reverse('tiers:desk')}?{urlencode({'tab': 'all', 'decided': row.key})}"
