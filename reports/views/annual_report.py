"""One annual report: the firm's form, what was sent in, the office's answer, its files."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from assessments.assessment import FILE_LIMIT
from assessments.views.evidence import PREVIEW_POLICY
from registry.access import OFFICERS, Request, Role, business_date, changing, role_required
from reports import annual
from reports.forms.annual import DecisionForm, Remarks, ReportForm, Scenarios
from reports.models import AnnualFile, AnnualReport, AnnualStep
from tiers.forms.applications import add_refusals

RULE = "PDF、Word、Excel、JPG 或 PNG，每份不超过 20 MB"
#: So long a firm has to mend, unless the officer says otherwise.
MENDING_DAYS = 14


def _of(request: Request, pk: int) -> AnnualReport:
    seen = AnnualReport.objects.visible_to(request.user).for_list()
    report: AnnualReport = get_object_or_404(seen, pk=pk)
    return report


@role_required(Role.ENTERPRISE, *OFFICERS)
@require_safe
def annual_report(request: Request, pk: int) -> HttpResponse:
    """The form to whoever fills it in; to all others what was sent in."""
    return _page(request, _of(request, pk))


def _page(request: Request, report: AnnualReport, **filled: Any) -> HttpResponse:
    """``filled`` holds the forms that were refused, by their names in the template."""
    user, on = request.user, business_date(request.received_at)
    fills = annual.may_fill(report, user)
    steps = list(report.steps.prefetch_related("remarks"))
    context: dict[str, Any] = {
        "on": on,
        "report": report,
        "state": report.state_on(on),
        "label": report.label_on(on),
        "officer": user.role in OFFICERS,
        "may_submit": annual.may_submit(report, user),
        "events": _events(steps, user.role in OFFICERS),
        "problems": [],
    }
    if fills and "form" not in filled:
        context |= _forms(report)
    if fills:
        context |= {"fills": True, "files": _files(report.files.live(), removable=True)}
        context |= {"file_rule": RULE, "file_limit": FILE_LIMIT}
    else:
        context |= _sent(report, steps)
    if annual.may_decide(report, user):
        initial = {"seen": report.version, "due_on": on + timedelta(days=MENDING_DAYS)}
        context |= {"decision": DecisionForm(initial=initial), "remarks": Remarks(prefix="remark")}
    status = 422 if filled else 200
    return render(request, "reports/annual/report.html", context | filled, status=status)


def _forms(report: AnnualReport, data: Any = None) -> dict[str, Any]:
    """The form and its scenarios, empty or as sent, with what asks for a word."""
    held, known = annual.start(report), annual.before(report)
    remarks = annual.standing(report)
    form = ReportForm(data, report=report, held=held, known=known, remarks=remarks)
    scenarios: Any = Scenarios(
        data,
        initial=held.get("scenarios", []),
        prefix="scenario",
        form_kwargs={"names": annual.scenarios_of(report)},
    )
    if data is not None:
        form.is_valid()
        held = form.content(scenarios.given if scenarios.is_valid() else [])
    if data is not None or report.saved_at is not None:
        form.ask(annual.doubts(report, held, known))
    return {"form": form, "scenarios": scenarios}


def _files(rows: Any, *, removable: bool) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "url": reverse("reports:annual_file", args=[one.pk]),
            "size": one.size,
            "remove_url": reverse("reports:annual_file_remove", args=[one.pk]) if removable else "",
        }
        for one in rows.order_by("pk")
    ]


def _sent(report: AnnualReport, steps: list[AnnualStep]) -> dict[str, Any]:
    """What was sent in last, in words, and which parts differ from the time before."""
    sent = [step for step in steps if step.action == AnnualStep.Action.SUBMIT]
    if not sent:
        return {}
    last = sent[-1].content
    earlier = sent[-2].content if len(sent) > 1 else last
    names, given = annual.scenarios_of(report), last.get("files", [])
    known = last.get("before", {})
    return {
        "sent": sent[-1],
        "changed": [
            label for part, label in annual.PARTS.items() if last.get(part) != earlier.get(part)
        ],
        "figures": [
            (label, last["figures"].get(name), unit, _was(known, name))
            for name, (label, unit) in annual.FIGURES.items()
        ],
        "lines": annual.lines(annual.kpis_of(report), last, known),
        "added": [{**one, "scenario": names.get(one["no"], "")} for one in last["scenarios"]],
        "texts": [(label, last["texts"].get(name)) for name, label in annual.TEXTS.items()],
        "changes": [(label, last["changes"][kind]) for kind, label in annual.CHANGES.items()],
        "explained": [
            (doubt.text, last["why"].get(doubt.code, ""))
            for doubt in annual.doubts(report, last, known)
        ],
        "files": _files(report.files.filter(pk__in=given), removable=False),
    }


def _was(known: dict[str, Any], name: str) -> str:
    return str(known.get("figures", {}).get(name, {}).get("value", ""))


def _events(steps: list[AnnualStep], officer: bool) -> list[dict[str, Any]]:
    """The course, the latest first; people's names are for offices."""
    return [
        {
            "when": step.at,
            "title": step.get_action_display(),
            "actor": f"{step.place_name}　{step.by_name}" if officer else step.place_name,
            "note": "\n".join(_said(step)),
            "kind": "back" if step.action == AnnualStep.Action.SEND_BACK else "done",
        }
        for step in reversed(steps)
    ]


