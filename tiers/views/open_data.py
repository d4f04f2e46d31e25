"""Open data: the page that explains the files, and the files at addresses that stay."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.decorators import login_not_required
from django.http import (
    FileResponse,
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
)
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.access import Received
from tiers import open_data

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LATEST = "latest"


@require_safe
@login_not_required
def open_data_page(request: Received) -> HttpResponse:
    """What there is, what the columns mean, under which terms, how to check it."""
    days = open_data.days()
    context = {
        "shell": "public",
        "days": days,
        "latest": open_data.manifest(days[0]) if days else None,
        "files": (*open_data.FILES, open_data.MANIFEST),
        "dictionary": open_data.DICTIONARY,
        "licence": open_data.LICENCE,
        "kept": open_data.KEPT_DAYS,
        "origin": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "tiers/public/open_data.html", context)


@require_safe
@login_not_required
def open_data_file(request: Received, day: str, name: str) -> HttpResponseBase:
    """One file of a day, or of the latest; whoever has it already is told so."""
    days = open_data.days()
    known = {LATEST: days[0]} if days else {}
    found = (known | {one.isoformat(): one for one in days}).get(day)
    if found is None or name not in (*open_data.FILES, open_data.MANIFEST):
        raise Http404
    etag = f'"{found.isoformat()}-{name}"'
    if request.headers.get("If-None-Match") == etag:
        answer: HttpResponseBase = HttpResponseNotModified()
    else:
        answer = _file(found, name)
    answer["ETag"] = etag
    answer["Cache-Control"] = f"public, max-age={600 if day == LATEST else 86400}"
    return answer


def _file(day: date, name: str) -> FileResponse:
    stem, ending = name.split(".")
    return FileResponse(
        open_data.opened(day, name),
        as_attachment=True,
        filename=f"{stem}-{day.isoformat()}.{ending}",
        content_type=TYPES[ending],
    )
