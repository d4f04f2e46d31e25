"""Pages of central groups: their firms, the factories they certify; and a firm's word for its
group.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from registry import enterprises
from registry.access import Request, Role, business_date, changing, of_a_firm, role_required
from registry.views.pages import list_page
from tiers import affiliation, group_titles, involvement
from tiers.forms.applications import add_refusals
from tiers.forms.groups import AffiliationForm, GroupListForm
from tiers.listings import GROUP_FACTORIES, GROUP_LISTS
from tiers.models import Affiliation, GroupList

#: So many lists stand on the group's first page.
LATEST = 5

# --- the firm ----------------------------------------


@role_required(Role.ENTERPRISE)
@of_a_firm
def affiliation_page(request: Request) -> HttpResponse:
    """Which group the firm says it belongs to, and what the group answered."""
    user, firm = request.user, request.user.enterprise
    if firm is None:
        raise PermissionDenied
    form = AffiliationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        group = form.cleaned_data["group"]
        try:
            affiliation.declare(firm, group, by=user, at=request.received_at)
            messages.success(request, "已声明，集团确认后生效")
            return redirect("tiers:affiliation")
        except ValidationError as refusal:
            add_refusals(form, refusal)
    rows = Affiliation.objects.visible_to(user).select_related("group").order_by("-pk")
    standing = affiliation.standing_of(firm)
    context = {
        "form": form if enterprises.may_manage(user) and not standing else None,
        "has_groups": form.fields["group"].queryset.exists(),  # type: ignore[attr-defined]
        "standing": standing,
        "may_end": standing and enterprises.may_manage(user),
        "rows": rows,
    }
    return render(request, "tiers/groups/affiliation.html", context)


@role_required(Role.ENTERPRISE, Role.GROUP)
@changing
@require_POST
def affiliation_end(request: Request, pk: int) -> HttpResponse:
    """解除, by the firm or the group."""
    user = request.user
    one = get_object_or_404(Affiliation.objects.visible_to(user), pk=pk)
    try:
        affiliation.end(one, by=user, at=request.received_at)
        messages.success(request, "已解除，已取得的认定不变")
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:group_home" if user.role == Role.GROUP else "tiers:affiliation")


# --- the group ----------------------------------------


@role_required(Role.GROUP)
@require_safe
def group_home(request: Request) -> HttpResponse:
    """Firms that wait for an answer, lists, and the group's factories with their titles."""
    user, on = request.user, business_date(request.received_at)
    rows = Affiliation.objects.visible_to(user).select_related("enterprise")
    lists = GroupList.objects.visible_to(user).prefetch_related("items").order_by("-pk")[:LATEST]
    context = {
        "on": on,
        "group": user.authority,
        "waiting": rows.filter(status=Affiliation.Status.WAITING).order_by("declared_at", "pk"),
        "firms": rows.confirmed().order_by("enterprise__name", "pk"),
        "lines": group_titles.lines(user.authority_id, on),
        "lists": lists,
        "may_handle": group_titles.may_handle(user),
    }
    return render(request, "tiers/groups/home.html", context)


@role_required(Role.GROUP)
@require_safe
def group_lists(request: Request) -> HttpResponse:
    """Every list of the group."""
    return list_page(
        request,
        GROUP_LISTS,
        "registry/list.html",
        lead="本集团按文件认定先进级工厂的名单。",
        ways=[("认定的工厂", reverse("tiers:group_factories"))],
        none="还没有认定名单",
        why="按集团文件登记认定的工厂，一人准备、另一人确认。",
    )


@role_required(Role.GROUP)
@require_safe
def group_factories(request: Request) -> HttpResponse:
    """The factories on those lists."""
    return list_page(
        request,
        GROUP_FACTORIES,
        "registry/list.html",
        lead="本集团各份名单上的工厂，和由此取得的认定。",
        ways=[("集团认定名单", reverse("tiers:group_lists"))],
        none="还没有认定的工厂",
        why="登记认定名单以后，名单上的工厂列在这里。",
    )


@role_required(Role.GROUP)
@changing
@require_POST
def affiliation_answer(request: Request, pk: int) -> HttpResponse:
    one = get_object_or_404(Affiliation.objects.visible_to(request.user), pk=pk)
    confirmed = request.POST.get("answer") == "confirm"
    reason = request.POST.get("reason", "")
    try:
        affiliation.answer(
            one, confirmed=confirmed, reason=reason, by=request.user, at=request.received_at
        )
        messages.success(request, "已确认为本集团企业" if confirmed else "已答复企业")
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:group_home")


def _of(request: Request, pk: int) -> GroupList:
    held: GroupList = get_object_or_404(GroupList.objects.visible_to(request.user), pk=pk)
    return held


@role_required(Role.GROUP)
@changing
def group_list_new(request: Request) -> HttpResponse:
    return _form(request, None)


@role_required(Role.GROUP)
@changing
def group_list_edit(request: Request, pk: int) -> HttpResponse:
    held = _of(request, pk)
    if not held.is_open:
        raise Http404
    return _form(request, held)


def _form(request: Request, held: GroupList | None) -> HttpResponse:
    user, at = request.user, request.received_at
    lines = group_titles.lines(user.authority_id, business_date(at))
    form = GroupListForm(request.POST or None, lines=lines, held=held)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("document_no", "dated", "seen")}
        try:
            made = group_titles.prepare(held, form.chosen, **given, by=user, at=at)
            messages.success(request, "已保存，由另一人核对后确认")
            return redirect("tiers:group_list", made.pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return render(request, "tiers/groups/form.html", {"form": form, "held": held})


@role_required(Role.GROUP)
@require_safe
def group_list(request: Request, pk: int) -> HttpResponse:
    held = _of(request, pk)
    handles = held.is_open and group_titles.may_handle(request.user)
    items = held.items.select_related(
        "factory__enterprise", "factory__authority__parent", "factory__division", "certification"
    )
    context = {
        "held": held,
        "items": items.order_by("factory__enterprise__name", "pk"),
        "handles": handles,
        "own_preparation": handles and involvement.prepared(held, request.user),
        "digest": group_titles.digest(held) if handles else "",
    }
    return render(request, "tiers/groups/list.html", context)


def _done(request: Request, pk: int, act: Callable[[GroupList], object], done: str) -> HttpResponse:
    try:
        act(_of(request, pk))
        messages.success(request, done)
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:group_list", pk)


@role_required(Role.GROUP)
@changing
@require_POST
def group_list_confirm(request: Request, pk: int) -> HttpResponse:
    def act(held: GroupList) -> object:
        seen = request.POST.get("seen", "")
        return group_titles.confirm(held, seen=seen, by=request.user, at=request.received_at)

    return _done(request, pk, act, "已认定并列入公开名录，企业和所在地主管部门收到站内信")


@role_required(Role.GROUP)
@changing
@require_POST
def group_list_drop(request: Request, pk: int) -> HttpResponse:
    def act(held: GroupList) -> object:
        return group_titles.drop(held, by=request.user, at=request.received_at)

    return _done(request, pk, act, "已取消，没有认定任何工厂")
