"""Applications as JSON: to read within one's scope, and to act on through the only door."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from registry.access import OFFICERS, HasRole, Role, business_date
from registry.api import ApiRequest, ListOrder, Refusal, ScopedViewSet, once, version_wanted
from registry.models import Authority, Enterprise, Factory, User
from tiers import agreement, clocks, mending, urging, workflow
from tiers.api.returns import (
    AnswersSerializer,
    RemarkSerializer,
    ReturnSerializer,
    SinceSerializer,
    remarks_in,
    replies_in,
    returns_of,
    since_as_json,
)
from tiers.changes import history, since
from tiers.listings import CASES
from tiers.models import Application, Round
from tiers.progress import status_label, step_label
from tiers.workflow import Action


class EnterpriseBrief(serializers.ModelSerializer):
    class Meta:
        model = Enterprise
        fields = ["id", "name", "credit_code"]


class AuthorityBrief(serializers.ModelSerializer):
    class Meta:
        model = Authority
        fields = ["code", "name"]


class FactoryBrief(serializers.ModelSerializer):
    enterprise = EnterpriseBrief()
    authority = AuthorityBrief()

    class Meta:
        model = Factory
        fields = ["id", "name", "enterprise", "authority"]


class RoundBrief(serializers.ModelSerializer):
    class Meta:
        model = Round
        fields = ["id", "title", "policy"]


class ApplicationSerializer(serializers.ModelSerializer):
    """A case with what is worked out about it; ``allowed_actions`` is what the asker may do now."""

    factory = FactoryBrief()
    round = RoundBrief()
    tier_label = serializers.CharField(source="get_tier_display")
    assessment = serializers.SerializerMethodField()
    version = serializers.IntegerField(read_only=True)
    status_label = serializers.SerializerMethodField()
    step_label = serializers.SerializerMethodField()
    days_left = serializers.SerializerMethodField()
    overdue = serializers.SerializerMethodField()
    due_provisional = serializers.SerializerMethodField()
    paused_since = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = [
            "id",
            "number",
            "tier",
            "tier_label",
            "factory",
            "round",
            "assessment",
            "status",
            "status_label",
            "step",
            "step_level",
            "step_label",
            "due_on",
            "days_left",
            "overdue",
            "due_provisional",
            "paused_since",
            "submissions",
            "version",
            "first_submitted_at",
            "submitted_at",
            "allowed_actions",
        ]

    def get_assessment(self, case: Application) -> int | None:
        """To an office the one that was submitted, whatever the firm has chosen since."""
        own = self.context["request"].user.role == Role.ENTERPRISE
        sent: int | None = case.sent_assessment  # type: ignore[attr-defined]
        return case.assessment_id if own else sent

    def get_status_label(self, case: Application) -> str:
        return status_label(case)

    def get_step_label(self, case: Application) -> str:
        return step_label(case)

    def get_days_left(self, case: Application) -> int | None:
        return self._due(case).days

    def get_overdue(self, case: Application) -> bool:
        return self._due(case).overdue

    def get_due_provisional(self, case: Application) -> bool:
        """Whether ``due_on`` may still move: its year has no official holiday table yet."""
        return self._due(case).provisional

    def get_paused_since(self, case: Application) -> date | None:
        """Since when the clock stands still, while the firm mends the application."""
        return self._due(case).paused_since

    def _due(self, case: Application) -> clocks.Due:
        return clocks.due(case, business_date(self.context["request"].received_at))

    def get_allowed_actions(self, case: Application) -> list[str]:
        return [one.value for one in workflow.allowed_actions(case, self.context["request"].user)]


class ApplicationDetailSerializer(ApplicationSerializer):
    """One case, with every return and what was answered to it."""

    returns = serializers.SerializerMethodField()

    class Meta(ApplicationSerializer.Meta):
        fields = [*ApplicationSerializer.Meta.fields, "returns"]

    @extend_schema_field(ReturnSerializer(many=True))
    def get_returns(self, case: Application) -> list[dict[str, Any]]:
        return returns_of(case, self.context["request"].user.role)


class ActSerializer(serializers.Serializer):
    """One act with what it needs; which fields those are depends on the action and the step."""

    action = serializers.ChoiceField(choices=Action.choices)
    opinion = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    document_no = serializers.CharField(required=False, allow_blank=True, max_length=80)
    decided_on = serializers.DateField(required=False, allow_null=True)
    declared_by = serializers.CharField(required=False, allow_blank=True, max_length=40)
    performance_confirmed = serializers.BooleanField(required=False)
    items = RemarkSerializer(many=True, required=False)
    seen = serializers.IntegerField(
        required=False, help_text="The version that the sender saw; another one decides nothing."
    )


class UrgeSerializer(serializers.Serializer):
    note = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")


class VerificationLineSerializer(serializers.Serializer):
    """One statement of the firm with what counts beside it; blank where nobody checked it yet."""

    item = serializers.CharField(source="criterion.key")
    section = serializers.CharField(source="criterion.section")
    title = serializers.CharField(source="criterion.title")
    own = serializers.CharField(source="criterion.own")
    state = serializers.CharField()
    state_label = serializers.CharField(source="label")
    value = serializers.CharField(source="current.value", default="")
    agreed = serializers.CharField(source="current.agreed", default="")
    comment = serializers.CharField(source="current.comment", default="")
    level = serializers.CharField(source="current.level", default="")
    office = serializers.CharField(source="current.place_name", default="")
    at = serializers.DateTimeField(source="current.at", default=None, allow_null=True)


class VerificationSerializer(serializers.Serializer):
    """Self-assessment and re-check side by side, and whether either reaches the tier."""

    own_met = serializers.BooleanField(source="own_verdict.met")
    agreed_met = serializers.BooleanField(source="verdict.met")
    checked = serializers.IntegerField()
    total = serializers.IntegerField()
    lines = VerificationLineSerializer(many=True)


#: What an act answers: the case as it is now, or what its sender missed.
ACTED = {200: ApplicationDetailSerializer, 409: SinceSerializer, 412: SinceSerializer}
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="办理所依据的版本，或取得该件时的 ETag"
)


class ApplicationViewSet(ScopedViewSet):
    """The firm's own applications, or those below the officer's authority."""

    queryset = Application.objects.for_list().with_version().order_by("pk")
    serializer_class = ApplicationSerializer
    permission_classes = [HasRole]
    roles = (Role.ENTERPRISE, *OFFICERS)
    filterset_class = CASES.filterset
    filter_backends = [DjangoFilterBackend, ListOrder]
    listing = CASES
    lookup_value_converter = "int"

    def get_serializer_class(self) -> type[ApplicationSerializer]:
        return ApplicationSerializer if self.action == "list" else ApplicationDetailSerializer

    @extend_schema(request=ActSerializer, responses=ACTED, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"])
    @once
    def act(self, request: ApiRequest, pk: int) -> Response:
        """Do one of ``allowed_actions``. 403: not allowed (any more); 400: what is in the way; 409:
        what changed since the version that was ``seen``.
        """
        case, asked = self.get_object(), ActSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        details = dict(asked.validated_data)
        details["items"] = remarks_in(details.get("items", []))
        person, chosen = cast(User, request.user), Action(details.pop("action"))
        known = {
            one for one in (version_wanted(request), details.pop("seen", None)) if one is not None
        }
        if known:
            details["seen"] = known.pop() if len(known) == 1 else -1
        try:
            workflow.act(case, chosen, by=person, at=request.received_at, **details)
        except workflow.Overtaken as stale:
            raise self._overtaken(case, details["seen"]) from stale
        return Response(self.get_serializer(self.get_object()).data)

    def _overtaken(self, case: Application, seen: int) -> Refusal:
        decisions = history(case)
        missed = since_as_json(since(decisions, max(seen, 0)), len(decisions))
        kind = "stale" if version_wanted(self.request) is None else "precondition_failed"
        return Refusal(kind, workflow.OVERTAKEN, **missed)

    def _ensure_version(self, case: Application) -> None:
        """The version that ``If-Match`` names is the one there is, and stays so in this act."""
        wanted = version_wanted(self.request)
        if wanted is not None:
            held = workflow.locked(case, cast(User, self.request.user))
            if held.decisions.count() != wanted:
                raise self._overtaken(case, wanted)

    @extend_schema(request=AnswersSerializer, responses=ACTED, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"])
    @once
    @transaction.atomic
    def answer(self, request: ApiRequest, pk: int) -> Response:
        """The firm's answers to the items of the latest return, some or all of them."""
        case, asked = self.get_object(), AnswersSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        self._ensure_version(case)
        replies = replies_in(asked.validated_data["items"])
        mending.answer(case, replies, by=cast(User, request.user), at=request.received_at)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses=VerificationSerializer)
    @action(detail=True, methods=["get"])
    def verification(self, request: ApiRequest, pk: int) -> Response:
        """The values beside the firm's own; for the firm once its case is sent back or decided."""
        person = cast(User, request.user)
        case = get_object_or_404(Application.objects.visible_to(person).for_page(), pk=pk)
        if not agreement.shown_to(case, person):
            raise Http404
        return Response(VerificationSerializer(agreement.of(case)).data)

    @extend_schema(request=UrgeSerializer, responses=ACTED, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"])
    @once
    @transaction.atomic
    def urge(self, request: ApiRequest, pk: int) -> Response:
        """Remind the office it waits at. 403: not yours to urge; 400: urged already that day."""
        case, asked = self.get_object(), UrgeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        self._ensure_version(case)
        person = cast(User, request.user)
        urging.urge(case, **asked.validated_data, by=person, at=request.received_at)
        return Response(self.get_serializer(self.get_object()).data)
