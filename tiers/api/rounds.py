"""Rounds of applications as JSON, to read."""

from __future__ import annotations

from rest_framework import serializers

from registry.access import OFFICERS, HasRole, Role, business_date
from registry.api import ScopedViewSet
from tiers.api.applications import AuthorityBrief
from tiers.filters import RoundFilter
from tiers.models import Round


class RoundSerializer(serializers.ModelSerializer):
    authority = AuthorityBrief()
    tier_label = serializers.CharField(source="get_tier_display")
    is_open = serializers.SerializerMethodField()

    class Meta:
        model = Round
        fields = [
            "id",
            "title",
            "kind",
            "tier",
            "tier_label",
            "authority",
            "policy",
            "opens_on",
            "closes_on",
            "is_open",
        ]

    def get_is_open(self, batch: Round) -> bool:
        return batch.is_open(business_date(self.context["request"].received_at))


class RoundViewSet(ScopedViewSet):
    """Rounds that cover one of the firm's factories, or lie in the officer's chain."""

    queryset = Round.objects.select_related("authority").order_by("-opens_on", "-pk")
    serializer_class = RoundSerializer
    permission_classes = [HasRole]
    roles = (Role.ENTERPRISE, *OFFICERS)
    filterset_class = RoundFilter
    lookup_value_converter = "int"
