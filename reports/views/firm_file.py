"""一企一档: one firm's file on one page, as of any day, to be read on the screen and on paper."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Request, Role, business_date, role_required
from registry.models import Enterprise
from registry.personal import masked
from registry.views.enterprises import address_of, crumbs_of, place_of, visible
from reports import firm_file
from reports.firm_file import LABELS, Entry, Reading
from reports.forms.firm_file import FileForm


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def firm_file_page(request: Request, pk: int) -> HttpResponse:
    """The whole file, or the topics that are asked for."""
    firm, today = visible(request, pk), business_date(request.received_at)
    form = FileForm(request.GET or None, today=today)
    on, topics = form.asked
    reading = Reading(firm, request.user, on)
    found = firm_file.entries(reading)
    shown = [one for one in found if not topics or one.topic in topics]
    context: dict[str, Any] = {
        "firm": firm,
        "form": form,
        "on": on,
        "today": today,
        "is_past": on < today,
        "at": request.received_at,
        "standing": firm_file.standing(reading),
        "seat": place_of(firm.seat),
        "people": _people(firm, officer=reading.officer),
        "years": _by_year(shown),
        "count": len(shown),
        "whole": len(found),
        "topics": [LABELS[key] for key in topics],
        "firm_url": address_of(firm, request.user),
        "crumbs": crumbs_of(firm, request.user),
        "officer": reading.officer,
    }
    return render(request, "reports/firm_file.html", context)


def _people(firm: Enterprise, *, officer: bool) -> list[tuple[str, str, str]]:
    """Who acts for the firm today; a printed sheet travels, so numbers are not whole."""
    rows = firm.users.filter(is_active=True).order_by("pk")
    return [
        (one.name, one.seat_name, masked(one.phone) if officer and one.phone else "")
        for one in rows
    ]


def _by_year(found: list[Entry]) -> list[tuple[int, list[Entry]]]:
    years: dict[int, list[Entry]] = {}
    for one in found:
        years.setdefault(one.when.year, []).append(one)
    return list(years.items())
