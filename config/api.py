"""The API under /api/v1/: which resources there are, its description, and how refusals look."""

from typing import Any

from django.core.exceptions import ValidationError
from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import status
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import exception_handler as drf_exception_handler
from rest_framework.views import set_rollback

from assessments import api as assessments
from registry import api as registry
from tiers.api import applications, rounds, titles

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
router.register("assessments", assessments.AssessmentViewSet)
router.register("notifications", registry.NotificationViewSet)
router.register("applications", applications.ApplicationViewSet, basename="application")
router.register("rounds", rounds.RoundViewSet, basename="round")
router.register("register", titles.RegisterViewSet, basename="register")
router.register("certifications", titles.TitleViewSet, basename="certification")
router.register("filing-lists", titles.FilingListViewSet, basename="filing-list")

app_name = "api"

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    *router.urls,
]
