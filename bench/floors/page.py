"""Floor of the page of distributions: a bare view that reads the same rows and sets them out in the
portal's frame, as they come: no names, no order, no form, nothing left to say.
"""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from reports.models import KpiSpread

TEMPLATE = """{% extends "base.html" %}{% block content %}<table>{% for row in rows %}<tr>
<td>{{ row.division }}</td><td>{{ row.size }}</td><td>{{ row.factories }}</td><td>{{ row.low }}</td>
<td>{{ row.median }}</td><td>{{ row.high }}</td></tr>{% endfor %}</table>{% endblock %}"""


def bare(request: HttpRequest) -> HttpResponse:
    rows = KpiSpread.objects.filter(
        of_year__year=2026, province=request.user.authority.province_code, kpi=request.GET["kpi"]
    )
    return HttpResponse(engines["django"].from_string(TEMPLATE).render({"rows": rows}, request))


urlpatterns = [path("floor/", bare), path("", include("config.urls"))]
