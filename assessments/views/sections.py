"""One section of the form per page: shown, saved by its button, and saved while typing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from assessments import assessment as self_assessment
from assessments import scoring, standard
from assessments.assessment import Conflict, Saved
from assessments.forms import fields, questions
from assessments.forms.fields import Posted
from assessments.forms.target import (
    chosen_target,
    gaps_by_section,
    targeted_sheet,
    tasks,
    verdict,
)
from assessments.models import Assessment
from registry.access import Request, changing, may_change
from registry.policy import Tier
from registry.views.pages import way_back


def _assessment(request: Request, pk: int) -> Assessment:
    return get_object_or_404(Assessment.objects.visible_to(request.user).for_list(), pk=pk)


@require_http_methods(["GET", "POST"])
def section(request: Request, pk: int, section: str) -> HttpResponse:
    assessment = _assessment(request, pk)
    if assessment.is_locked or (request.method == "GET" and not may_change(request.user)):
        return redirect(f"{reverse('assessments:assessment', args=[pk])}#part-{section}")
    if request.method == "GET":
        return page(request, assessment, section)
    try:
        posted, saved = _save(request, assessment)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("assessments:assessment", pk)
    if saved.errors or saved.conflicts:
        return page(request, assessment, section, posted=posted, saved=saved, status=422)
    messages.success(request, "已保存")
    return redirect(_following(request, assessment, section))


def _save(request: Request, assessment: Assessment) -> tuple[Posted, Saved]:
    edition = standard.get(assessment.standard)
    held = self_assessment.answers_of(assessment)
    posted = fields.read(request.POST, held, edition.condition_ids)
    values = {k: v for k, v in posted.values.items() if k not in request.POST.getlist("take")}
    saved = self_assessment.save_answers(
        assessment, values, seen=posted.seen, by=request.user, at=request.received_at
    )
    return posted, saved


def _following(request: Request, assessment: Assessment, section: str) -> str:
    """Where the button leads: this section again, the page that sent the reader here, the next
    section, or the task list after the last.
    """
    ids = [one.id for one in scoring.sections(standard.get(assessment.standard))]
    after = ids[ids.index(section) + 1 :] if section in ids else []
    target = f"?target={request.GET['target']}" if "target" in request.GET else ""
    if request.POST.get("go") == "stay" or request.POST.get("take"):
        return request.get_full_path()
    if back := way_back(request, ""):
        return back
    if after:
        return reverse("assessments:section", args=[assessment.pk, after[0]]) + target
    return reverse("assessments:assessment", args=[assessment.pk]) + target


@require_POST
@changing
def autosave(request: Request, pk: int) -> JsonResponse:
    assessment = _assessment(request, pk)
    at = request.received_at
    try:
        _, saved = _save(request, assessment)
    except ValidationError as error:
        items = [name[2:] for name in request.POST if name.startswith("v:")]
        return JsonResponse({"errors": dict.fromkeys(items, error.messages)}, status=422)
    answer = {
        "saved_at": f"{timezone.localtime(at):%H:%M:%S}",
        "versions": saved.versions,
        "errors": saved.errors,
        "conflicts": [_conflict(assessment, one) for one in saved.conflicts],
        "panel": panel(request, assessment),
    }
    return JsonResponse(answer)


def _conflict(assessment: Assessment, one: Conflict) -> dict[str, Any]:
    edition = standard.get(assessment.standard)
    parts = fields.parts_of(one.item, edition.condition_ids)
    return {
        "item": one.item,
        "yours": fields.in_words(one.yours),
        "theirs": fields.in_words(one.theirs),
        "fields": fields.names(one.item, fields.shown(one.theirs, parts)),
        "by": one.by,
        "at": f"{timezone.localtime(one.at):%Y-%m-%d %H:%M:%S}",
        "version": one.version,
    }


def panel(request: Request, assessment: Assessment) -> str:
    """The result so far, for the side of every section; made anew after each save."""
    outcome = self_assessment.result(assessment)
    context = _panel_context(request, assessment, outcome, request.GET.get("section", ""))
    return render_to_string("assessments/_panel.html", context, request)


def _panel_context(
    request: Request, assessment: Assessment, outcome: scoring.Result, section: str
) -> dict[str, Any]:
    target = chosen_target(request.GET, outcome)
    edition = standard.get(assessment.standard)
    return {
        "assessment": assessment,
        "result": outcome,
        "target": target,
        "verdict": verdict(outcome),
        "gap_count": len(outcome.gaps(target)),
        "gaps_here": gaps_by_section(edition, outcome, target)[section],
        "changes": _changes(assessment) if section == "kpi" else [],
    }


def _changes(assessment: Assessment) -> list[tuple[str, str]]:
    """The indicators whose change can be computed from what is stored."""
    answers = self_assessment.answers_of(assessment)
    found = []
    for kpi in standard.get(assessment.standard).kpis:
        value = answers.get(f"kpi.{kpi.id}")
        change = scoring.kpi_change(kpi, value) if isinstance(value, dict) else None
        if change is not None:
            found.append((kpi.name, f"{change.normalize():f}%"))
    return found


def page(
    request: Request, assessment: Assessment, section: str, *, status: int = 200, **sent: Any
) -> HttpResponse:
    """The page of a section, also after something sent was refused (``sent``, see ``Stored``)."""
    sheet = targeted_sheet(assessment, request.GET)
    one = next((s for s in scoring.sections(sheet.standard) if s.id == section), None)
    if one is None:
        raise Http404
    held = questions.stored(assessment, sheet.contents, **sent)
    form = _form(sheet.standard, section, held, sheet.target)
    context = {
        **_panel_context(request, assessment, sheet.result, section),
        "section": one,
        "sheet": sheet,
        "tasks": tasks(sheet),
        "upload": questions.upload_limits(),
        "back": way_back(request, ""),
        "problems": [(q.item, text) for q in form["checked"] for text in q.problems],
        **form,
    }
    return render(request, "assessments/section.html", context, status=status)


def _form(
    edition: standard.Standard, section: str, held: questions.Stored, target: Tier
) -> dict[str, Any]:
    """The questions of a section as its template wants them; all that can have problems in one."""
    if section == "scenarios":
        stages = questions.scenario_groups(edition, held)
        return {"stages": stages, "asked": (), "checked": [group.files for group in stages]}
    if section == "maturity":
        form = questions.maturity_form(edition, held)
        asked = tuple(form.questions)
        return {"maturity": form, "asked": asked, "checked": (*asked, form.proof)}
    groups = questions.groups(edition, section, held, target)
    asked = tuple(q for group in groups for q in group.questions)
    return {"groups": groups, "asked": asked, "checked": asked}
