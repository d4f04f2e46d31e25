"""What the pages of figures are asked: the day, the filters in use, and the lists they open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse

from registry.access import Request, business_date
from registry.listing import Listing, Shown
from registry.models import Authority
from registry.views.pages import list_page
from tiers.forms.public import DayForm

PER_PAGE = 50


def day_of(request: Request, form: DayForm) -> date:
    """The day asked for, else today."""
    given: date | None = form.cleaned_data["on"] if form.is_valid() else None
    return given or business_date(request.received_at)


def office_of(request: Request) -> Authority:
    if request.user.authority is None:
        raise PermissionDenied
    return request.user.authority


def chosen(rows: Any) -> dict[str, str]:
    """The filters in use, as words of an address."""
    given = rows.form.cleaned_data if rows.form.is_valid() else {}
    return {name: str(rows.data[name]) for name, value in given.items() if value not in ("", None)}


def list_at(name: str, **asked: str) -> str:
    """The address of a list, to which a figure adds what narrows it to its own rows."""
    given = f"{urlencode(asked)}&" if asked else ""
    return f"{reverse(name)}?{given}"


def rows_page(
    request: Request, listing: Listing, *, crumbs: Sequence[tuple[str, str]], lead: str, none: str
) -> HttpResponse:
    """The rows behind a figure, with what narrows them in words."""

    def told(shown: Shown) -> dict[str, str]:
        said = [word for word in shown.filterset.words() if not word.startswith("截至")]
        return {"lead": "；".join([lead, *said])}

    return list_page(
        request,
        listing,
        "registry/list.html",
        size=PER_PAGE,
        told=told,
        crumbs=crumbs,
        none=none,
        why="回到统计页换一个日期或条件。",
    )
