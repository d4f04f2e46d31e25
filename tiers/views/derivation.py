"""Titles from honours: who could get one, the honour's own page and what is done there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from registry import enterprises, policy
from registry.access import OFFICERS, Request, Role, business_date, role_required
from registry.listing import Asking, Shown, counted, found, said
from registry.models import Honour, User
from registry.views.pages import list_page
from tiers import bans, derivation
from tiers.derivation import Candidate
from tiers.forms.applications import add_refusals
from tiers.forms.derivation import CheckForm, GrantForm, TierForm, WithdrawForm
from tiers.listings import HONOURS
from tiers.models import Certification, RereviewItem
from tiers.views import many

PER_PAGE = 30
TABS = {"ready": "可对应认定", "waiting": "条件不足", "honours": "全部称号"}


@require_safe
@role_required(*OFFICERS)
def derivation_list(request: Request) -> HttpResponse:
    """Honours below the office that may give a tier: ready, or with the reasons why not."""
    on = business_date(request.received_at)
    rules = policy.current(province_of(request.user), on)
    asked = request.GET.get("tab", "")
    tab = asked if asked in TABS else "ready"
    few = _few(request, tab)
    candidates = _under(few, derivation.candidates(request.user.authority_path, on=on))
    rows: dict[str, Sequence[Any]] = {
        "ready": [c for c in candidates if c.ripe],
        "waiting": [c for c in candidates if not c.ripe],
    }
    counts = {name: str(len(held)) for name, held in rows.items()}
    counts["honours"] = said(counted(few.rows))
    context: dict[str, Any] = {
        "on": on,
        "tab": tab,
        "sections": [
            (name, label, few.query({"tab": name}), counts[name]) for name, label in TABS.items()
        ],
        "rules": rules,
        "reviews_together": any(
            item.together for rule in rules.tiers.values() for item in rule.derive
        ),
        "lists_yearly": bool(rules.yearly_list) and request.user.role == Role.PROVINCE,
    }
    if tab == "honours":
        offers = many.honour_offers(request.user)
        return list_page(
            request, HONOURS, "tiers/derivation/list.html", size=PER_PAGE, offers=offers, **context
        )
    context["page"] = Paginator(rows[tab], PER_PAGE).get_page(request.GET.get("page"))
    context["few"] = few
    return render(request, "tiers/derivation/list.html", context)


def province_of(user: User) -> str:
    """The code of an officer's province: the first office in his chain."""
    return user.authority_path.split("/")[1]


def _few(request: Request, tab: str) -> Shown:
    """The honours that can give a tier here, under the filters that every tab keeps."""
    data = request.GET.copy()
    data["tab"] = tab
    return Shown(found(HONOURS, Asking(request.user, request.received_at, data)), PER_PAGE)


