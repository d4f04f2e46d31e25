"""Documents for download: whoever sees the page gets what it says in Word, Excel and PDF."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from registry.access import Received
from reports import documents
from reports.documents import Form, notice
from reports.documents.content import Document
from tiers.models import Notice

UNREADY = "这份文件正在核对，暂时不能下载。需要的，请与发布部门联系。"


@require_safe
@login_not_required
def notice_document(request: Received, pk: int, form: str) -> HttpResponse:
    """公示, as it was frozen."""
    found = Notice.objects.published().select_related("authority")
    return _file(request, notice.document(get_object_or_404(found, pk=pk)), form)


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
