"""The API under /api/v1/: which resources there are, its description, and how refusals look."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework import status
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import exception_handler as drf_exception_handler
from rest_framework.views import set_rollback

from assessments import api as assessments
from registry import api as registry
from reports import api as reports
from tiers.api import applications, rounds, timing, titles

STALE = "stale"


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """A rule's refusal becomes 400 in its words, an overtaken form 409; DRF knows the rest."""
    if not isinstance(exc, ValidationError):
        return drf_exception_handler(exc, context)
    set_rollback()
    codes = {error.code for error in exc.error_list} if hasattr(exc, "error_list") else set()
    body = (
        exc.message_dict
        if hasattr(exc, "error_dict")
        else {"detail": exc.messages, "codes": sorted(code for code in codes if code)}
    )
    code = status.HTTP_409_CONFLICT if STALE in codes else status.HTTP_400_BAD_REQUEST
    return Response(body, status=code)


router = SimpleRouter(use_regex_path=False)
router.register("authorities", registry.AuthorityViewSet)
router.register("divisions", registry.DivisionViewSet)
router.register("enterprises", registry.EnterpriseViewSet)
router.register("factories", registry.FactoryViewSet)
router.register("people", registry.PersonViewSet, basename="person")
router.register("assessments", assessments.AssessmentViewSet)
router.register("notifications", registry.NotificationViewSet)
router.register("applications", applications.ApplicationViewSet, basename="application")
router.register("rounds", rounds.RoundViewSet, basename="round")
router.register("register", titles.RegisterViewSet, basename="register")
router.register("certifications", titles.TitleViewSet, basename="certification")
router.register("handling-times", timing.HandlingTimeViewSet, basename="handling-time")
router.register("statistics", reports.StatisticsViewSet, basename="statistics")
router.register("annual-reports", reports.AnnualReportViewSet, basename="annual-report")
router.register("filing-lists", titles.FilingListViewSet, basename="filing-list")


@dataclass(frozen=True)
class Operation:
    """One line of the description: what is asked of which resource, where, and by what filters."""

    resource: str
    method: str
    address: str
    filters: str


@cache
def operations() -> tuple[Operation, ...]:
    """What the API answers, from the same schema that machines read."""
    names = {
        prefix: str(viewset.queryset.model._meta.verbose_name)  # type: ignore[attr-defined]
        for prefix, viewset, _ in router.registry
    }
    found = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return tuple(
        Operation(
            resource=names[address.split("/")[3]],
            method=method.upper(),
            address=address,
            filters="、".join(
                one["name"] for one in call.get("parameters", []) if one["in"] == "query"
            ),
        )
        for address, calls in found.items()
        if address.split("/")[3] in names
        for method, call in calls.items()
    )


@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The resources for people; the schema beside it is for machines."""
    return render(request, "config/api.html", {"operations": operations(), "shell": "public"})


app_name = "api"

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    *router.urls,
]