def _said(step: AnnualStep) -> list[str]:
    found = [step.opinion] if step.opinion else []
    for remark in step.remarks.all():
        found.append(f"{remark.label}：{remark.text}")
        if remark.answer:
            found.append(f"　企业答复（{remark.get_outcome_display()}）：{remark.answer}")
    return found


@role_required(Role.ENTERPRISE)
@changing
@require_POST
def annual_save(request: Request, pk: int) -> HttpResponse:
    """Keep the draft, or send it in."""
    report = _of(request, pk)
    if not annual.may_fill(report, request.user):
        raise PermissionDenied("这份年度报告已报送，不能再改")
    filled = _forms(report, request.POST)
    form, scenarios = filled["form"], filled["scenarios"]
    if form.is_valid() and scenarios.is_valid():
        content, replies = form.content(scenarios.given), form.replies()
        given = {
            "seen": form.cleaned_data["seen"], "by": request.user, "at": request.received_at,
        }  # fmt: skip
        try:
            if request.POST.get("step") == "submit":
                declared = form.cleaned_data["declared"]
                annual.submit(report, content, replies, declared=declared, **given)
                messages.success(request, "已报送，受理部门会收到站内信")
            else:
                annual.save(report, content, replies, **given)
                messages.success(request, "已保存，受理部门在报送以后才能看到")
            return redirect("reports:annual_report", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _page(request, report, **filled)


@role_required(*OFFICERS)
@changing
@require_POST
def annual_decide(request: Request, pk: int) -> HttpResponse:
    """Accept the report, or send it back for what stands in the remarks."""
    report = _of(request, pk)
    form = DecisionForm(request.POST)
    remarks: Any = Remarks(request.POST, prefix="remark")
    if form.is_valid() and remarks.is_valid():
        said = form.cleaned_data
        given = {"seen": said["seen"], "by": request.user, "at": request.received_at}
        try:
            if request.POST.get("step") == "accept":
                annual.accept(report, opinion=said["opinion"], **given)
                messages.success(request, "已受理，企业会收到站内信")
            else:
                due_on = said["due_on"] or business_date(request.received_at)
                annual.send_back(report, remarks.given, due_on=due_on, **given)
                messages.success(request, "已退回修改，企业会收到站内信")
            return redirect("reports:annual_report", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return _page(request, report, decision=form, remarks=remarks, shown_form=form)


@role_required(Role.ENTERPRISE)
@changing
@require_POST
def annual_file_add(request: Request, pk: int) -> HttpResponse:
    """Keep each file sent; those refused are said by name."""
    report = _of(request, pk)
    uploads, problems = request.FILES.getlist("file"), []
    for one in uploads:
        try:
            annual.add_file(
                report, one, name=one.name or "材料", by=request.user, at=request.received_at
            )
        except ValidationError as refusal:
            problems += refusal.messages
    if not uploads:
        problems = ["请选择要上传的文件"]
    if problems:
        return _page(request, report, problems=problems)
    messages.success(request, f"已上传 {len(uploads)} 份材料")
    return redirect(f"{reverse('reports:annual_report', args=[pk])}#files-title")


def _file(request: Request, pk: int) -> AnnualFile:
    seen = AnnualFile.objects.visible_to(request.user).select_related("report")
    kept: AnnualFile = get_object_or_404(seen, pk=pk)
    return kept


@role_required(Role.ENTERPRISE, *OFFICERS)
@require_safe
def annual_file(request: Request, pk: int) -> FileResponse:
    kept = _file(request, pk)
    answer = FileResponse(kept.file.open("rb"), filename=kept.name, content_type=kept.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = PREVIEW_POLICY
    return answer


@role_required(Role.ENTERPRISE)
@changing
@require_POST
def annual_file_remove(request: Request, pk: int) -> HttpResponse:
    kept = _file(request, pk)
    annual.remove_file(kept, by=request.user, at=request.received_at)
    messages.success(request, f"已移除“{kept.name}”")
    return redirect(f"{reverse('reports:annual_report', args=[kept.report_id])}#files-title")
