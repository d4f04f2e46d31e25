"""Documents for download: whoever sees the page gets what it says in Word, Excel and PDF."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Received, Request, Role, business_date, role_required
from registry.views.enterprises import visible
from reports import documents
from reports.documents import (
    Form,
    announcement,
    application,
    decision,
    filed,
    firm,
    lost_account,
    notice,
    opinion,
    recommended,
    submitted,
    summed,
)
from reports.documents.content import Document
from reports.firm_file import Reading
from reports.models import Summary
from tiers import quota
from tiers.models import (
    Application,
    Assignment,
    Determination,
    FilingList,
    Notice,
    Recommendation,
    ReviewOpinion,
    Revocation,
    UpwardList,
)

UNREADY = "这份文件正在核对，暂时不能下载。需要的，请与发布部门联系。"


@require_safe
@login_not_required
def notice_document(request: Received, pk: int, form: str) -> HttpResponse:
    """公示, as it was frozen."""
    found = Notice.objects.published().select_related("authority")
    return _file(request, notice.document(get_object_or_404(found, pk=pk)), form)


@require_safe
@login_not_required
def announcement_document(request: Received, pk: int, form: str) -> HttpResponse:
    """公告, as it was issued."""
    found = Determination.objects.issued().select_related("round__authority")
    return _file(request, announcement.document(get_object_or_404(found, pk=pk)), form)


@require_safe
@login_not_required
def recovery_document(request: Received, form: str) -> HttpResponse:
    """找回账号申请函, blank."""
    return _file(request, lost_account.document(), form)


@require_safe
@role_required(*OFFICERS)
def filing_document(request: Request, pk: int, form: str) -> HttpResponse:
    """备案函 with its list."""
    found = FilingList.objects.visible_to(request.user).select_related("authority", "recipient")
    listed, on = get_object_or_404(found, pk=pk), business_date(request.received_at)
    return _file(request, filed.document(listed, to=request.user, on=on), form)


@require_safe
@role_required(*OFFICERS)
def recommendation_document(request: Request, pk: int, form: str) -> HttpResponse:
    """推荐函 with 推荐汇总表."""
    found = UpwardList.objects.visible_to(request.user).confirmed()
    kept = get_object_or_404(found, pk=pk, kind=UpwardList.Kind.NOMINATION)
    return _file(request, recommended.document(kept), form)


@require_safe
@role_required(*OFFICERS)
def submission_document(request: Request, pk: int, unit: int, form: str) -> HttpResponse:
    """推荐函 with 推荐汇总表 of a unit in a round: for the unit and for whom it goes to."""
    found = Recommendation.objects.visible_to(request.user).standing()
    one = found.filter(round=pk, authority=unit).select_related("round__authority", "authority")
    first = one.first()
    if first is None:
        raise Http404
    own = quota.places(first.round, [first.authority])[0]
    on = business_date(request.received_at)
    return _file(request, submitted.document(first.round, own, on=on), form)


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def application_document(request: Request, pk: int, form: str) -> HttpResponse:
    """申报书 with everything that was filled in."""
    case = get_object_or_404(Application.objects.visible_to(request.user).for_page(), pk=pk)
    return _file(request, application.document(application.book(case, request.user)), form)


@require_safe
@role_required(*OFFICERS)
def opinion_document(request: Request, pk: int, form: str) -> HttpResponse:
    """评审意见 of a case's latest submission, for the office of the round alone."""
    found = ReviewOpinion.objects.visible_to(request.user).filter(
        application=pk, submission=F("application__submissions")
    )
    written = get_object_or_404(
        found.select_related("application__round__authority", "application__factory__enterprise")
    )
    case = written.application
    given = case.assignments.live().filter(
        submission=case.submissions, state=Assignment.State.GIVEN
    )
    marks = given.select_related("expert").order_by("expert__code")
    return _file(request, opinion.document(case, written, list(marks)), form)


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def decision_document(request: Request, pk: int, form: str) -> HttpResponse:
    """撤销决定, once it is made."""
    found = Revocation.objects.visible_to(request.user).select_related(
        "certification__factory", "authority"
    )
    one = get_object_or_404(found, pk=pk, outcome=Revocation.Outcome.REVOKED)
    return _file(request, decision.document(one), form)


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def firm_document(request: Request, pk: int, form: str) -> HttpResponse:
    """一企一档, as of today."""
    on = business_date(request.received_at)
    return _file(request, firm.document(Reading(visible(request, pk), request.user, on)), form)


@require_safe
@role_required(*OFFICERS)
def summary_document(request: Request, pk: int, form: str) -> HttpResponse:
    """年度总结, as it was signed or as it stands."""
    found = Summary.objects.visible_to(request.user).select_related("authority")
    return _file(request, summed.document(get_object_or_404(found, pk=pk)), form)


def _file(request: Received, document: Document, form: str) -> HttpResponse:
    """The file, or a page with what is wrong in it and where; a stranger reads only that it is."""
    if form not in documents.forms_of(document):
        raise Http404
    try:
        made = documents.printed(document, Form(form))
    except ValidationError as refusal:
        signed_in = request.user.is_authenticated
        context = {
            "shell": "" if signed_in else "public",
            "document": document,
            "problems": refusal.messages if signed_in else [UNREADY],
        }
        return render(request, "reports/document_refused.html", context, status=422)
    answer = HttpResponse(made.content, content_type=made.content_type)
    answer["Content-Disposition"] = content_disposition_header(True, made.name) or "attachment"
    return answer
