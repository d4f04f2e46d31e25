"""推荐汇总表 as JSON: what a province has confirmed upward, for its officers to hand on to the
platform of the ministries.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from registry.access import HasRole, Role
from registry.api import ScopedViewSet
from tiers import upward
from tiers.models import UpwardItem, UpwardList


class UpwardRowSerializer(serializers.Serializer):
    """One factory as it was confirmed; whom to call is read at the time of asking."""

    application = serializers.IntegerField()
    number = serializers.CharField()
    rank = serializers.IntegerField(allow_null=True)
    unit = serializers.CharField()
    enterprise = serializers.CharField()
    credit_code = serializers.CharField()
    factory = serializers.CharField()
    industry = serializers.CharField()
    address = serializers.CharField()
    maturity_level = serializers.IntegerField(allow_null=True)
    ai_share = serializers.CharField()
    outcome = serializers.ChoiceField(choices=UpwardItem.Outcome.choices)
    outcome_label = serializers.CharField()
    reason = serializers.CharField()
    contact = serializers.CharField()
    phone = serializers.CharField()


class UpwardListSerializer(serializers.ModelSerializer):
    """``digest`` is over what was confirmed: everything but whom to call."""

    kind_label = serializers.CharField(source="get_kind_display")
    round_title = serializers.CharField(source="round.title")
    tier = serializers.CharField(source="round.tier")
    tier_label = serializers.CharField(source="round.get_tier_display")
    recommended_by = serializers.CharField(source="frozen.recommended_by")
    notice = serializers.CharField(source="frozen.notice")
    places = serializers.IntegerField(source="frozen.places", allow_null=True)

    class Meta:
        model = UpwardList
        fields = [
            "id", "kind", "kind_label", "round", "round_title", "tier", "tier_label", "document_no",
            "dated", "recommended_by", "notice", "places", "confirmed_at", "digest",
        ]  # fmt: skip


class UpwardListDetailSerializer(UpwardListSerializer):
    rows = serializers.SerializerMethodField()

    class Meta(UpwardListSerializer.Meta):
        fields = [*UpwardListSerializer.Meta.fields, "rows"]

    @extend_schema_field(UpwardRowSerializer(many=True))
    def get_rows(self, held: UpwardList) -> list[dict[str, Any]]:
        people = upward.contacts(held)
        nobody = upward.Contact("", "")
        rows = []
        for row in held.frozen["rows"]:
            who = people.get(row["application"], nobody)
            rows.append({**row, "contact": who.name, "phone": who.phone})
        return list(UpwardRowSerializer(rows, many=True).data)


class UpwardListViewSet(ScopedViewSet):
    """What was reported to the ministries, and what they decided, once it is confirmed."""

    queryset = (
        UpwardList.objects.confirmed().select_related("round").order_by("-confirmed_at", "-pk")
    )
    permission_classes = [HasRole]
    roles = (Role.PROVINCE,)
    filterset_fields = ["kind", "round"]
    lookup_value_converter = "int"

    def get_serializer_class(self) -> type[UpwardListSerializer]:
        return UpwardListSerializer if self.action == "list" else UpwardListDetailSerializer
