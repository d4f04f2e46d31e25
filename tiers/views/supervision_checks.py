"""One inspection of a title in force: its record and signature, the answer, the second look."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from assessments.views.evidence import PREVIEW_POLICY
from registry.access import OFFICERS, Request, Role, business_date, changing, role_required
from tiers import supervision
from tiers.forms.applications import add_refusals
from tiers.forms.supervision import AnswerForm, Findings, RecheckForm, RecordForm
from tiers.models import SupervisionCheck, SupervisionFile


def _of(request: Request, pk: int) -> SupervisionCheck:
    seen = SupervisionCheck.objects.visible_to(request.user).for_list()
    check: SupervisionCheck = get_object_or_404(seen, pk=pk)
    return check


@role_required(Role.ENTERPRISE, *OFFICERS)
@require_safe
def supervision_check(request: Request, pk: int) -> HttpResponse:
    """What was found, and the form of whatever this person does next."""
    return _page(request, _of(request, pk))


def _page(request: Request, check: SupervisionCheck, **filled: Any) -> HttpResponse:
    """``filled`` holds the form that was refused, by its name in the template."""
    user, on = request.user, business_date(request.received_at)
    files = check.files.live().order_by("pk")
    may_record = supervision.may_record(check, user)
    may_answer = supervision.may_answer(check, user)
    context: dict[str, Any] = {
        "check": check,
        "title": check.certification,
        "overdue": check.is_overdue(on),
        "office_files": [one for one in files if not one.by_firm],
        "firm_files": [one for one in files if one.by_firm],
        "may_record": may_record,
        "may_answer": may_answer,
        "officer": user.role in OFFICERS,
        "problems": [],
    }
    if may_record:
        context |= {"record": _record_form(check), "findings": _findings(check)}
    if may_answer:
        context["answer"] = AnswerForm(initial={"answer": check.answer})
    if supervision.may_recheck(check, user):
        context["recheck"] = RecheckForm(initial={"seen": check.version})
    status = 422 if filled else 200
    return render(request, "tiers/supervision/check.html", context | filled, status=status)


def _record_form(check: SupervisionCheck) -> RecordForm:
    kept = {name: getattr(check, name) for name in ("team", "visited_on", "summary")}
    return RecordForm(initial={**kept, "seen": check.version})


def _findings(check: SupervisionCheck, data: Any = None) -> Any:
    items = supervision.items_of(check)
    return Findings(data, initial=check.findings, prefix="findings", form_kwargs={"items": items})


@role_required(*OFFICERS)
@changing
@require_POST
def supervision_record(request: Request, pk: int) -> HttpResponse:
    """Keep the record, or sign it."""
    check = _of(request, pk)
    form, findings = RecordForm(request.POST), _findings(check, request.POST)
    if form.is_valid() and findings.is_valid():
        said, at = form.record(findings.given), request.received_at
        given = {"seen": form.cleaned_data["seen"], "by": request.user, "at": at}
        try:
            if request.POST.get("step") == "sign":
                signing = {name: form.cleaned_data[name] for name in ("result", "name")}
                supervision.sign(check, said, **signing, **given)
                messages.success(request, "已签名，检查结果不再改动，企业会收到站内信")
            else:
                supervision.record(check, said, **given)
                messages.success(request, "已保存检查记录")
            return redirect("tiers:supervision_check", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    if not findings.is_valid():
        form.add_error(None, "有的问题没有填完整，请按提示改正")
    return _page(request, check, record=form, findings=findings, shown_form=form)


@role_required(Role.ENTERPRISE)
@changing
@require_POST
def supervision_answer(request: Request, pk: int) -> HttpResponse:
    check = _of(request, pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            text = form.cleaned_data["answer"]
            supervision.answer(check, text=text, by=request.user, at=request.received_at)
            messages.success(request, "已提交整改情况，检查人会收到站内信。复查前可以再补充")
            return redirect("tiers:supervision_check", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _page(request, check, answer=form, shown_form=form)


@role_required(*OFFICERS)
@changing
@require_POST
def supervision_recheck(request: Request, pk: int) -> HttpResponse:
    check = _of(request, pk)
    form = RecheckForm(request.POST)
    if form.is_valid():
        try:
            supervision.recheck(check, **form.cleaned_data, by=request.user, at=request.received_at)
            messages.success(request, "已填写复查结果，企业会收到站内信")
            return redirect("tiers:supervision_check", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _page(request, check, recheck=form, shown_form=form)


@role_required(Role.ENTERPRISE, *OFFICERS)
@changing
@require_POST
def supervision_file_add(request: Request, pk: int) -> HttpResponse:
    """Keep each file sent; those refused are said by name."""
    check = _of(request, pk)
    uploads, problems = request.FILES.getlist("file"), []
    for one in uploads:
        try:
            supervision.add_file(
                check, one, name=one.name or "材料", by=request.user, at=request.received_at
            )
        except ValidationError as refusal:
            problems += refusal.messages
    if not uploads:
        problems = ["请选择要上传的文件"]
    if problems:
        return _page(request, check, problems=problems)
    messages.success(request, f"已上传 {len(uploads)} 份材料")
    return redirect("tiers:supervision_check", pk)


def _file(request: Request, pk: int) -> SupervisionFile:
    seen = SupervisionFile.objects.visible_to(request.user).live()
    kept: SupervisionFile = get_object_or_404(seen, pk=pk)
    return kept


@role_required(Role.ENTERPRISE, *OFFICERS)
@require_safe
def supervision_file(request: Request, pk: int) -> FileResponse:
    kept = _file(request, pk)
    answer = FileResponse(kept.file.open("rb"), filename=kept.name, content_type=kept.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = PREVIEW_POLICY
    return answer


@role_required(Role.ENTERPRISE, *OFFICERS)
@changing
@require_POST
def supervision_file_remove(request: Request, pk: int) -> HttpResponse:
    kept = _file(request, pk)
    supervision.remove_file(kept, by=request.user, at=request.received_at)
    messages.success(request, f"已移除“{kept.name}”")
    return redirect("tiers:supervision_check", kept.check_row_id)
