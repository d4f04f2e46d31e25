"""Registry resources of the API: what the pages show, to the same people, to read only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers, viewsets
from rest_framework.exceptions import APIException
from rest_framework.filters import BaseFilterBackend
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from registry import idempotency
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


KEY, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,100}")
KEY_MISSING = "用接口令牌办理时，须在 Idempotency-Key 头里给这次请求一个自己的编号。"
KEY_WRONG = "Idempotency-Key 为 1 至 100 个可打印的英文字符，不含空格。"
KEY_REUSED = "这个 Idempotency-Key 已用于另一项请求，请换一个新的。"
IN_FLIGHT = "同一请求正在办理，请稍后用同样的内容再发一次。"


def once(method: Callable[..., Response]) -> Callable[..., Response]:
    """Acts that are carried out once however often they are sent under one ``Idempotency-Key``;
    applications must give one, browsers may.
    """

    @wraps(method)
    def guarded(view: Any, request: ApiRequest, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(KEY, "")
        if not key and request.auth is None:
            return method(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise Refusal("invalid" if key else "key_missing", KEY_WRONG if key else KEY_MISSING)
        user, at = cast(User, request.user), request.received_at
        path, sent = request.get_full_path(), [request.headers.get("If-Match"), request.data]
        asked = idempotency.call(user, key, str(request.method), path, sent, at=at)
        try:
            return _carried_out(asked, lambda: method(view, request, *args, **kwargs))
        except idempotency.KeyReused as reused:
            raise Refusal("key_reused", KEY_REUSED) from reused
        except idempotency.InFlight as busy:
            raise Refusal("in_flight", IN_FLIGHT, retry_after=busy.seconds) from busy

    guarded.is_once = True  # type: ignore[attr-defined]
    return guarded


def _carried_out(asked: idempotency.Call, act: Callable[[], Response]) -> Response:
    row, ours = idempotency.claimed(asked)
    if not ours:
        return Response(json.loads(row.answer), status=row.status, headers={REPLAYED: "true"})
    try:
        with transaction.atomic():
            idempotency.hold(row)
            answer = act()
            text = JSONRenderer().render(answer.data).decode()
            idempotency.keep(row, answer.status_code, text)
    except Exception:
        idempotency.give_up(row)
        raise
    return answer


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
        return queryset.order_by(*sort_of(listing, asked).order.terms())

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
