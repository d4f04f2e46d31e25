"""Floor of a list: a bare view behind the same middleware and sign-in that sends the statements the
page sends, as text, and sets the rows out in the portal's frame as they come.

The statements lie in a file of JSON that the environment names: for each key those of one page. The
frame is the one that page stands in (``shell``).
"""

import json
import os
from functools import cache
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

TEMPLATE = """{% extends "base.html" %}{% block content %}<table>{% for row in rows %}<tr>
{% for cell in row %}<td>{{ cell|default_if_none:"" }}</td>{% endfor %}</tr>{% endfor %}</table>
{% endblock %}"""


@cache
def statements() -> dict[str, list[str]]:
    return json.loads(Path(os.environ["BENCH_STATEMENTS"]).read_text(encoding="utf-8"))


@cache
def template() -> object:
    return engines["django"].from_string(TEMPLATE)


@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    rows: list[tuple] = []
    with connection.cursor() as cursor:
        for sql in statements()[request.GET["key"]]:
            cursor.execute(sql)
            found = cursor.fetchall()
            if found and len(found) * len(found[0]) > len(rows) * len(rows[0] if rows else ()):
                rows = found
    return HttpResponse(template().render({"rows": rows, "shell": request.GET["shell"]}, request))


urlpatterns = [path("floor/", bare), path("", include("config.urls"))]
