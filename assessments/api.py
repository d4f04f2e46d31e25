"""Self-assessments as JSON, to read: the list says what the lock found, one alone says all."""

from __future__ import annotations

from typing import Any, cast

import django_filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets

from assessments import assessment as self_assessment
from assessments import scoring
from assessments.models import Assessment
from registry.access import OFFICERS, HasRole, Role
from registry.filters import Filters
from registry.models import User
from registry.policy import Tier


class FindingSerializer(serializers.Serializer):
    """Something between the factory and a tier; not blocking where a reason was given."""

    code = serializers.CharField()
    text = serializers.CharField()
    clause = serializers.CharField()
    own = serializers.CharField()
    required = serializers.CharField()  # type: ignore[assignment]
    blocking = serializers.BooleanField()
    item = serializers.CharField()


class TierSerializer(serializers.Serializer):
    tier = serializers.CharField()
    met = serializers.BooleanField()
    findings = FindingSerializer(many=True)


class ResultSerializer(serializers.Serializer):
    """The result, worked out from the answers under the edition of the assessment."""

    tier = serializers.CharField(allow_null=True)
    maturity_level = serializers.IntegerField(source="maturity.level")
    maturity_score = serializers.DecimalField(
        max_digits=6, decimal_places=4, source="maturity.score"
    )
    maturity_source = serializers.CharField(source="maturity.source")
    ai_instances = serializers.IntegerField(source="ai.ai")
    instances = serializers.IntegerField(source="ai.total")
    tiers = serializers.SerializerMethodField()

    @extend_schema_field(TierSerializer(many=True))
    def get_tiers(self, outcome: scoring.Result) -> Any:
        return TierSerializer(outcome.tiers.values(), many=True).data


class AssessmentSerializer(serializers.ModelSerializer):
    factory_name = serializers.CharField(source="factory.name")
    enterprise_name = serializers.CharField(source="factory.enterprise.name")

    class Meta:
        model = Assessment
        fields = [
            "id",
            "factory",
            "factory_name",
            "enterprise_name",
            "standard",
            "started_at",
            "saved_at",
            "locked_at",
            "reached_tier",
            "maturity_level",
            "maturity_score",
            "digest",
        ]


class AssessmentDetailSerializer(AssessmentSerializer):
    """With the answers by item and the result."""

    answers = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()

    class Meta(AssessmentSerializer.Meta):
        fields = [*AssessmentSerializer.Meta.fields, "answers", "result"]

    def get_answers(self, one: Assessment) -> dict[str, Any]:
        return self_assessment.answers_of(one)

    @extend_schema_field(ResultSerializer)
    def get_result(self, one: Assessment) -> Any:
        return ResultSerializer(self_assessment.result(one)).data


class AssessmentFilter(Filters):
    """By factory, by whether it is locked, and by the tier it reaches."""

    locked = django_filters.BooleanFilter(
        field_name="locked_at", lookup_expr="isnull", exclude=True
    )
    reached_tier = django_filters.ChoiceFilter(choices=Tier.choices)

    class Meta:
        model = Assessment
        fields = ("factory", "locked", "reached_tier")


class AssessmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The firm's own assessments; for officers the locked ones below their authority."""

    queryset = Assessment.objects.none()
    permission_classes = [HasRole]
    roles = (Role.ENTERPRISE, *OFFICERS)
    filterset_class = AssessmentFilter
    lookup_value_converter = "int"

    def get_queryset(self) -> Any:
        return Assessment.objects.visible_to(cast(User, self.request.user)).for_list()

    def get_serializer_class(self) -> type[AssessmentSerializer]:
        return AssessmentDetailSerializer if self.action == "retrieve" else AssessmentSerializer
