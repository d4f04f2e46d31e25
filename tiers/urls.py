"""Addresses of the tiers app."""

from django.urls import URLPattern, URLResolver, path

from tiers.views import (
    applications,
    case,
    correction,
    derivation,
    desk,
    filing,
    public,
    recheck,
    returns,
    rounds,
    titles,
    urging,
    verification,
    yearly,
)

app_name = "tiers"

urlpatterns: list[URLPattern | URLResolver] = [
    path("applications/", applications.application_list, name="application_list"),
    path("applications/new/", applications.application_new, name="application_new"),
    path("applications/<int:pk>/", applications.application, name="application"),
    path(
        "applications/<int:pk>/assessment/",
        applications.application_assessment,
        name="application_assessment",
    ),
    path("applications/<int:pk>/check/", applications.application_check, name="application_check"),
    path(
        "applications/<int:pk>/receipt/",
        applications.application_receipt,
        name="application_receipt",
    ),
    path(
        "applications/<int:pk>/withdraw/",
        applications.application_withdraw,
        name="application_withdraw",
    ),
    path(
        "applications/<int:pk>/answers/",
        applications.application_answers,
        name="application_answers",
    ),
    path("applications/<int:pk>/rework/", returns.application_rework, name="application_rework"),
    path("applications/<int:pk>/act/", case.application_act, name="application_act"),
    path(
        "applications/<int:pk>/verification/",
        verification.verification_sheet,
        name="verification",
    ),
    path(
        "applications/<int:pk>/verification/print/",
        verification.verification_print,
        name="verification_print",
    ),
    path("applications/<int:pk>/urge/", urging.application_urge, name="application_urge"),
    path("desk/", desk.desk, name="desk"),
    path("rounds/", rounds.round_list, name="round_list"),
    path("rounds/new/", rounds.round_new, name="round_new"),
    path("rounds/<int:pk>/close/", rounds.round_close, name="round_close"),
    path("filing-lists/", filing.filing_list_list, name="filing_list_list"),
    path("filing-lists/collect/", filing.filing_collect, name="filing_collect"),
    path("filing-lists/<int:pk>/", filing.filing_list, name="filing_list"),
    path("filing-lists/<int:pk>/earlier/", filing.filing_earlier, name="filing_earlier"),
    path("filing-lists/<int:pk>/file/", filing.filing_file, name="filing_file"),
    path("filing-lists/<int:pk>/answer/", filing.filing_answer, name="filing_answer"),
    path("filing-lists/<int:pk>/letter/", filing.filing_print_letter, name="filing_print_letter"),
    path("filing-lists/<int:pk>/table/", filing.filing_print_list, name="filing_print_list"),
    path(
        "filing-lists/<int:pk>/entries/<int:entry>/strike/",
        filing.filing_strike,
        name="filing_strike",
    ),
    path("filing-lists/<int:pk>/entries/<int:entry>/keep/", filing.filing_keep, name="filing_keep"),
    path(
        "filing-lists/<int:pk>/entries/<int:entry>/correct/",
        correction.filing_correct,
        name="filing_correct",
    ),
    path("filing-lists/<int:pk>/recheck/", recheck.filing_recheck, name="filing_recheck"),
    path("derivation/", derivation.derivation_list, name="derivation_list"),
    path("honours/<int:pk>/", derivation.honour, name="honour"),
    path("honours/<int:pk>/verify/", derivation.honour_verify, name="honour_verify"),
    path("honours/<int:pk>/check/", derivation.honour_check, name="honour_check"),
    path("honours/<int:pk>/grant/", derivation.honour_grant, name="honour_grant"),
    path("honours/<int:pk>/withdraw/", derivation.honour_withdraw, name="honour_withdraw"),
    path("derivation/yearly-list/", yearly.yearly_list, name="yearly_list"),
    path("titles/", titles.title_list, name="title_list"),
    path("titles/<int:pk>/", titles.title, name="title"),
    path("titles/<int:pk>/revoke/", titles.title_revoke, name="title_revoke"),
    path("", public.home, name="home"),
    path("register/", public.register_search, name="register_search"),
    path("register/<int:pk>/", public.public_factory, name="public_factory"),
]
