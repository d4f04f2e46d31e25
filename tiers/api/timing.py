"""Handling times of the bureaus as JSON, as the public page shows them."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from registry.access import business_date
from registry.api import ApiRequest
from tiers import timing
from tiers.api.applications import AuthorityBrief
from tiers.models import Decision


class HandlingTimeSerializer(serializers.Serializer):
    """Working days over twelve months; all figures are null below the floor."""

    authority = AuthorityBrief()
    step = serializers.CharField(source="step.kind")
    step_label = serializers.CharField(source="step.label")
    published = serializers.BooleanField(source="is_published")
    cases = serializers.IntegerField(allow_null=True)
    median = serializers.IntegerField(allow_null=True)
    p90 = serializers.IntegerField(source="high", allow_null=True)
    in_time = serializers.FloatField(allow_null=True)
    paused_median = serializers.IntegerField(source="paused", allow_null=True)

    def to_representation(self, row: timing.Row) -> dict[str, object]:
        shown: dict[str, object] = super().to_representation(row)
        if not row.is_published:
            shown |= dict.fromkeys(("cases", "median", "p90", "in_time", "paused_median"))
        return shown


class HandlingTimeViewSet(viewsets.ViewSet):
    """What every bureau takes for its steps, over the twelve months up to today."""

    queryset = Decision.objects.none()  # names the resource in the description
    permission_classes = [AllowAny]

    @extend_schema(responses=HandlingTimeSerializer(many=True))
    def list(self, request: ApiRequest) -> Response:
        found = timing.rows(business_date(request.received_at))
        return Response(HandlingTimeSerializer(found, many=True).data)
