"""Many rows of an officer's list at once, each by itself: cases passed on or urged, honours
verified.
"""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.urls import reverse

from registry import enterprises
from registry.access import OFFICERS, Request, Role, changing, may_change, role_required
from registry.listing import Offer, Picked, chosen
from registry.models import Honour, User
from registry.policy import StepKind
from registry.views.many import many_page
from tiers import urging, workflow
from tiers.chain import handling_authority
from tiers.forms.decisions import PassForm, label_at
from tiers.forms.urging import UrgeForm
from tiers.hindrances import closed_reason
from tiers.listings import CASES, HONOURS
from tiers.models import Action, Application, Decision
from tiers.progress import status_label

ALONE = "认定须填写文号并核实指标，请打开这件申报逐件办理"
NONE = "请回到申报办理，在每行前面勾选要一起办理的申报。"
ABOVE = (Role.CITY, Role.PROVINCE)


def offers(user: User, tab: str) -> Sequence[Offer]:
    """What a tab of the desk offers to do with the cases ticked."""
    if not may_change(user):
        return ()
    if tab == "todo":
        return (Offer("办理勾选的申报", reverse("tiers:desk_complete")),)
    if tab in ("below", "all") and user.role in ABOVE:
        return (Offer("催办勾选的申报", reverse("tiers:desk_urge")),)
    return ()


def _picked(case: Application, *, closed: str = "", seen: int | None = None) -> Picked:
    due = f"，限期 {case.due_on:%Y-%m-%d}" if case.due_on else ""
    return Picked(
        row=case,
        name=f"{case.number or '未提交'}　{case.factory.name}",
        link=reverse("tiers:application", args=[case.pk]),
        second=case.factory.enterprise.name,
        state=f"{status_label(case)}{due}",
        closed=closed,
        seen=seen,
    )


@role_required(*OFFICERS)
@changing
def desk_complete(request: Request) -> HttpResponse:
    """Pass the cases ticked on to their next steps, with one opinion for all."""
    cases = chosen(request, CASES)
    known = dict(
        Decision.objects.filter(application__in=cases)
        .values_list("application")
        .annotate(count=Count("pk"))
        .order_by()
    )
    picked = [_picked(one, closed=_alone(one), seen=known.get(one.pk, 0)) for one in cases]
    form = PassForm(request.POST or None)

    def act(one: Picked) -> str:
        given = request.POST.get(f"seen_{one.row.pk}", "")
        seen = int(given) if given.isdecimal() else -1
        label = label_at(Action.COMPLETE, one.row)
        said, at = form.cleaned_data["opinion"], request.received_at
        after = workflow.act(
            one.row, Action.COMPLETE, by=request.user, at=at, opinion=said, seen=seen
        )
        return f"{label}；现在{status_label(after)}"

    return many_page(
        request,
        picked,
        form,
        act,
        back=reverse("tiers:desk"),
        title="一起办理申报",
        lead="勾选的申报各自办理通过，转入下一个环节。退回补正和不予认定须写明理由，请逐件办理。",
        what="申报",
        button="确认办理勾选的申报",
        empty=NONE,
        crumbs=[("申报办理", reverse("tiers:desk"))],
    )


def _alone(case: Application) -> str:
    """Why a case is not to be passed on among others, whatever is written."""
    if case.status != Application.Status.IN_PROGRESS:
        return "这件申报现在没有等待办理"
    closed = closed_reason(case, Action.COMPLETE)
    return closed or (ALONE if case.step == StepKind.DETERMINE else "")


def honour_offers(user: User) -> Sequence[Offer]:
    if not may_change(user):
        return ()
    return (Offer("核实勾选的称号", reverse("tiers:honours_verify")),)


@role_required(*OFFICERS)
@changing
def honours_verify(request: Request) -> HttpResponse:
    """核实 of several: what firms recorded is as the documents say."""

    def act(one: Picked) -> str:
        enterprises.verify_honour(one.row, by=request.user, at=request.received_at)
        return "已核实，符合条件的等级可以对应认定"

    return many_page(
        request,
        [_honour(one) for one in chosen(request, HONOURS)],
        forms.Form(request.POST or None),
        act,
        back=f"{reverse('tiers:derivation_list')}?tab=honours",
        title="一起核实称号",
        lead="请先对照公布文件核对文号和日期。企业登记的称号核实后才能对应认定。",
        what="称号",
        button="确认核实勾选的称号",
        empty="请回到全部称号，在每行前面勾选要一起核实的称号。",
        crumbs=[("对应认定", reverse("tiers:derivation_list"))],
    )


def _honour(honour: Honour) -> Picked:
    closed = "这项称号已取消" if honour.withdrawn_on else ""
    factory = f"　{honour.factory.name}" if honour.factory else ""
    return Picked(
        row=honour,
        name=honour.kind_name,  # type: ignore[attr-defined]
        link=reverse("tiers:honour", args=[honour.pk]),
        second=f"{honour.enterprise.name}{factory}",
        state=f"{honour.document_no}，{honour.awarded_on:%Y-%m-%d}",
        closed=closed or ("这项称号已经核实" if honour.verified_at else ""),
    )


@role_required(*ABOVE)
@changing
def desk_urge(request: Request) -> HttpResponse:
    """Remind the offices at which the cases ticked wait."""
    cases = chosen(request, CASES)
    form = UrgeForm(request.POST or None)

    def act(one: Picked) -> str:
        made = urging.urge(one.row, **form.cleaned_data, by=request.user, at=request.received_at)
        office = handling_authority(made.application)
        return f"已催办，{office.name if office else ''}会收到站内信"

    return many_page(
        request,
        [_picked(one) for one in cases],
        form,
        act,
        back=f"{reverse('tiers:desk')}?tab=below",
        title="一起催办申报",
        lead="办理单位会收到每一件申报的站内信。同一件申报一个工作日内只催办一次。",
        what="申报",
        button="催办勾选的申报",
        empty=NONE,
        crumbs=[("申报办理", reverse("tiers:desk"))],
    )
