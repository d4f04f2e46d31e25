"""Addresses of the assessments app."""

from django.urls import URLPattern, URLResolver, path

from assessments.views import (
    assessments,
    evidence,
    instances,
    plans,
    results,
    rules,
    sections,
    veto,
)

app_name = "assessments"

urlpatterns: list[URLPattern | URLResolver] = [
    path("rules/", rules.rules, name="rules"),
    path("assessments/", assessments.assessment_list, name="assessment_list"),
    path(
        "factories/<int:factory_id>/assess/",
        assessments.assessment_start,
        name="assessment_start",
    ),
    path("assessments/<int:pk>/", assessments.assessment, name="assessment"),
    path("assessments/<int:pk>/autosave/", sections.autosave, name="autosave"),
    path("assessments/<int:pk>/evidence/", evidence.evidence_add, name="evidence_add"),
    path("assessments/<int:pk>/instances/new/", instances.instance_new, name="instance_new"),
    path("assessments/<int:pk>/result/", results.result, name="result"),
    path("assessments/<int:pk>/check/", assessments.check_and_lock, name="check_and_lock"),
    path("assessments/<int:pk>/copy/", assessments.assessment_copy, name="assessment_copy"),
    path("assessments/<int:pk>/print/", assessments.assessment_print, name="assessment_print"),
    path("assessments/<int:pk>/<slug:section>/", sections.section, name="section"),
    path("instances/<int:pk>/", instances.instance, name="instance"),
    path("instances/<int:pk>/remove/", instances.instance_remove, name="instance_remove"),
    path("evidence/<int:pk>/", evidence.evidence, name="evidence"),
    path("evidence/<int:pk>/preview/", evidence.evidence_preview, name="evidence_preview"),
    path("evidence/<int:pk>/versions/", evidence.evidence_versions, name="evidence_versions"),
    path("evidence/<int:pk>/replace/", evidence.evidence_replace, name="evidence_replace"),
    path("evidence/<int:pk>/remove/", evidence.evidence_remove, name="evidence_remove"),
    path("plans/", plans.plan_list, name="plan_list"),
    path("plans/new/", plans.measure_new, name="measure_new"),
    path("plans/<int:pk>/", plans.measure, name="measure"),
    path("enterprise/veto/", veto.veto_list, name="veto_list"),
    path("enterprise/veto/new/", veto.veto_new, name="veto_new"),
    path("enterprises/<int:pk>/veto/", veto.veto_list, name="veto_list"),
    path("enterprises/<int:pk>/veto/new/", veto.veto_new, name="veto_new"),
]
