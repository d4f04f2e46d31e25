"""What pages share: a form sent in to an act, one page of a list, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from registry import listing
from registry.access import Request
from registry.forms.fields import show_refusal
from registry.listing import Listing

ROWS = 20


def paged(request: HttpRequest, rows: QuerySet) -> Page:
    """The page the address asks for; a number out of range gives the nearest."""
    return Paginator(rows, ROWS).get_page(request.GET.get("page"))


def list_page(
    request: Request,
    asked: Listing,
    template: str,
    /,
    *,
    size: int = ROWS,
    tabs: Mapping[str, str] | None = None,
    usual: str = "",
    data: QueryDict | None = None,
    told: Callable[[listing.Shown], Mapping[str, Any]] | None = None,
    **context: Any,
) -> HttpResponse:
    """A list (``list`` in its template) as the address asks for it, or its reader's own view.
    ``tabs`` names those over the list; the ``usual`` one, or the first, shows unless another is
    asked for. ``data`` is the address with what the page itself adds to it; ``told`` what else the
    page says that follows from the list.
    """
    if tabs:
        asked_for = request.GET.get("tab", "")
        context["tab"] = asked_for if asked_for in tabs else usual or next(iter(tabs))
        data = request.GET.copy()
        data["tab"] = context["tab"]
    shown = listing.show(request, asked, size=size, data=data)
    if not request.GET and (where := listing.view_opened(shown)):
        return redirect(where)
    if tabs:
        context["tabs"] = shown.tabs(tabs, context["tab"])
    more = told(shown) if told else {}
    return render(request, template, {"list": shown, **more, **context})


def way_back(request: HttpRequest, otherwise: str) -> str:
    """The page of ours that sent the reader here (``next``), or else the usual one."""
    asked = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if safe else otherwise


def form_page(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[], object],
    *,
    done: str,
    then: str | Callable[[Any], str],
    template: str = "registry/form.html",
    renamed: dict[str, str] | None = None,
    **context: Any,
) -> HttpResponse:
    """Show a form, or perform its act once and go on. A refusal comes back in the form.

    ``then`` is where to go next, if need be computed from what the act returned.
    """
    if form.is_valid():
        try:
            made = act()
        except ValidationError as error:
            show_refusal(form, error, **(renamed or {}))
        else:
            messages.success(request, done)
            return redirect(then(made) if callable(then) else then)
    return render(request, template, {"form": form, **context})
