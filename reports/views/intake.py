"""Workbooks that an office sends in: sent, columns explained, tried, taken over, undone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.views.evidence import file_answer
from registry.access import OFFICERS, Duty, Request, on_duty, role_required
from registry.forms.fields import show_refusal
from registry.intake import DOING, Outcome
from registry.views.pages import list_page
from registry.workbook.marking import mark
from registry.workbook.templates import template
from reports import intake
from reports.forms.intake import ColumnsForm, UploadForm
from reports.intake import progress
from reports.listings import BATCHES
from reports.models import Batch, BatchRow

PER_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Status = Batch.Status


def _batch(request: Request, pk: int) -> Batch:
    rows = Batch.objects.visible_to(request.user).select_related("authority").defer("made")
    found: Batch = get_object_or_404(rows, pk=pk)
    if found.kind not in intake.KINDS:
        raise Http404
    return found


def _kind(key: str) -> intake.Kind:
    if key not in intake.KINDS:
        raise Http404
    return intake.KINDS[key]


def _may(request: Request, batch: Batch) -> bool:
    return intake.allowed(intake.KINDS[batch.kind], request.user, request.received_at)


# --- sent in ----------------------------------------


@require_safe
@role_required(*OFFICERS)
def intake_list(request: Request) -> HttpResponse:
    """What the office has sent in, newest first, and what it may send."""
    kinds = intake.kinds_for(request.user, request.received_at)
    return list_page(request, BATCHES, "reports/intake/list.html", kinds=kinds)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*OFFICERS)
@on_duty(Duty.FILING)
def intake_new(request: Request, name: str) -> HttpResponse:
    """Choose the file; the next page shows what is said of it."""
    kind = _kind(name)
    if not intake.allowed(kind, request.user, request.received_at):
        raise PermissionDenied(kind.refusal)
    form = UploadForm(request.POST or None, request.FILES or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        by, at = request.user, request.received_at
        try:
            batch = intake.upload(kind, file, name=file.name, given=form.given, by=by, at=at)
        except ValidationError as refusal:
            if known := _sent_before(refusal):
                messages.warning(request, refusal.messages[0])
                return redirect("reports:intake", known)
            show_refusal(form, refusal)
        else:
            return redirect("reports:intake", batch.pk)
    context = {"kind": kind, "form": form}
    return render(request, "reports/intake/new.html", context, status=422 if form.errors else 200)


def _sent_before(refusal: ValidationError) -> int | None:
    code, params = getattr(refusal, "code", ""), getattr(refusal, "params", None)
    return params["batch"] if code == intake.SENT_BEFORE and params else None


@require_safe
@role_required(*OFFICERS)
def intake_template(request: Request, name: str) -> HttpResponse:
    """The empty form of a kind, with lists to choose from."""
    kind = _kind(name)
    if not intake.allowed(kind, request.user, request.received_at):
        raise PermissionDenied(kind.refusal)
    fields = kind.fields(request.user)
    content = template(kind.label, fields, kind.version, place=request.user.authority)
    return _workbook(content, f"{kind.label}模板.xlsx")


def _workbook(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    response.headers["Cache-Control"] = "private, no-store"
    return response


# --- one batch ----------------------------------------


@require_safe
@role_required(*OFFICERS)
def intake_batch(request: Request, pk: int) -> HttpResponse:
    """Where the batch stands: columns to explain, the trial, the run, what came of it."""
    batch = _batch(request, pk)
    if batch.status == Status.ASKING and _may(request, batch):
        return redirect("reports:intake_columns", pk)
    outcome = request.GET.get("outcome", "")
    rows = batch.rows.order_by("number")
    if outcome in Outcome.values:
        rows = rows.filter(outcome=outcome)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **_about(request, batch),
        "page": page,
        "rows": [_line(batch, row) for row in page],
        "outcome": Outcome(outcome) if outcome in Outcome.values else "",
        "outcomes": [(one, batch.counts.get(one, 0)) for one in Outcome],
    }
    return render(request, "reports/intake/batch.html", context)


def _about(request: Request, batch: Batch) -> dict[str, Any]:
    kind = intake.KINDS[batch.kind]
    return {
        "batch": batch,
        "kind": kind,
        "may": _may(request, batch),
        "done": progress.of(batch.pk) if batch.at_work else None,
        "typed": [(ask.label, batch.given.get(ask.key, "")) for ask in kind.asks],
        "fields": {field.key: field.caption for field in kind.fields(request.user)},
    }


def _line(batch: Batch, row: BatchRow) -> dict[str, Any]:
    """A row as the page prints it."""
    kind = intake.KINDS[batch.kind]
    names = [row.cells.get(key, {}) for key in kind.shown]
    return {
        "row": row,
        "names": [cell.get("v") or cell.get("r", "") for cell in names],
        "done": batch.status == Status.APPLIED and row.outcome in DOING,
    }


@require_safe
@role_required(*OFFICERS)
def intake_progress(request: Request, pk: int) -> HttpResponse:
    """How far the run is; asks the page to come anew once it has ended."""
    batch = _batch(request, pk)
    if not batch.at_work:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "reports/intake/_progress.html", _about(request, batch))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*OFFICERS)
@on_duty(Duty.FILING)
def intake_columns(request: Request, pk: int) -> HttpResponse:
    """Which column is what, where the captions leave doubt; the answers are remembered."""
    batch = _batch(request, pk)
    if not batch.is_open:
        return redirect("reports:intake", pk)
    kind = intake.KINDS[batch.kind]
    form = ColumnsForm(request.POST or None, batch=batch, fields=kind.fields(request.user))
    if request.method == "POST" and form.is_valid():
        try:
            intake.explain(batch, form.answers, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "列的含义已记住，下次同样的列名不再询问")
            return redirect("reports:intake", pk)
    missing = [
        one.caption for one in kind.fields(request.user) if one.key in batch.layout["missing"]
    ]
    context = {"batch": batch, "kind": kind, "form": form, "missing": missing}
    status = 422 if form.errors else 200
    return render(request, "reports/intake/columns.html", context, status=status)


@require_POST
@role_required(*OFFICERS)
def intake_order(request: Request, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    way, seen = request.POST.get("way", ""), request.POST.get("seen", "")
    act = {"seen": int(seen) if seen.isdecimal() else 0}
    try:
        done = intake.order(batch, way, **act, by=request.user, at=request.received_at)
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    else:
        if done.status == Status.APPLIED:
            messages.success(request, f"已导入 {done.doing} 行")
    return redirect("reports:intake", pk)


@require_POST
@role_required(*OFFICERS)
def intake_drop(request: Request, pk: int) -> HttpResponse:
    try:
        intake.drop(_batch(request, pk), by=request.user, at=request.received_at)
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, "已作废，没有写入任何内容")
    return redirect("reports:intake_list")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*OFFICERS)
@on_duty(Duty.FILING)
def intake_undo(request: Request, pk: int) -> HttpResponse:
    """撤销: what goes, what rests on it, then the act."""
    batch = _batch(request, pk)
    if batch.status != Status.APPLIED or not _may(request, batch):
        return redirect("reports:intake", pk)
    by, at = request.user, request.received_at
    problems: list[str] = []
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        try:
            done = intake.undo(batch, seen=int(seen) if seen.isdecimal() else 0, by=by, at=at)
        except ValidationError as refusal:
            problems = refusal.messages
        else:
            if done.status == Status.UNDONE:
                messages.success(request, "已撤销，导入的内容和发出的消息都已撤回")
            return redirect("reports:intake", pk)
    context = {
        "batch": batch,
        "kind": intake.KINDS[batch.kind],
        "held": intake.hindrances(batch, by=by, at=at),
        "problems": problems,
    }
    return render(request, "reports/intake/undo.html", context, status=422 if problems else 200)


# --- its files ----------------------------------------


@require_safe
@role_required(*OFFICERS)
def intake_file(request: Request, pk: int) -> HttpResponseBase:
    """The file as it was sent."""
    return file_answer(_batch(request, pk), as_attachment=True)


@require_safe
@role_required(*OFFICERS)
def intake_marked(request: Request, pk: int) -> HttpResponse:
    """The sender's own file, its faulty cells marked."""
    batch = _batch(request, pk)
    where = {"sheet": batch.layout["sheet"], "header_row": batch.layout["header_row"]}
    with batch.file.open("rb") as file:
        content, name = mark(file, batch.name, intake.problems_of(batch), **where)
    return _workbook(content, name)
