"""Lists as files: choose columns, fetch the file or see how far it has come, what was taken out."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry.access import OFFICERS, Request, changing, role_required
from registry.forms.fields import show_refusal
from registry.listing import Found, Listing, columns_of
from registry.listing.asking import COLUMNS
from registry.listing.paging import EXACT, counted
from registry.views.pages import list_page
from reports import exports, layouts
from reports.exports import Wanted
from reports.filters import EXPORT_TABS
from reports.forms.exports import ExportForm
from reports.listings import EXPORTS
from reports.models import Export, ExportLayout


def _listing(request: Request, listing: str) -> Listing:
    """The list of this address, 404 for whoever has no such page."""
    found = exports.opened_to(request.user, listing)
    if found is None:
        raise Http404
    return found


def _chosen(request: Request, listing: Listing) -> list[tuple[str, str]]:
    """The columns to begin with: of a layout, of the list as the reader sees it, or its own."""
    number = request.GET.get("layout", "")
    if number.isdecimal() and len(number) < 18:
        layout = ExportLayout.objects.visible_to(request.user).filter(pk=number).first()
        if layout is not None and layout.listing == listing.key:
            return [(key, caption) for key, caption in layout.columns if listing.column(key)]
    chosen = columns_of(listing, request.GET.get(COLUMNS, ""))
    return [(column.key, column.caption) for column in chosen]


def _form(request: Request, listing: Listing) -> ExportForm:
    data = request.POST if request.method == "POST" else None
    return ExportForm(data, listing=listing, chosen=_chosen(request, listing))


@require_http_methods(["GET", "POST"])
def list_export(request: Request, listing: str) -> HttpResponse:
    """The columns of a list, narrowed and sorted as its page was; then the file."""
    known = _listing(request, listing)
    form = _form(request, known)
    if request.method == "POST" and form.is_valid():
        wanted = Wanted(form.columns, form.cleaned_data["form"])
        query = request.GET.urlencode()
        try:
            asked = exports.ask(known, query, wanted, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            show_refusal(form, refusal, columns="form")
        else:
            if asked.expected <= exports.AT_ONCE:
                exports.make(asked.pk, at=request.received_at)
                asked.refresh_from_db()
            if asked.state == Export.State.READY:
                return redirect("reports:export_file", asked.pk)
            return redirect("reports:export", asked.pk)
    return _page(request, known, form)


def _page(request: Request, listing: Listing, form: ExportForm) -> HttpResponse:
    found = exports.found_for(listing, request.user, request.GET.urlencode(), request.received_at)
    count = counted(found.filterset.qs)
    own = ExportLayout.objects.visible_to(request.user).filter(listing=listing.key)
    context = {
        "listing": listing,
        "form": form,
        "words": exports.words_of(found),
        "count": f"{EXACT}+" if count > EXACT else count,
        "none": not count,
        "at_once": exports.AT_ONCE,
        "layouts": own,
        "layout": request.GET.get("layout", ""),
        "query": request.GET.urlencode(),
        "officer": request.user.role in OFFICERS,
        "back": _back(found, request),
    }
    status = 422 if form.errors else 200
    return render(request, "reports/exports/choose.html", context, status=status)


def _back(found: Found, request: Request) -> str:
    """The list as it was narrowed."""
    data = request.GET.copy()
    data.pop("layout", None)
    query = f"?{data.urlencode()}" if data else ""
    return reverse(found.listing.page) + query


# --- layouts --------------------------------------------------------------


@require_POST
@role_required(*OFFICERS)
@changing
def layout_save(request: Request, listing: str) -> HttpResponse:
    """Keep what is chosen on the form for the whole office."""
    known = _listing(request, listing)
    form = _form(request, known)
    if form.is_valid():
        try:
            layout = layouts.save(
                known,
                form.cleaned_data["name"],
                form.columns,
                by=request.user,
                at=request.received_at,
            )
        except ValidationError as refusal:
            show_refusal(form, refusal, columns="form")
        else:
            messages.success(request, f"模板“{layout.name}”已保存，全部门可以选用")
            data = request.GET.copy()
            data["layout"] = str(layout.pk)
            address = reverse("reports:list_export", args=[listing])
            return redirect(f"{address}?{data.urlencode()}")
    return _page(request, known, form)


@require_POST
@role_required(*OFFICERS)
@changing
def layout_drop(request: Request, pk: int) -> HttpResponse:
    layout = get_object_or_404(ExportLayout.objects.visible_to(request.user), pk=pk)
    layouts.drop(layout, by=request.user, at=request.received_at)
    messages.success(request, f"模板“{layout.name}”已删除")
    return redirect("reports:list_export", layout.listing)


# --- one thing whole ------------------------------------------------------


@require_http_methods(["GET", "POST"])
def detail_export(request: Request, kind: str, pk: int) -> HttpResponse:
    """One thing with all that its page says, as a workbook."""
    known = exports.detail_of(request.user, kind, pk)
    if known is None:
        raise Http404
    detail, found = known
    if request.method == "POST":
        made = exports.take_out(kind, pk, by=request.user, at=request.received_at)
        return redirect("reports:export_file", made.pk)
    context = {
        "detail": detail,
        "name": detail.name(found),
        "page": exports.page_of(detail, found),
        "kept": exports.KEPT,
    }
    return render(request, "reports/exports/detail.html", context)


# --- files ----------------------------------------------------------------


@require_safe
def export_list(request: Request) -> HttpResponse:
    """One's own files; to officers also that, and what, their colleagues have taken out."""
    tabs = EXPORT_TABS if request.user.role in OFFICERS else None
    return list_page(request, EXPORTS, "reports/exports/list.html", tabs=tabs, kept=exports.KEPT)


@require_safe
def export(request: Request, pk: int) -> HttpResponse:
    """How far a file has come, and where it is."""
    one = get_object_or_404(Export.objects.visible_to(request.user), pk=pk)
    listing = exports.opened_to(request.user, one.listing)
    again = f"{reverse('reports:list_export', args=[one.listing])}?{one.query}" if listing else ""
    context = {"export": one, "kept": exports.KEPT, "again": again}
    return render(request, "reports/exports/export.html", context)


@require_safe
def export_file(request: Request, pk: int) -> FileResponse:
    """The file, to nobody but whoever asked for it, while the list is still his to see."""
    ready = Export.objects.visible_to(request.user).filter(state=Export.State.READY)
    one = get_object_or_404(ready, pk=pk)
    if not exports.still_open(request.user, one):
        raise Http404
    kept = one.file.open("rb")
    return FileResponse(kept, as_attachment=True, filename=one.name, content_type=one.content_type)
