"""Files of an assessment: upload, download, preview, replace, remove; served nowhere else."""

from __future__ import annotations

from typing import Any, Protocol

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST, require_safe

from assessments import assessment as self_assessment
from assessments import standard
from assessments.forms.questions import upload_limits
from assessments.models import Assessment, Evidence
from assessments.views.sections import page
from registry.access import Request, changing, may_change

# The browser draws the file and nothing else: no script, no form, no request, a foreign origin.
PREVIEW_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_POST
@changing
def evidence_add(request: Request, pk: int) -> HttpResponse:
    found = Assessment.objects.visible_to(request.user).select_related("factory__authority")
    assessment = get_object_or_404(found, pk=pk)
    item = request.POST.get("item", "")
    problems = _take(request, assessment, item)
    if request.headers.get("X-Upload"):
        return JsonResponse({"errors": problems}, status=422 if problems else 201)
    section = _section(assessment, item)
    if problems:
        return page(request, assessment, section, upload_errors={item: problems}, status=422)
    messages.success(request, "已上传")
    return redirect(f"{reverse('assessments:section', args=[pk, section])}#{item}")


def _take(request: Request, assessment: Assessment, item: str) -> list[str]:
    """Keep each file sent; the sentences of those that were refused."""
    at, problems = request.received_at, []
    uploads = request.FILES.getlist("file")
    for upload in uploads:
        try:
            self_assessment.add_evidence(
                assessment, item, upload, name=upload.name or "未命名", by=request.user, at=at
            )
        except ValidationError as error:
            problems += error.messages
    return problems if uploads else ["请选择要上传的文件"]


def _section(assessment: Assessment, item: str) -> str:
    """The section whose page shows the files of an item."""
    return self_assessment.section_with(standard.get(assessment.standard), item).id


def _evidence(request: Request, pk: int) -> Evidence:
    found = Evidence.objects.visible_to(request.user).select_related(
        "assessment__factory__authority", "added_by__authority", "added_by__enterprise"
    )
    return get_object_or_404(found, pk=pk)


@require_safe
def evidence(request: Request, pk: int) -> FileResponse:
    return file_answer(_evidence(request, pk), as_attachment=True)


@require_safe
def evidence_preview(request: Request, pk: int) -> HttpResponseBase:
    one = _evidence(request, pk)
    if not one.previewable:
        return redirect("assessments:evidence", pk)
    response = file_answer(one, as_attachment=False)
    response["Content-Security-Policy"] = PREVIEW_POLICY
    return response


class Kept(Protocol):
    """A file whose content was looked at when it was taken in."""

    file: Any
    name: Any
    content_type: Any


def file_answer(one: Kept, *, as_attachment: bool) -> FileResponse:
    """A private file, for whoever the caller has let through."""
    response = FileResponse(
        one.file.open("rb"),
        as_attachment=as_attachment,
        filename=one.name,
        content_type=one.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
def evidence_versions(request: Request, pk: int, problems: list[str] | None = None) -> HttpResponse:
    one = _evidence(request, pk)
    context = {
        "evidence": one,
        "assessment": one.assessment,
        "section": _section(one.assessment, one.item),
        "earlier": self_assessment.earlier_versions(one),
        "problems": problems,
        "can_replace": not one.assessment.is_locked
        and one.removed_at is None
        and may_change(request.user),
        "upload": upload_limits(),
    }
    return render(request, "assessments/evidence.html", context, status=422 if problems else 200)


@require_POST
@changing
def evidence_replace(request: Request, pk: int) -> HttpResponse:
    one = _evidence(request, pk)
    upload = request.FILES.get("file")
    if upload is None:
        return _versions_again(request, pk, ["请选择新的文件"])
    try:
        self_assessment.add_evidence(
            one.assessment,
            one.item,
            upload,
            name=upload.name or one.name,
            replaces=one,
            by=request.user,
            at=request.received_at,
        )
    except ValidationError as error:
        return _versions_again(request, pk, error.messages)
    messages.success(request, f"已替换“{one.name}”，原文件保留在历史中")
    return _back(one)


def _versions_again(request: Request, pk: int, problems: list[str]) -> HttpResponse:
    request.method = "GET"
    return evidence_versions(request, pk, problems)


@require_POST
@changing
def evidence_remove(request: Request, pk: int) -> HttpResponse:
    one = _evidence(request, pk)
    try:
        self_assessment.remove_evidence(one, by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"已删除“{one.name}”")
    return _back(one)


def _back(one: Evidence) -> HttpResponse:
    section = _section(one.assessment, one.item)
    address = reverse("assessments:section", args=[one.assessment_id, section])
    return redirect(f"{address}#{one.item}")
