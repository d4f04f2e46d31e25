"""The next level of a place or an industry, asked for by the selects of a form."""

from __future__ import annotations

import re

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse

from registry.forms.cascade import TREES, CascadeWidget

FIELD = re.compile(r"[a-z][a-z0-9_-]{0,60}")


@login_not_required
def choices(request: HttpRequest, tree: str) -> HttpResponse:
    """The selects of one field, open to the level that the choices above allow."""
    field = request.GET.get("field", "")
    if tree not in TREES or not FIELD.fullmatch(field):
        raise Http404
    widget = CascadeWidget(TREES[tree])
    chosen = widget.value_from_datadict(request.GET, request.FILES, field)
    return HttpResponse(widget.render(field, chosen, {"id": f"id_{field}"}))
