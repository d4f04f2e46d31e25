"""Addresses of the reports app."""

from django.urls import URLPattern, URLResolver, path

from reports.views import (
    annual,
    annual_report,
    cases,
    certificates,
    cockpit,
    documents,
    exports,
    firm_file,
    grids,
    home,
    intake,
    spreads,
    statistics,
    summaries,
    whatif,
)

app_name = "reports"

urlpatterns: list[URLPattern | URLResolver] = [
    path("certificates/<int:pk>.pdf", certificates.certificate_paper, name="certificate_paper"),
    path(
        "certificates/<int:pk>/together.pdf",
        certificates.certificates_paper,
        name="certificates_paper",
    ),
    *(
        path(f"{place}.<slug:form>", view, name=f"{kind}_document")
        for place, kind, view in (
            ("notices/<int:pk>/document", "notice", documents.notice_document),
            ("announcements/<int:pk>/document", "announcement", documents.announcement_document),
            ("filing-lists/<int:pk>/document", "filing", documents.filing_document),
            (
                "rounds/<int:pk>/units/<int:unit>/document",
                "submission",
                documents.submission_document,
            ),
            ("upward-lists/<int:pk>/document", "recommendation", documents.recommendation_document),
            ("applications/<int:pk>/document", "application", documents.application_document),
            ("applications/<int:pk>/opinion", "opinion", documents.opinion_document),
            ("revocations/<int:pk>/document", "decision", documents.decision_document),
            ("annual/summaries/<int:pk>/document", "summary", documents.summary_document),
            ("enterprises/<int:pk>/file/document", "firm", documents.firm_document),
        )
    ),
    path("enterprises/<int:pk>/file/", firm_file.firm_file_page, name="firm_file"),
    path("home/", home.home, name="home"),
    path("lists/<slug:listing>/export/", exports.list_export, name="list_export"),
    path("lists/<slug:listing>/layouts/", exports.layout_save, name="layout_save"),
    path("details/<slug:kind>/<int:pk>/export/", exports.detail_export, name="detail_export"),
    path("layouts/<int:pk>/drop/", exports.layout_drop, name="layout_drop"),
    path("exports/", exports.export_list, name="export_list"),
    path("exports/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/file/", exports.export_file, name="export_file"),
    path("annual/", annual.annual_list, name="annual_list"),
    path("annual/missed/", annual.annual_missed, name="annual_missed"),
    path("annual/open/", annual.annual_open, name="annual_open"),
    path("annual/<int:pk>/", annual_report.annual_report, name="annual_report"),
    path("annual/<int:pk>/save/", annual_report.annual_save, name="annual_save"),
    path("annual/<int:pk>/decide/", annual_report.annual_decide, name="annual_decide"),
    path("annual/<int:pk>/files/", annual_report.annual_file_add, name="annual_file_add"),
    path("annual/files/<int:pk>/", annual_report.annual_file, name="annual_file"),
    path(
        "annual/files/<int:pk>/remove/",
        annual_report.annual_file_remove,
        name="annual_file_remove",
    ),
    path("reports/returns/", home.returned, name="returned"),
    path("statistics/cockpit/", cockpit.show, name="cockpit"),
    path("statistics/", statistics.title_statistics, name="title_statistics"),
    path("statistics/public/", statistics.public_statistics, name="public_statistics"),
    path("statistics/titles/", statistics.title_rows, name="title_rows"),
    path("statistics/targets/", statistics.plan_targets, name="plan_targets"),
    path("statistics/funnel/", cases.case_funnel, name="case_funnel"),
    path("statistics/times/", cases.decision_times, name="decision_times"),
    path("statistics/cases/", cases.case_rows, name="case_rows"),
    path("statistics/csv/<slug:name>/", grids.grid_csv, name="grid_csv"),
    path("statistics/kpis/", spreads.kpi_spreads, name="kpi_spreads"),
    path("statistics/coverage/", statistics.coverage_statistics, name="coverage"),
    path("statistics/coverage/factories/", statistics.assessment_rows, name="assessment_rows"),
    path("annual/summaries/", summaries.summary_board, name="summary_board"),
    path("annual/summaries/<int:pk>/", summaries.summary, name="summary"),
    path("annual/summaries/<int:pk>/edit/", summaries.summary_edit, name="summary_edit"),
    path("annual/summaries/<int:pk>/prepare/", summaries.summary_prepare, name="summary_prepare"),
    path("annual/summaries/<int:pk>/sign/", summaries.summary_sign, name="summary_sign"),
    path(
        "annual/summaries/<int:pk>/send-back/",
        summaries.summary_send_back,
        name="summary_send_back",
    ),
    path("annual/summaries/<int:pk>/print/", summaries.summary_print, name="summary_print"),
    path("annual/summaries/<int:pk>/units/", summaries.summary_units, name="summary_units"),
    path("annual/summaries/<int:pk>/rows/<slug:key>/", summaries.summary_rows, name="summary_rows"),
    path("annual/summaries/<int:pk>/files/", summaries.summary_file_add, name="summary_file_add"),
    path("annual/summaries/files/<int:pk>/", summaries.summary_file, name="summary_file"),
    path(
        "annual/summaries/files/<int:pk>/remove/",
        summaries.summary_file_remove,
        name="summary_file_remove",
    ),
    path("intake/", intake.intake_list, name="intake_list"),
    path("intake/new/<slug:name>/", intake.intake_new, name="intake_new"),
    path("intake/template/<slug:name>/", intake.intake_template, name="intake_template"),
    path("intake/<int:pk>/", intake.intake_batch, name="intake"),
    *(
        path(f"intake/<int:pk>/{what}/", getattr(intake, f"intake_{what}"), name=f"intake_{what}")
        for what in ("columns", "order", "drop", "undo", "progress", "file", "marked")
    ),
    path("statistics/what-if/", whatif.what_if, name="what_if"),
    path("statistics/what-if/factories/", whatif.what_if_rows, name="what_if_rows"),
    path("statistics/what-if/workbook/", whatif.what_if_workbook, name="what_if_workbook"),
]
