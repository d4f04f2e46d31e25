"""Pages of the summaries of a year: an office's own, those below it, and the rows of a figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.views.evidence import file_answer
from registry.access import OFFICERS, Request, business_date, changing, role_required
from registry.forms.fields import show_refusal
from registry.views.pages import list_page
from reports import summaries
from reports.forms import SendBackForm, SummaryForm
from reports.listings import SUMMARIES
from reports.models import Summary, SummaryFile
from reports.summaries import Content
from reports.summaries.board import board, own_of, state_of, years_of
from reports.summaries.listing import COLUMNS, entries
from tiers import involvement

PER_PAGE = 50


def _of(request: Request, pk: int) -> Summary:
    found = Summary.objects.visible_to(request.user).select_related("authority")
    one: Summary = get_object_or_404(found, pk=pk)
    return one


@require_safe
@role_required(*OFFICERS)
def summary_board(request: Request) -> HttpResponse:
    """The office's own summary of a year, and who below it has signed and who is late."""
    on, years = business_date(request.received_at), years_of(request.user)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else next(iter(years), 0)
    own = own_of(request.user, year)
    context = {
        "on": on,
        "years": years,
        "year": year,
        "own": own,
        "state": state_of(own, on) if own else None,
        "board": board(own, on) if own else None,
    }
    return render(request, "reports/summaries/board.html", context)


@require_safe
@role_required(*OFFICERS)
def summary_list(request: Request) -> HttpResponse:
    """Every edition of every year that this office may see."""
    return list_page(
        request,
        SUMMARIES,
        "registry/list.html",
        lead="本部门历年的总结，和下级已签报的总结；退回以前的版次也在内。",
        crumbs=[("年度总结", reverse("reports:summary_board"))],
        none="还没有年度总结",
        why="每年 1 月 1 日开始报送上一年的总结，届时列在这里。",
    )


@require_safe
@role_required(*OFFICERS)
def summary(request: Request, pk: int) -> HttpResponse:
    """One edition: as it stands while it is written, as it was signed afterwards, and then with
    what the register has changed since.
    """
    one = _of(request, pk)
    return render(request, "reports/summaries/page.html", _context(request, one))


def _context(request: Request, one: Summary) -> dict[str, Any]:
    now = summaries.now(one)
    shown = summaries.signed(one) if one.signed_at else now
    editions = Summary.objects.visible_to(request.user).filter(
        authority=one.authority_id, year=one.year
    )
    return {
        "one": one,
        "state": state_of(one, business_date(request.received_at)),
        "content": shown,
        "sections": [(heading, shown.texts.get(key, "")) for key, heading, _ in summaries.SECTIONS],
        "groups": grouped(shown),
        "files": one.files.live().order_by("pk"),
        "editions": editions.order_by("-edition"),
        "corrections": summaries.corrections(shown, now) if one.signed_at else [],
        "changed_units": summaries.changed_units(shown, now) if one.signed_at else [],
        "may_edit": summaries.may_edit(one, request.user),
        "may_send_back": summaries.may_send_back(one, request.user),
        "prepared": summaries.is_prepared(one, now),
        "own_preparation": involvement.prepared(one, request.user),
        "stops": [] if one.signed_at else summaries.stops(one, now),
        "at": request.received_at,
    }


def grouped(shown: Content) -> dict[str, list[summaries.Line]]:
    """The figures under their headings."""
    groups: dict[str, list[summaries.Line]] = {}
    for line in shown.lines:
        groups.setdefault(line.figure.group, []).append(line)
    return groups


@require_safe
@role_required(*OFFICERS)
def summary_print(request: Request, pk: int) -> HttpResponse:
    """The summary on paper."""
    context = _context(request, _of(request, pk))
    content: Content = context["content"]
    context["tables"] = unit_tables(content)
    return render(request, "reports/summaries/paper.html", context)


# --- by unit --------------------------------------------


def unit_tables(content: Content) -> list[dict[str, Any]]:
    """A table for every group of figures: a line for each unit, one for what lies below none of
    them, and the sum.
    """
    units = [*((unit.code, unit.name) for unit in content.units), (summaries.OWN, "不属于以上单位")]
    return [
        {
            "heading": group,
            "figures": [line.figure for line in lines],
            "lines": [
                (code, name, [(line.figure.key, line.count(code)) for line in lines])
                for code, name in units
            ],
            "total": [(line.figure.key, line.total) for line in lines],
        }
        for group, lines in grouped(content).items()
    ]


@require_safe
@role_required(*OFFICERS)
def summary_units(request: Request, pk: int) -> HttpResponse:
    """The roll-up: every figure by the units below, each number with its rows."""
    one = _of(request, pk)
    now = summaries.now(one)
    content = summaries.signed(one) if one.signed_at else now
    if not content.units:
        raise Http404
    context = {
        "one": one,
        "content": content,
        "tables": unit_tables(content),
        "corrections": summaries.corrections(content, now) if one.signed_at else [],
        "signed_below": _signed_below(one, content, request),
    }
    return render(request, "reports/summaries/units.html", context)


