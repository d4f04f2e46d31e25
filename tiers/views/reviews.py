"""An expert's own pages: what fell to him, his declaration, the case and his score sheet.

Everything here goes by his own assignments; of a case he sees firm, factory and industry until he
has declared that nothing stands against it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from assessments import assessment as self_assessment
from assessments.models import Assessment, Evidence
from assessments.views.evidence import file_answer
from registry.access import Request, Role, changing, role_required
from registry.forms.fields import show_refusal
from registry.policy import Tier
from registry.views.pages import form_page
from tiers import experts
from tiers.changes import history, submitted_assessment
from tiers.forms.experts import DeclarationForm, MarksForm
from tiers.models import Application, Assignment, Expert

State = Assignment.State
SEEN = (State.ACCEPTED, State.GIVEN)


def own_password(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """An expert who still has the password somebody else has read chooses another first."""

    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        expert = Expert.objects.select_related("user").filter(user=request.user).first()
        if expert is not None and experts.has_first_password(expert):
            messages.warning(request, "请先把初始密码改成自己的密码，再查看评审任务")
            return redirect("account_change_password")
        return view(request, *args, **kwargs)

    return guarded


@role_required(Role.EXPERT)
@own_password
@require_safe
def review_list(request: Request) -> HttpResponse:
    """What waits for his declaration, what he is marking, what he has given."""
    tasks = list(
        Assignment.objects.visible_to(request.user)
        .in_hand()
        .select_related("application__factory__enterprise", "application__factory__industry",
                        "application__round")
        .order_by("application__number")
    )  # fmt: skip
    context = {state.value: [one for one in tasks if one.state == state] for state in State}
    return render(request, "tiers/reviews/list.html", {**context, "tasks": tasks})


def _task(request: Request, pk: int) -> Assignment:
    found = (
        Assignment.objects.visible_to(request.user)
        .in_hand()
        .select_related("panel__round", "application__round", "expert__user")
    )
    return get_object_or_404(found, pk=pk)


@role_required(Role.EXPERT)
@own_password
@changing
def review_declare(request: Request, pk: int) -> HttpResponse:
    """Whether he may judge the case, by the name of its firm alone."""
    task = _task(request, pk)
    if task.state not in (State.ASKED, State.ACCEPTED):
        raise Http404
    form = DeclarationForm(request.POST or None)
    factory = task.application.factory

    def act() -> Assignment:
        return experts.declare(
            task,
            conflict=form.cleaned_data["conflict"] == "yes",
            ground=form.cleaned_data["ground"],
            by=request.user,
            at=request.received_at,
        )

    def then(made: Assignment) -> str:
        gone = made.state == State.CONFLICT
        return reverse("tiers:review_list") if gone else reverse("tiers:review", args=[made.pk])

    return form_page(
        request,
        form,
        act,
        done="已声明",
        then=then,
        template="tiers/reviews/declare.html",
        task=task,
        factory=factory,
    )


@role_required(Role.EXPERT)
@own_password
def review(request: Request, pk: int) -> HttpResponse:
    """The case and his score sheet: saved as he goes, given once."""
    task = _task(request, pk)
    if task.state == State.ASKED:
        return redirect("tiers:review_declare", task.pk)
    if task.state not in SEEN:
        raise Http404
    sheet = experts.sheet_of(task.application.round)
    form = MarksForm(request.POST or None, sheet=sheet, task=task)
    if request.method == "POST" and form.is_valid() and _saved(request, task, form):
        given = "give" in request.POST
        return redirect("tiers:review_list") if given else redirect("tiers:review", task.pk)
    return render(request, "tiers/reviews/review.html", _context(request, task, form))


def _saved(request: Request, task: Assignment, form: MarksForm) -> bool:
    """Save, or give where he asked for that; a refusal comes back in the form."""
    giving = "give" in request.POST
    act = experts.give if giving else experts.save
    try:
        act(task, **form.given, by=request.user, at=request.received_at)
    except ValidationError as refusal:
        renamed = {one.key: f"score-{one.key}" for one in form.sheet.dimensions}
        show_refusal(form, refusal, **renamed)
        return False
    words = "评分已提交，不能再改" if giving else "评分已保存，还没有提交"
    messages.success(request, words)
    return True


def _sent(case: Application) -> Assessment | None:
    """The self-assessment as it was sent in last, locked."""
    return submitted_assessment(history(case))


def _context(request: Request, task: Assignment, form: MarksForm) -> dict[str, Any]:
    case = Application.objects.for_page().get(pk=task.application_id)
    chosen = _sent(case)
    given = task.state == State.GIVEN
    others = case.assignments.live().filter(submission=task.submission).exclude(pk=task.pk)
    return {
        "task": task,
        "case": case,
        "form": form,
        "given": given,
        "sheet": self_assessment.sheet(chosen, Tier(case.tier)) if chosen else None,
        "files_at": reverse("tiers:review", args=[task.pk]) + "files/",
        # Unnamed, and only once his own marks are fixed.
        "others": sorted(one.total for one in others if given and one.total is not None),
    }


@role_required(Role.EXPERT)
@own_password
@require_safe
def review_file(request: Request, pk: int, evidence: int) -> HttpResponseBase:
    """A file of the assessment that was sent in, and of no other."""
    task = _task(request, pk)
    chosen = _sent(task.application) if task.state in SEEN else None
    if chosen is None:
        raise Http404
    one = get_object_or_404(Evidence, pk=evidence, assessment=chosen, removed_at__isnull=True)
    return file_answer(one, as_attachment=True)