def _under(few: Shown, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    if not few.narrowed:
        return candidates
    left = set(few.rows.values_list("pk", flat=True))
    return [one for one in candidates if one.honour.pk in left]


def _get(request: Request, pk: int) -> Honour:
    honours = Honour.objects.visible_to(request.user)
    return get_object_or_404(
        honours.select_related("enterprise__authority", "factory__authority", "verified_by"), pk=pk
    )


def _page(
    request: Request, honour: Honour, at: datetime, filled: dict[str, Any] | None = None
) -> HttpResponse:
    """The honour: what it rests on, which tiers it gives or has given, and the forms to act."""
    user, on = request.user, business_date(at)
    kind = enterprises.kind_of(honour)
    judge = enterprises.may_judge(honour, user)
    given = Certification.objects.visible_to(user).filter(honour=honour).with_standing(on)
    context = {
        "on": on,
        "honour": honour,
        "kind_name": kind.name if kind else honour.kind,
        "rows": [_row(c, user, filled or {}) for c in _candidates(honour, user, at)],
        "titles": given.select_related("factory__enterprise").order_by("-valid_from"),
        "checks": honour.checks.order_by("-at"),
        "rereviewed": RereviewItem.objects.visible_to(user)
        .determined()
        .filter(honour=honour)
        .select_related("rereview")
        .order_by("-at"),
        "may_verify": judge and honour.verified_at is None and honour.withdrawn_on is None,
        "may_withdraw": judge and honour.withdrawn_on is None,
    }
    return render(request, "tiers/derivation/honour.html", context)


def _candidates(honour: Honour, user: User, at: datetime) -> list[Candidate]:
    return derivation.candidates(user.authority_path, on=business_date(at), pk=honour.pk)


def _row(candidate: Candidate, user: User, filled: dict[str, Any]) -> dict[str, Any]:
    """A tier of the honour with the form that this person may fill in for it."""
    own = filled if filled.get("tier") == candidate.tier else {}
    row: dict[str, Any] = {"candidate": candidate}
    prefix = candidate.tier.value
    if derivation.may_check(candidate, user):
        row["check"] = own.get("check") or CheckForm(prefix=prefix)
    if derivation.may_grant(candidate, user):
        row["grant"] = own.get("grant") or GrantForm(prefix=prefix, candidate=candidate)
    return row


def _chosen(request: Request, honour: Honour, at: datetime) -> Candidate:
    """The tier that the form sent in is about; 404 where the honour no longer may give it."""
    form = TierForm(request.POST)
    if form.is_valid():
        for candidate in _candidates(honour, request.user, at):
            if candidate.tier == form.cleaned_data["tier"]:
                return candidate
    raise Http404


@require_safe
@role_required(*OFFICERS)
def honour(request: Request, pk: int) -> HttpResponse:
    return _page(request, _get(request, pk), request.received_at)


@require_POST
@role_required(*OFFICERS)
def honour_verify(request: Request, pk: int) -> HttpResponse:
    """核实: what a firm recorded is as the documents say."""
    honour = _get(request, pk)
    try:
        enterprises.verify_honour(honour, by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
    else:
        messages.success(request, "已核实，符合条件的等级可以对应认定")
    return redirect("tiers:honour", pk=pk)


@require_POST
@role_required(*OFFICERS)
def honour_check(request: Request, pk: int) -> HttpResponse:
    """复核表 of the office that the rules name."""
    honour, at = _get(request, pk), request.received_at
    candidate = _chosen(request, honour, at)
    form = CheckForm(request.POST, prefix=candidate.tier.value)
    if form.is_valid():
        try:
            derivation.check(honour, candidate.tier, **form.cleaned_data, by=request.user, at=at)
        except ValidationError as error:
            add_refusals(form, error)
        else:
            messages.success(request, "复核表已保存")
            return redirect("tiers:honour", pk=pk)
    return _page(request, honour, at, {"tier": candidate.tier, "check": form})


@require_POST
@role_required(*OFFICERS)
def honour_grant(request: Request, pk: int) -> HttpResponse:
    """对应认定 in two steps: filled in on the honour's page, read through, then done."""
    honour, at = _get(request, pk), request.received_at
    candidate = _chosen(request, honour, at)
    form = GrantForm(request.POST, prefix=candidate.tier.value, candidate=candidate)
    step = request.POST.get("step", "check")
    if form.is_valid() and step == "act":
        try:
            title = derivation.grant(
                honour, candidate.tier, **form.cleaned_data, by=request.user, at=at
            )
        except ValidationError as error:
            add_refusals(form, error)
        else:
            messages.success(request, f"已认定，证书编号 {title.number}")
            return redirect("tiers:title", pk=title.pk)
    elif form.is_valid() and step == "check":
        context = {"honour": honour, "candidate": candidate, "form": form}
        return render(request, "tiers/derivation/grant_check.html", context)
    return _page(request, honour, at, {"tier": candidate.tier, "grant": form})


@role_required(*OFFICERS)
def honour_withdraw(request: Request, pk: int) -> HttpResponse:
    """取消称号 in two steps: reason, document and day; then what ends by it; then the act."""
    honour, at = _get(request, pk), request.received_at
    if not enterprises.may_judge(honour, request.user) or honour.withdrawn_on:
        raise PermissionDenied("这项称号已取消，或不由本部门取消")
    form = WithdrawForm(request.POST or None, initial={"withdrawn_on": business_date(at)})
    kind = enterprises.kind_of(honour)
    context = {"honour": honour, "form": form, "kind_name": kind.name if kind else honour.kind}
    if request.method != "POST" or not form.is_valid() or request.POST.get("step") == "fill":
        return render(request, "tiers/derivation/withdraw_form.html", context)
    if request.POST.get("step") == "act":
        try:
            ended = derivation.lose_honour(honour, **form.cleaned_data, by=request.user, at=at)
        except ValidationError as error:
            add_refusals(form, error)
            return render(request, "tiers/derivation/withdraw_form.html", context)
        messages.success(request, f"已取消称号，终止认定 {ended} 项，企业会收到站内信")
        return redirect("tiers:honour", pk=pk)
    return render(
        request, "tiers/derivation/withdraw_check.html", context | _consequences(honour, form, at)
    )


def _consequences(honour: Honour, form: WithdrawForm, at: datetime) -> dict[str, Any]:
    day = form.cleaned_data["withdrawn_on"]
    rules = derivation.rules_on_loss(honour, business_date(at))
    ending = Certification.objects.filter(honour=honour).running(day).select_related("factory")
    return {
        "ending": ending,
        "banned_until": bans.until(rules, policy.HONOUR_LOST, day) if rules else None,
    }
