"""The tables of figures and annual reports as JSON: what the pages show, to the same people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from registry.access import OFFICERS, HasRole, Role, business_date
from registry.api import ApiRequest, ScopedViewSet
from reports import grids
from reports.forms import GridForm
from reports.forms.annual import AnnualFilter
from reports.models import AnnualReport
from tiers.models import Certification


class GridRowSerializer(serializers.Serializer):
    """``lists`` holds for each value the address of the list with exactly its rows, or ""."""

    label = serializers.CharField()  # type: ignore[assignment]  # a name of Field itself
    values = serializers.ListField(child=serializers.JSONField(allow_null=True))
    lists = serializers.ListField(child=serializers.CharField(allow_blank=True))


class GridSerializer(serializers.Serializer):
    """A table of figures over what the caller may see, as of a day."""

    table = serializers.CharField()
    heading = serializers.CharField()
    as_of = serializers.DateField()
    first_column = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    rows = GridRowSerializer(many=True)


class GridNameSerializer(serializers.Serializer):
    table = serializers.CharField()
    heading = serializers.CharField()


PARAMETERS = [
    OpenApiParameter("table", str, OpenApiParameter.PATH, enum=list(grids.GRIDS)),
    OpenApiParameter("on", str, description="The day the figures are of; today if left out."),
    OpenApiParameter("by", str, description="titles: unit, industry, year, source or standing."),
    OpenApiParameter("tier", str, description="titles, funnel, times, bureaus."),
    OpenApiParameter("standing", str, description="titles: a state, empty for all."),
    OpenApiParameter("industry", str, description="levels, scenarios: code of a division."),
    OpenApiParameter("round", int, description="funnel: one round."),
    OpenApiParameter("kpi", str, description="kpis: which indicator."),
    OpenApiParameter("year", int, description="kpis: of which year."),
]


class StatisticsViewSet(viewsets.ViewSet):
    """Tables of figures over the caller's own scope."""

    queryset = Certification.objects.none()  # names the resource in the description
    permission_classes = [HasRole]
    roles = OFFICERS
    lookup_field = "table"

    @extend_schema(responses=GridNameSerializer(many=True))
    def list(self, request: ApiRequest) -> Response:
        """Which tables there are for the caller."""
        own = {
            name: kind
            for name, kind in grids.GRIDS.items()
            if getattr(request.user, "role", "") in kind.roles
        }
        rows = [{"table": name, "heading": kind.heading} for name, kind in own.items()]
        return Response(GridNameSerializer(rows, many=True).data)

    @extend_schema(responses=GridSerializer, parameters=PARAMETERS)
    def retrieve(self, request: ApiRequest, table: str) -> Response:
        """One table."""
        if table not in grids.GRIDS:
            raise Http404
        asked = GridForm(request.query_params).asked(business_date(request.received_at))
        found = grids.grid(table, request.user, asked)  # type: ignore[arg-type]
        body = {
            "table": table,
            "heading": found.heading,
            "as_of": asked.on,
            "first_column": found.first,
            "columns": found.columns,
            "rows": [_row(row, found.opens) for row in found.rows],
        }
        return Response(GridSerializer(body).data)


def _row(row: grids.Row, opens: str) -> dict[str, Any]:
    lists = [f"{reverse(opens)}?{query}" if query else "" for query in row.queries]
    return {"label": row.label, "values": row.values, "lists": lists}


class AnnualReportSerializer(serializers.ModelSerializer):
    """``status`` is worked out on the day of the request: one that is late says so."""

    factory_name = serializers.CharField(source="factory.name")
    enterprise = serializers.CharField(source="factory.enterprise.name")
    authority = serializers.CharField(source="authority.name")
    status = serializers.SerializerMethodField()
    status_label = serializers.SerializerMethodField()

    class Meta:
        model = AnnualReport
        fields = [
            "id", "year", "factory", "factory_name", "enterprise", "tier", "authority", "status",
            "status_label", "due_on", "submitted_at",
        ]  # fmt: skip

    def get_status(self, report: AnnualReport) -> str:
        return report.state_on(self.context["on"])

    def get_status_label(self, report: AnnualReport) -> str:
        return report.label_on(self.context["on"])


class AnnualReportViewSet(ScopedViewSet):
    """A firm's own reports, an office's in its scope, narrowed as on the page."""

    queryset = AnnualReport.objects.for_list().order_by("-year", "pk")
    serializer_class = AnnualReportSerializer
    permission_classes = [HasRole]
    roles = (Role.ENTERPRISE, *OFFICERS)

    @property
    def on(self) -> date:
        return business_date(self.request.received_at)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.request.query_params
        found = AnnualFilter(asked, queryset=queryset, request=self.request)
        return found.qs

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "on": self.on}
