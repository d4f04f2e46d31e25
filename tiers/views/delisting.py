"""Pages of 国家、集团文件终止认定: entered by the province, read by whom it concerns."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from assessments.views.evidence import file_answer
from registry.access import OFFICERS, Request, Role, business_date, changing, role_required
from registry.views.pages import list_page
from tiers import delisting, involvement
from tiers.forms.applications import add_refusals
from tiers.forms.delisting import DelistingForm
from tiers.listings import DELISTING_DOCUMENTS, DELISTINGS
from tiers.models import Certification, Delisting, DelistingItem


def _of(request: Request, pk: int) -> Delisting:
    rows = Delisting.objects.visible_to(request.user).select_related("authority")
    found: Delisting = get_object_or_404(rows, pk=pk)
    return found


@require_safe
@role_required(Role.PROVINCE)
def delisting_list(request: Request) -> HttpResponse:
    may = delisting.may_handle(request.user)
    return list_page(request, DELISTING_DOCUMENTS, "tiers/delisting/list.html", may_handle=may)


@require_safe
@role_required(*OFFICERS)
def delisted_factories(request: Request) -> HttpResponse:
    """Titles that such documents name: to the province all of its own, to others what is in force
    and concerns them.
    """
    documents = reverse("tiers:delisting_list")
    above = [("终止认定的文件", documents)] if request.user.role == Role.PROVINCE else []
    return list_page(
        request,
        DELISTINGS,
        "registry/list.html",
        lead="国家认定的卓越级、领航级，中央企业集团认定的先进级，由认定部门的文件撤销或终止的工厂。",
        crumbs=[("称号", reverse("tiers:title_list")), *above],
        none="没有由国家、集团文件终止的认定",
        why="登记的文件确认以后，其中的工厂列在这里。",
    )


@role_required(Role.PROVINCE)
@changing
def delisting_new(request: Request) -> HttpResponse:
    return _form(request, None)


@role_required(Role.PROVINCE)
@changing
def delisting_edit(request: Request, pk: int) -> HttpResponse:
    held = _of(request, pk)
    if not held.is_open:
        raise Http404
    return _form(request, held)


def _form(request: Request, held: Delisting | None) -> HttpResponse:
    user, at = request.user, request.received_at
    on = business_date(at)
    if user.authority is None:
        raise PermissionDenied
    form = DelistingForm(
        request.POST or None,
        request.FILES or None,
        titles=_titles(request),
        grounds=delisting.grounds(user.authority, on),
        held=held,
    )
    if request.method == "POST" and form.is_valid():
        upload, seen = form.cleaned_data["upload"], form.cleaned_data["seen"]
        try:
            made = delisting.prepare(
                held, form.document, form.words, upload=upload, seen=seen, by=user, at=at
            )
            messages.success(request, "已登记，由另一人核对文件后确认")
            return redirect("tiers:delisting", made.pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    return render(request, "tiers/delisting/form.html", {"form": form, "held": held, "on": on})


def _titles(request: Request) -> list[Certification]:
    """Everything the document could name; the title whose page one comes from stands first."""
    rows = delisting.endable(request.user, business_date(request.received_at))
    found = list(rows.for_list().select_related("issuer").order_by("-tier", "valid_from", "pk"))
    first = request.GET.get("title", "")
    return sorted(found, key=lambda title: str(title.pk) != first)


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def delisting_page(request: Request, pk: int) -> HttpResponse:
    """The document and those of its titles that this person may see."""
    held, user = _of(request, pk), request.user
    items = DelistingItem.objects.visible_to(user).filter(delisting=held)
    related = items.select_related("certification__factory__enterprise")
    own = user.authority_id == held.authority_id
    handles = own and held.is_open and delisting.may_handle(user)
    context = {
        "held": held,
        "items": related.prefetch_related("certification__bans").order_by("pk"),
        "officer": user.role in OFFICERS,
        "own": own,
        "handles": handles,
        "own_preparation": handles and involvement.prepared(held, user),
        "digest": delisting.digest(held) if handles else "",
        "lapsed": delisting.LAPSED,
    }
    return render(request, "tiers/delisting/page.html", context)


def _done(request: Request, pk: int, act: Callable[[Delisting], object], done: str) -> HttpResponse:
    try:
        act(_of(request, pk))
        messages.success(request, done)
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:delisting", pk)


@role_required(Role.PROVINCE)
@changing
@require_POST
def delisting_confirm(request: Request, pk: int) -> HttpResponse:
    def act(held: Delisting) -> object:
        seen = request.POST.get("seen", "")
        return delisting.confirm(held, seen=seen, by=request.user, at=request.received_at)

    return _done(request, pk, act, "已确认，认定已终止，并通知企业和所在地主管部门")


@role_required(Role.PROVINCE)
@changing
@require_POST
def delisting_drop(request: Request, pk: int) -> HttpResponse:
    def act(held: Delisting) -> object:
        return delisting.drop(held, by=request.user, at=request.received_at)

    return _done(request, pk, act, "已取消登记，认定没有变化")


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def delisting_file(request: Request, pk: int) -> FileResponse:
    return file_answer(_of(request, pk), as_attachment=True)
