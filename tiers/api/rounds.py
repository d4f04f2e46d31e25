"""Rounds of applications as JSON, to read."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import mixins, serializers, viewsets

from registry.access import OFFICERS, HasRole, Role, business_date
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
            "tier",
            "tier_label",
            "authority",
            "policy",
            "opens_on",
            "closes_on",
            "is_open",
        ]

    def get_is_open(self, batch: Round) -> bool:
        return batch.is_open(business_date(timezone.now()))


class RoundViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Rounds that cover one of the firm's factories, or lie in the officer's chain."""

    queryset = Round.objects.none()
    serializer_class = RoundSerializer
    permission_classes = [HasRole]
    roles = (Role.ENTERPRISE, *OFFICERS)
    filterset_class = RoundFilter
    lookup_value_converter = "int"

    def get_queryset(self) -> Any:
        rounds = Round.objects.visible_to(self.request.user).select_related("authority")
        return rounds.order_by("-opens_on", "-pk")
