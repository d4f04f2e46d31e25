"""Pages of a revocation: proposed on the title, then one page on which each side does its part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from assessments.views.evidence import file_answer
from registry import policy
from registry.access import (
    OFFICERS,
    Request,
    Role,
    business_date,
    changing,
    role_required,
)
from tiers import appeals, endings, hearings, revocation
from tiers.forms.applications import add_refusals
from tiers.forms.revocation import (
    AnswerForm,
    AppealForm,
    ArrangeForm,
    DecideForm,
    HearForm,
    ProposeForm,
    StateForm,
)
from tiers.models import Revocation, RevocationFile
from tiers.views import titles

RELATED = (
    "certification__factory__enterprise",
    "certification__factory__authority",
    "certification__issuer",
    "authority__parent",
)


@role_required(*OFFICERS)
@changing
def title_revoke(request: Request, pk: int) -> HttpResponse:
    """拟撤销: ground, facts and evidence; sent, the firm is told and the period runs."""
    title, at = titles.of(request, pk), request.received_at
    on = business_date(at)
    if not revocation.may_propose(title, request.user, on=on):
        raise PermissionDenied("这项认定不在有效期内、撤销程序已在进行，或不由本部门作出")
    grounds = revocation.grounds(title, on)
    form = ProposeForm(request.POST or None, request.FILES or None, grounds=grounds)
    if request.method == "POST" and form.is_valid():
        proposal = revocation.Proposal(**form.cleaned_data)
        try:
            made = revocation.propose(title, proposal, by=request.user, at=at)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            messages.success(request, "已告知企业，陈述申辩期满后由另一人决定")
            return redirect("tiers:revocation", pk=made.pk)
    due = policy.current(title.issuer.province_code, on).revocation
    context = {"title": title, "form": form, "due": due}
    return render(request, "tiers/revocation/propose.html", context)


def _of(request: Request, pk: int) -> Revocation:
    found: Revocation = get_object_or_404(
        Revocation.objects.visible_to(request.user).select_related(*RELATED), pk=pk
    )
    return found


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def revocation_page(request: Request, pk: int) -> HttpResponse:
    return _page(request, _of(request, pk))


def _page(request: Request, one: Revocation, **forms_given: forms.Form) -> HttpResponse:
    user, on = request.user, business_date(request.received_at)
    kept: dict[str, list[RevocationFile]] = {stage: [] for stage in RevocationFile.Stage.values}
    for file in one.files.order_by("pk"):
        kept[file.stage].append(file)
    context = {
        "one": one,
        "title": one.certification,
        "on": on,
        "state": one.state_on(on),
        "files": kept,
        "officer": user.role in OFFICERS,
        "why_not_yet": "" if one.outcome else revocation.why_not_yet(one, on),
        "ran_out": endings.ran_out(one.certification, on),
        "own_proposal": user.pk == one.proposed_by_id,
        "trail": titles.trail_of(one, user) if user.role in OFFICERS else [],
        "may_waive": revocation.may_waive(one, user, on=on),
        **_forms(request, one, on),
        **forms_given,
    }
    return render(request, "tiers/revocation/page.html", context)


def _forms(request: Request, one: Revocation, on: date) -> dict[str, forms.Form | None]:
    """The forms this person may fill in today."""
    user, hears = request.user, hearings.may_hear(one, request.user)
    held = one.hearing_on is not None and one.hearing_on <= on
    return {
        "state_form": StateForm() if revocation.may_state(one, user, on=on) else None,
        "arrange_form": ArrangeForm() if hears else None,
        "hear_form": HearForm() if hears and held else None,
        "decide_form": DecideForm() if revocation.may_decide(one, user, on=on) else None,
        "appeal_form": AppealForm() if appeals.may_appeal(one, user, on=on) else None,
        "answer_form": AnswerForm() if appeals.may_answer(one, user) else None,
    }


def _sent(
    request: Request,
    pk: int,
    name: str,
    form: forms.Form,
    act: Callable[..., Revocation],
    done: str,
) -> HttpResponse:
    """One part done by its form on the page, or the page with what is wrong in it."""
    one = _of(request, pk)
    if form.is_valid():
        try:
            act(one, **form.cleaned_data, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            messages.success(request, done)
            return redirect("tiers:revocation", pk=pk)
    return _page(request, one, **{name: form, "form": form})


@role_required(Role.ENTERPRISE)
@changing
@require_POST
def revocation_state(request: Request, pk: int) -> HttpResponse:
    form = StateForm(request.POST, request.FILES)
    return _sent(request, pk, "state_form", form, revocation.state, "已提交，认定部门会收到站内信")


@role_required(Role.ENTERPRISE)
@changing
def revocation_waive(request: Request, pk: int) -> HttpResponse:
    """放弃陈述申辩和听证, after a page that says what follows."""
    one = _of(request, pk)
    if not revocation.may_waive(one, request.user, on=business_date(request.received_at)):
        raise PermissionDenied("放弃由企业管理员在作出决定前办理")
    if request.method == "POST":
        revocation.waive(one, by=request.user, at=request.received_at)
        messages.success(request, "已放弃陈述申辩和听证")
        return redirect("tiers:revocation", pk=pk)
    return render(request, "tiers/revocation/waive.html", {"one": one, "title": one.certification})


@role_required(*OFFICERS)
@changing
@require_POST
def revocation_arrange(request: Request, pk: int) -> HttpResponse:
    form = ArrangeForm(request.POST)
    return _sent(request, pk, "arrange_form", form, hearings.arrange, "已通知企业听证时间和地点")


@role_required(*OFFICERS)
@changing
@require_POST
def revocation_hear(request: Request, pk: int) -> HttpResponse:
    form = HearForm(request.POST, request.FILES)
    return _sent(request, pk, "hear_form", form, hearings.hear, "已登记听证情况")


@role_required(*OFFICERS)
@changing
@require_POST
def revocation_decide(request: Request, pk: int) -> HttpResponse:
    form = DecideForm(request.POST)
    done = "已作出决定，企业会收到站内信"
    return _sent(request, pk, "decide_form", form, revocation.decide, done)


@role_required(Role.ENTERPRISE)
@changing
@require_POST
def revocation_appeal(request: Request, pk: int) -> HttpResponse:
    form = AppealForm(request.POST, request.FILES)
    return _sent(request, pk, "appeal_form", form, appeals.appeal, "已提交复核申请")


@role_required(*OFFICERS)
@changing
@require_POST
def revocation_answer(request: Request, pk: int) -> HttpResponse:
    form = AnswerForm(request.POST)
    return _sent(request, pk, "answer_form", form, appeals.answer, "已答复，企业会收到站内信")


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def revocation_notice(request: Request, pk: int) -> HttpResponse:
    """告知书, to print and serve."""
    one = _of(request, pk)
    context = {
        "one": one,
        "title": one.certification,
        "rules": policy.get(one.policy),
        "files": one.files.filter(stage=RevocationFile.Stage.EVIDENCE).order_by("pk"),
        "at": request.received_at,
    }
    return render(request, "tiers/revocation/notice.html", context)


@require_safe
def revocation_file(request: Request, pk: int) -> FileResponse:
    found = RevocationFile.objects.visible_to(request.user)
    return file_answer(get_object_or_404(found, pk=pk), as_attachment=True)
