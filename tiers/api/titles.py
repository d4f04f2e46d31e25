"""Titles and filing lists as JSON, to read: the public register for all, the rest in scope."""

from __future__ import annotations

from datetime import date
from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.permissions import AllowAny

from registry.access import OFFICERS, HasRole, Role, business_date
from registry.api import ApiRequest, ListOrder, ScopedViewSet
from registry.models import Factory
from tiers import filing, register
from tiers.api.applications import AuthorityBrief, EnterpriseBrief
from tiers.forms.public import DayForm, RegisterFilter
from tiers.listings import FILING_LISTS, TITLES
from tiers.models import Certification, FilingEntry, FilingList, Standing, Suspension


class PlacedFactory(serializers.ModelSerializer):
    enterprise = EnterpriseBrief()
    city = serializers.SerializerMethodField()
    county = serializers.SerializerMethodField()
    industry = serializers.CharField(default=None, allow_null=True)

    class Meta:
        model = Factory
        fields = ["id", "name", "enterprise", "city", "county", "industry"]

    def get_city(self, factory: Factory) -> str:
        return register.place_of(factory)[0]

    def get_county(self, factory: Factory) -> str:
        return register.place_of(factory)[1]


class SuspensionSerializer(serializers.ModelSerializer):
    """A suspension as the public knows it: its class and dates, the last day where it has one."""

    kind_label = serializers.CharField(source="get_kind_display")
    last_day = serializers.DateField(allow_null=True)

    class Meta:
        model = Suspension
        fields = ["kind", "kind_label", "from_on", "last_day", "document_no"]


class PublicTitleSerializer(serializers.ModelSerializer):
    """What the public may know of a title. ``status`` is worked out on the day of the request."""

    factory = PlacedFactory()
    tier_label = serializers.CharField(source="get_tier_display")
    status = serializers.SerializerMethodField()
    status_label = serializers.SerializerMethodField()
    issuer = serializers.CharField(source="issuer.name")
    suspensions = SuspensionSerializer(source="suspensions_run", many=True)

    class Meta:
        model = Certification
        fields = [
            "number",
            "factory",
            "tier",
            "tier_label",
            "status",
            "status_label",
            "valid_from",
            "last_day",
            "published_on",
            "issuer",
            "document_no",
            "ending_document_no",
            "suspensions",
            "printed_enterprise",
            "printed_factory",
            "printed_credit_code",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=Standing.choices))
    def get_status(self, title: Certification) -> str:
        return title.standing_on(self.context["on"]).value

    def get_status_label(self, title: Certification) -> str:
        return str(title.standing_on(self.context["on"]).label)


class TitleSerializer(PublicTitleSerializer):
    days_left = serializers.SerializerMethodField()

    class Meta(PublicTitleSerializer.Meta):
        fields = [
            "id",
            *PublicTitleSerializer.Meta.fields,
            "source",
            "maturity_level",
            "assessed_on",
            "ends_on",
            "ending_reason",
            "days_left",
        ]

    def get_days_left(self, title: Certification) -> int | None:
        return title.days_left(self.context["on"])


class _Dated(viewsets.ReadOnlyModelViewSet):
    """Knows the Shanghai day of the request, and gives it to serializers as ``on``."""

    request: ApiRequest

    @property
    def on(self) -> date:
        return business_date(self.request.received_at)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "on": self.on}


class RegisterViewSet(_Dated):
    """The public register: published titles, also those that have ended, as of today or of the day
    ``on``; names and places in ``factory`` are those of today.
    """

    queryset = Certification.objects.none()
    serializer_class = PublicTitleSerializer
    permission_classes = [AllowAny]
    filterset_class = RegisterFilter
    lookup_field = "number"
    lookup_value_converter = "slug"

    @property
    def on(self) -> date:
        form = DayForm(self.request.query_params)
        return (form.cleaned_data["on"] if form.is_valid() else None) or super().on

    def get_queryset(self) -> Any:
        return register.published().order_by("-valid_from", "-pk")


class TitleViewSet(_Dated, ScopedViewSet):
    """The firm's own titles, or those below the officer's authority, published or not."""

    queryset = Certification.objects.for_list().select_related(
        "factory__authority__parent", "factory__industry", "issuer"
    )
    serializer_class = TitleSerializer
    permission_classes = [HasRole]
    roles = (Role.ENTERPRISE, *OFFICERS)
    filterset_class = TITLES.filterset
    filter_backends = [DjangoFilterBackend, ListOrder]
    listing = TITLES
    lookup_value_converter = "int"

    def get_queryset(self) -> Any:
        titles: Any = super().get_queryset()
        return titles.with_standing(self.on).order_by("-valid_from", "-pk")


class FilingEntrySerializer(serializers.ModelSerializer):
    particulars = serializers.JSONField(source="frozen")
    particulars_before = serializers.JSONField(source="frozen_before")

    class Meta:
        model = FilingEntry
        fields = [
            "id",
            "certification",
            "remark",
            "particulars",
            "remark_before",
            "particulars_before",
        ]


class FilingListSerializer(serializers.ModelSerializer):
    """A list with its entries as they were filed."""

    authority = AuthorityBrief()
    recipient = AuthorityBrief()
    tier_label = serializers.CharField(source="get_tier_display")
    status_label = serializers.CharField(source="get_status_display")
    entries = serializers.SerializerMethodField()

    class Meta:
        model = FilingList
        fields = [
            "id",
            "number",
            "tier",
            "tier_label",
            "status",
            "status_label",
            "authority",
            "recipient",
            "document_no",
            "digest",
            "times_filed",
            "filed_at",
            "answered_at",
            "answer",
            "entries",
        ]

    @extend_schema_field(FilingEntrySerializer(many=True))
    def get_entries(self, filing_list: FilingList) -> list[dict[str, Any]]:
        user = self.context["request"].user
        found = [
            entry
            for entry in filing_list.entries.all()
            if filing.is_shown(entry, filing_list, to=user)
        ]
        return list(FilingEntrySerializer(found, many=True).data)


class FilingListViewSet(ScopedViewSet):
    """The office's own lists, and those that were filed with it."""

    queryset = (
        FilingList.objects.select_related("authority", "recipient")
        .prefetch_related("entries")
        .order_by("-pk")
    )
    serializer_class = FilingListSerializer
    permission_classes = [HasRole]
    roles = OFFICERS
    filterset_class = FILING_LISTS.filterset
    filter_backends = [DjangoFilterBackend, ListOrder]
    listing = FILING_LISTS
    lookup_value_converter = "int"
