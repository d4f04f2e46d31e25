"""变更申报: the firm's list and forms, the bureau's list, and one report with its decision."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from assessments.views.evidence import file_answer
from registry.access import (
    OFFICERS,
    Request,
    Role,
    business_date,
    changing,
    of_a_firm,
    role_required,
)
from registry.forms.cascade import read
from registry.models import Enterprise, User
from registry.views.enterprises import place_of
from registry.views.pages import form_page, list_page, paged, way_back
from tiers import firm_changes
from tiers.filters import CHANGE_TABS
from tiers.forms.applications import add_refusals
from tiers.forms.firm_changes import FORMS, ConfirmForm, RefuseForm
from tiers.listings import CHANGES
from tiers.models import ChangeProof, FirmChange, MoveCheck
from tiers.views.moves import running
from tiers.views.titles import trail_of

PER_PAGE = 20
Kind = FirmChange.Kind
#: What each kind is for, in the words of the page that offers them.
OFFERED = (
    (Kind.RENAME, "营业执照上的企业名称变了"),
    (Kind.FACTORY_RENAME, "工厂改用别的名称"),
    (Kind.MOVE, "工厂整体搬到别的地点"),
    (Kind.ABSORPTION, "本企业并入另一家企业后注销"),
    (Kind.MERGER, "本企业与其他企业合并成立一家新企业"),
    (Kind.SPLIT_OFF, "部分工厂划入另一家企业，本企业存续"),
    (Kind.SPLIT_UP, "工厂分别划入几家企业，本企业注销；每家承继企业申报一次"),
    (Kind.HALT, "工厂停止生产"),
)
RELATED = (
    "enterprise",
    "factory",
    "authority",
    "division__parent__parent",
    "succession__successor",
)


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
@of_a_firm
def change_list(request: Request) -> HttpResponse:
    """The firm's reports with the ways to make one; an office's under two tabs."""
    user = request.user
    every = FirmChange.objects.visible_to(user)
    checks = MoveCheck.objects.visible_to(user)
    if user.role == Role.ENTERPRISE:
        rows = every.select_related("authority", "enterprise").order_by("-at", "-pk")
        context = {
            "page": paged(request, rows),
            "checks": _latest(checks),
            "offered": OFFERED if _may_report(user) else (),
        }
        return render(request, "tiers/changes/own.html", context)
    if request.GET.get("tab") != "all":
        checks = checks.awaiting(user)
    return list_page(
        request, CHANGES, "tiers/changes/list.html", tabs=CHANGE_TABS, checks=_latest(checks)
    )


def _latest(checks: QuerySet[MoveCheck]) -> QuerySet[MoveCheck]:
    return checks.select_related("factory__enterprise", "authority").order_by("-at")[:50]


def _may_report(user: User) -> bool:
    return user.enterprise is not None and firm_changes.may_report(user.enterprise, user)


@role_required(Role.ENTERPRISE)
@of_a_firm
@changing
def change_new(request: Request, kind: str) -> HttpResponse:
    """Report a change of one kind."""
    if kind not in FORMS:
        raise Http404
    firm, user = request.user.enterprise, request.user
    if firm is None or not firm_changes.may_report(firm, user):
        raise PermissionDenied("企业变更由本企业管理员申报")
    form = read(
        FORMS[kind],
        request,
        kind=kind,
        enterprise=firm,
        initial={"factory": request.GET.get("factory"), "on": business_date(request.received_at)},
    )
    back = way_back(request, reverse("tiers:change_list"))
    return form_page(
        request,
        form,
        lambda: firm_changes.report(firm, form.report(), by=user, at=request.received_at),
        done="变更已申报",
        then=lambda made: reverse("tiers:change", args=[made.pk]),
        template="tiers/changes/form.html",
        title=f"申报{Kind(kind).label}",
        words=dict(OFFERED)[Kind(kind)],
        kind=kind,
        firm=firm,
        back=back,
    )


def _change(request: Request, pk: int) -> FirmChange:
    rows = FirmChange.objects.visible_to(request.user).select_related(*RELATED)
    return get_object_or_404(rows, pk=pk)


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def change(request: Request, pk: int) -> HttpResponse:
    """One report: what was reported, its proof, and what became of it."""
    return _page(request, _change(request, pk))


def _page(request: Request, one: FirmChange, **forms: object) -> HttpResponse:
    on = business_date(request.received_at)
    halted = one.kind == Kind.HALT and one.status == FirmChange.Status.CONFIRMED
    officer = request.user.role in OFFICERS
    context = {
        "change": one,
        "proofs": one.proofs.order_by("pk"),
        "going": [(row["was"], row["name"]) for row in one.factories],
        "may_withdraw": firm_changes.may_withdraw(one, request.user),
        "may_decide": firm_changes.may_decide(one, request.user),
        "confirm": ConfirmForm(ends=_ends(one)),
        "refuse": RefuseForm(),
        "titles": running(request, one.factory) if halted and one.factory else [],
        "place": place_of(one.division),
        "heir": _heir(one) if officer else None,
        "on": on,
        "officer": officer,
        "trail": trail_of(one, request.user) if officer else [],
        **forms,
    }
    return render(request, "tiers/changes/page.html", context)


def _heir(one: FirmChange) -> Enterprise | None:
    """The other firm as the register knows it, for the office that has to compare."""
    return Enterprise.objects.filter(credit_code=one.credit_code or None).first()


def _ends(one: FirmChange) -> bool:
    """Whether the firm's people have to be asked about: nothing of the firm is left."""
    return one.kind in (Kind.ABSORPTION, Kind.MERGER, Kind.SPLIT_UP)


def _decide(
    request: Request, one: FirmChange, act: Callable[[], object], done: str
) -> HttpResponse:
    try:
        act()
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, done)
    return redirect("tiers:change", one.pk)


@role_required(*OFFICERS)
@changing
@require_POST
def change_confirm(request: Request, pk: int) -> HttpResponse:
    one, by, at = _change(request, pk), request.user, request.received_at
    form = ConfirmForm(request.POST, ends=_ends(one))
    if not form.is_valid():
        return _page(request, one, confirm=form)
    move = form.cleaned_data.get("people", "move") == "move"
    return _decide(
        request,
        one,
        lambda: firm_changes.confirm(one, move_people=move, by=by, at=at),
        "已确认，登记已变更，企业会收到站内信",
    )


@role_required(*OFFICERS)
@changing
@require_POST
def change_refuse(request: Request, pk: int) -> HttpResponse:
    one, by, at = _change(request, pk), request.user, request.received_at
    form = RefuseForm(request.POST)
    if form.is_valid():
        try:
            firm_changes.refuse(one, reason=form.cleaned_data["reason"], by=by, at=at)
        except ValidationError as refusal:
            add_refusals(form, refusal)
        else:
            messages.success(request, "已登记不予确认，企业会收到站内信")
            return redirect("tiers:change", one.pk)
    return _page(request, one, refuse=form)


@role_required(Role.ENTERPRISE)
@changing
@require_POST
def change_withdraw(request: Request, pk: int) -> HttpResponse:
    one, by, at = _change(request, pk), request.user, request.received_at
    return _decide(request, one, lambda: firm_changes.withdraw(one, by=by, at=at), "已撤回变更申报")


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def change_proof(request: Request, pk: int) -> FileResponse:
    """A file, for whoever sees the report."""
    seen = FirmChange.objects.visible_to(request.user)
    proof = get_object_or_404(ChangeProof.objects.filter(change__in=seen.values("pk")), pk=pk)
    return file_answer(proof, as_attachment=True)