def _signed_below(one: Summary, content: Content, request: Request) -> list[dict[str, Any]]:
    """For every unit its signed edition, and the figures it signed that are others here."""
    digests = [unit.digest for unit in content.units if unit.digest]
    rows = Summary.objects.visible_to(request.user).filter(year=one.year, digest__in=digests)
    by_digest = {row.digest: row for row in rows.select_related("authority")}
    found = []
    for unit in content.units:
        below = by_digest.get(unit.digest) if unit.digest else None
        theirs = summaries.signed(below).line_of if below else {}
        other = [
            (line.figure, theirs[line.figure.key].total, line.count(unit.code))
            for line in content.lines
            if line.figure.key in theirs and theirs[line.figure.key].total != line.count(unit.code)
        ]
        found.append({"unit": unit, "summary": below, "other": other})
    return found


@require_safe
@role_required(*OFFICERS)
def summary_rows(request: Request, pk: int, key: str) -> HttpResponse:
    """The rows of one figure: of the office, or of one of its units."""
    one, figure = _of(request, pk), summaries.BY_KEY.get(key)
    content = summaries.signed(one) if one.signed_at else summaries.now(one, [key])
    if figure is None or key not in content.line_of:
        raise Http404
    names = {unit.code: unit.name for unit in content.units} | {summaries.OWN: "不属于以上单位"}
    unit = request.GET.get("unit")
    if unit is not None and unit not in names:
        raise Http404
    rows = content.line_of[key].rows(unit)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "one": one,
        "figure": figure,
        "unit": names.get(unit) if unit is not None else "",
        "page": page,
        "columns": COLUMNS,
        "entries": entries(figure, list(page), request.user),
    }
    return render(request, "reports/summaries/rows.html", context)


# --- written, prepared, signed --------------------------------------------


@role_required(*OFFICERS)
@changing
@require_http_methods(["GET", "POST"])
def summary_edit(request: Request, pk: int) -> HttpResponse:
    """The words and attachments; the figures are not typed."""
    one = _of(request, pk)
    if not summaries.may_edit(one, request.user):
        raise PermissionDenied("已签报的总结不能修改；未签报的由本部门填写")
    held = summaries.facts(one)
    gaps = [unit.name for unit in summaries.units_of(one.authority, one.year) if not unit.digest]
    form = SummaryForm(request.POST or None, initial=held, held=held, gaps=gaps)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        seen = given.pop("seen", None)
        try:
            summaries.write(one, given, seen=seen, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "已保存")
            return redirect("reports:summary", pk)
    context = {"one": one, "form": form, "files": one.files.live().order_by("pk")}
    status = 422 if form.errors else 200
    return render(request, "reports/summaries/edit.html", context, status=status)


def _act(request: Request, pk: int, act: Callable[..., Summary], done: str) -> HttpResponse:
    one = _of(request, pk)
    try:
        act(one, seen=request.POST.get("seen", ""), by=request.user, at=request.received_at)
        messages.success(request, done)
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("reports:summary", pk)


@role_required(*OFFICERS)
@changing
@require_POST
def summary_prepare(request: Request, pk: int) -> HttpResponse:
    """One person stands for what was on the screen."""
    return _act(request, pk, summaries.prepare, "已准备，请同事核对后签报")


@role_required(*OFFICERS)
@changing
@require_POST
def summary_sign(request: Request, pk: int) -> HttpResponse:
    """A second person signs what was on the screen."""
    return _act(request, pk, summaries.sign, "已签报，内容和数字已固定，上级部门能查阅")


@role_required(*OFFICERS)
@changing
@require_http_methods(["GET", "POST"])
def summary_send_back(request: Request, pk: int) -> HttpResponse:
    """The office above opens a signed summary again, with its reason."""
    one = _of(request, pk)
    if not summaries.may_send_back(one, request.user):
        raise PermissionDenied("已签报的总结由上一级部门退回")
    form = SendBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            summaries.send_back(one, **given, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "已退回，报送部门会收到站内信，原签报内容保留")
            return redirect("reports:summary", pk)
    context = {"one": one, "form": form}
    status = 422 if form.errors else 200
    return render(request, "reports/summaries/send_back.html", context, status=status)


# --- attachments --------------------------------------------


@role_required(*OFFICERS)
@changing
@require_POST
def summary_file_add(request: Request, pk: int) -> HttpResponse:
    one = _of(request, pk)
    for upload in request.FILES.getlist("file"):
        try:
            name = upload.name or ""
            summaries.attach(one, upload, name=name, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            messages.error(request, f"{upload.name}：{'；'.join(refusal.messages)}")
    if not request.FILES:
        messages.error(request, "请选择文件")
    return redirect("reports:summary_edit", pk)


def _file(request: Request, pk: int) -> SummaryFile:
    found = SummaryFile.objects.visible_to(request.user).select_related("summary")
    one: SummaryFile = get_object_or_404(found, pk=pk)
    return one


@require_safe
def summary_file(request: Request, pk: int) -> FileResponse:
    return file_answer(_file(request, pk), as_attachment=True)


@role_required(*OFFICERS)
@changing
@require_POST
def summary_file_remove(request: Request, pk: int) -> HttpResponse:
    kept = _file(request, pk)
    try:
        summaries.detach(kept, by=request.user, at=request.received_at)
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
        return redirect("reports:summary", kept.summary_id)
    return redirect("reports:summary_edit", kept.summary_id)
