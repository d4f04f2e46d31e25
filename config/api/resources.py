"""Which resources there are."""

from rest_framework.routers import SimpleRouter

from assessments import api as assessments
from registry import api as registry
from reports import api as reports
from tiers.api import applications, rounds, timing, titles, upward

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
router.register("upward-lists", upward.UpwardListViewSet, basename="upward-list")
