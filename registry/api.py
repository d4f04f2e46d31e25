"""Registry resources of the API: what the pages show, to the same people, to read only."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers, viewsets
from rest_framework.exceptions import APIException
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from registry.access import HasRole, Role
from registry.filters import AuthorityFilter, DivisionFilter, FactoryFilter
from registry.listing import sort_of
from registry.listing.asking import SORT
from registry.listings import ENTERPRISES
from registry.models import Authority, Division, Enterprise, Factory, Notification, User


class AuthoritySerializer(serializers.ModelSerializer):
    class Meta:
        model = Authority
        fields = ["id", "code", "name", "short_name", "kind", "parent", "path"]


class DivisionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Division
        fields = ["code", "name", "level", "parent", "authority"]


class EnterpriseSerializer(serializers.ModelSerializer):
    former_names: serializers.SlugRelatedField = serializers.SlugRelatedField(
        slug_field="name", many=True, read_only=True
    )

    class Meta:
        model = Enterprise
        fields = [
            "id", "credit_code", "name", "former_names", "seat", "address", "authority", "industry",
            "size", "above_scale", "created_at",
        ]  # fmt: skip


class FactorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Factory
        fields = [
            "id", "enterprise", "name", "division", "address", "authority", "industry", "products",
            "created_at",
        ]  # fmt: skip


class NotificationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Notification
        fields = [
            "id", "event", "matter", "result", "next_step", "due_on", "link", "created_at",
            "read_at",
        ]  # fmt: skip


class ApiRequest(Request):
    """A request as the viewsets have it, for annotations: it knows when it was received."""

    received_at: datetime


class Refusal(APIException):
    """A refusal of a kind of its own, with members beside those every refusal has."""

    def __init__(self, kind: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.kind, self.more = kind, more


_VERSION = re.compile(r'(?:W/)?"(\d{1,9})(?:-[0-9a-f]+)?"')


def version_wanted(request: Request) -> int | None:
    """The version that ``If-Match`` names, by itself or as an ETag that we gave; -1 stands for one
    that never was, None for no such header.
    """
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return None
    found = _VERSION.fullmatch(given)
    return int(found[1]) if found else -1


class ScopedViewSet(viewsets.ReadOnlyModelViewSet):
    """Rows that the person sees on the pages; 404 for all others."""

    request: ApiRequest

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        return rows.visible_to(self.request.user)


class ListOrder(BaseFilterBackend):
    """Sorts as the page of the same list does, by the same names."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        asked, listing = request.query_params.get(SORT, ""), getattr(view, "listing", None)
        if not asked or listing is None:
            return queryset
        return queryset.order_by(*sort_of(listing, asked).terms())

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        if (listing := getattr(view, "listing", None)) is None:
            return []
        names = [column.key for column in listing.sortable]
        values = names + [f"-{name}" for name in names]
        return [
            {
                "name": SORT,
                "in": "query",
                "required": False,
                "description": "排序，前加 - 为降序",
                "schema": {"type": "string", "enum": values},
            }
        ]


class AuthorityViewSet(viewsets.ReadOnlyModelViewSet):
    """The chain of responsibility, open to everybody who is signed in."""

    queryset = Authority.objects.order_by("path")
    serializer_class = AuthoritySerializer
    filterset_class = AuthorityFilter


class DivisionViewSet(viewsets.ReadOnlyModelViewSet):
    """The official division list, open to everybody who is signed in."""

    queryset = Division.objects.order_by("code")
    serializer_class = DivisionSerializer
    filterset_class = DivisionFilter


class EnterpriseViewSet(ScopedViewSet):
    queryset = Enterprise.objects.prefetch_related("former_names").order_by("pk")
    serializer_class = EnterpriseSerializer
    filterset_class = ENTERPRISES.filterset
    filter_backends = [DjangoFilterBackend, ListOrder]
    listing = ENTERPRISES


class FactoryViewSet(ScopedViewSet):
    queryset = Factory.objects.order_by("pk")
    serializer_class = FactorySerializer
    filterset_class = FactoryFilter


class NotificationViewSet(ScopedViewSet):
    queryset = Notification.objects.order_by("-created_at", "-pk")
    serializer_class = NotificationSerializer


class PersonSerializer(serializers.ModelSerializer):
    """A colleague, without how to reach him."""

    seat_label = serializers.CharField(source="seat_name")

    class Meta:
        model = User
        fields = ["id", "name", "seat", "seat_label"]


class PersonViewSet(viewsets.ReadOnlyModelViewSet):
    """The people of one's own firm."""

    queryset = User.objects.order_by("pk")
    serializer_class = PersonSerializer
    permission_classes = [HasRole]
    roles = (Role.ENTERPRISE,)
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Any]:
        own = getattr(self.request.user, "enterprise_id", None)
        people = super().get_queryset().filter(enterprise__isnull=False, is_active=True)
        return people.filter(enterprise=own) if own else people.none()
