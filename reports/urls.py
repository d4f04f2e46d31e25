"""Addresses of the reports app."""

from django.urls import URLPattern, URLResolver, path

from reports.views import (
    cases,
    documents,
    home,
    statistics,
)

app_name = "reports"

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "documents/notices/<int:pk>.<slug:form>", documents.notice_document, name="notice_document"
    ),
    path("home/", home.home, name="home"),
    path("reports/returns/", home.returned, name="returned"),
    path("statistics/", statistics.title_statistics, name="title_statistics"),
    path("statistics/public/", statistics.public_statistics, name="public_statistics"),
    path("statistics/titles/", statistics.title_rows, name="title_rows"),
    path("statistics/targets/", statistics.plan_targets, name="plan_targets"),
    path("statistics/funnel/", cases.case_funnel, name="case_funnel"),
    path("statistics/times/", cases.decision_times, name="decision_times"),
    path("statistics/cases/", cases.case_rows, name="case_rows"),
    path("statistics/coverage/", statistics.coverage_statistics, name="coverage"),
    path("statistics/coverage/factories/", statistics.assessment_rows, name="assessment_rows"),
]
