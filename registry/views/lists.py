"""What a person keeps of a list: sent from the list's own page, to which one returns."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from registry.access import CLERKS, Request, role_required
from registry.listing import keeping
from registry.listing.asking import COLUMNS, VIEW
from registry.models import SavedView
from registry.views.pages import way_back


def _visible(request: Request, pk: int) -> SavedView:
    return get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)


def _key(request: Request) -> str:
    """Which list the form on its page is about."""
    key = request.POST.get("list", "")
    if not key.replace("_", "").isalnum() or not key.isascii() or len(key) > 40:
        raise Http404
    return key


def _back(request: Request, **changed: str) -> str:
    """The list one came from, with some of its address changed."""
    path, _, query = way_back(request, reverse("reports:home")).partition("?")
    data = QueryDict(query, mutable=True)
    for name, value in changed.items():
        data.pop(name, None)
        if value:
            data[name] = value
    return f"{path}?{data.urlencode()}" if data else path


def _done(request: Request, act: Callable[[], object], words: str) -> bool:
    try:
        act()
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return False
    messages.success(request, words)
    return True


@require_POST
@role_required(*CLERKS)
def view_save(request: Request) -> HttpResponse:
    """Keep filters, order and columns as they stand under a name."""
    sent = request.POST
    try:
        view = keeping.save_view(
            _key(request),
            name=sent.get("name", ""),
            query=sent.get("query", ""),
            shared=bool(sent.get("shared")),
            by=request.user,
            at=request.received_at,
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(_back(request))
    messages.success(request, f"视图“{view.name}”已保存")
    path = _back(request).partition("?")[0]
    return redirect(f"{path}?{view.query}&{VIEW}={view.pk}")


@require_POST
@role_required(*CLERKS)
def view_rename(request: Request, pk: int) -> HttpResponse:
    view, name = _visible(request, pk), request.POST.get("name", "")
    _done(
        request,
        lambda: keeping.rename_view(view, name=name, by=request.user, at=request.received_at),
        "视图名称已修改",
    )
    return redirect(_back(request))


@require_POST
@role_required(*CLERKS)
def view_delete(request: Request, pk: int) -> HttpResponse:
    view = _visible(request, pk)
    _done(
        request,
        lambda: keeping.delete_view(view, by=request.user, at=request.received_at),
        "视图已删除，列表里的数据不受影响",
    )
    return redirect(_back(request, **{VIEW: "0"}))


@require_POST
@role_required(*CLERKS)
def list_opening(request: Request) -> HttpResponse:
    """Which view the list opens with; none for everything."""
    number = request.POST.get("view", "")
    key = _key(request)
    views = keeping.views_of(key, request.user)
    view = get_object_or_404(views, pk=int(number)) if number.isdecimal() else None
    _done(
        request,
        lambda: keeping.open_with(key, view, by=request.user, at=request.received_at),
        f"以后打开列表先显示“{view.name}”" if view else "以后打开列表先显示全部",
    )
    return redirect(_back(request))


@require_POST
@role_required(*CLERKS)
def list_columns(request: Request) -> HttpResponse:
    """The columns ticked, in the order of their numbers."""
    sent = request.POST
    ticked = [name for name in sent.getlist("column") if name.isidentifier()]
    if sent.get("usual"):
        ticked = []
    elif not ticked:
        messages.error(request, "至少保留一列")
        return redirect(_back(request))
    chosen = ",".join(sorted(ticked, key=lambda name: _place(sent.get(f"place_{name}", ""))))
    keeping.keep_columns(_key(request), chosen, by=request.user, at=request.received_at)
    messages.success(request, "列已保存" if chosen else "已恢复原来的列")
    return redirect(_back(request, **{COLUMNS: chosen}))


def _place(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 4 else 999
