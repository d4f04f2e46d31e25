"""The public's page of the sealed record, and the files by which anybody checks it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from registry import sealing
from registry.access import Received
from registry.models import RecordCheck
from registry.sealing import outside, tree
from registry.signing import shipping, verifying

PER_PAGE = 20
SHIPPED = (verifying, tree, outside)


def downloaded(found: Any, name: str) -> HttpResponse:
    answer = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return answer


@require_safe
@login_not_required
def record(request: Received) -> HttpResponse:
    """What is sealed, day by day, and how anybody can check it."""
    page = Paginator(sealing.heads(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "shell": "public",
        "page": page,
        "newest": sealing.newest() if page.number > 1 else next(iter(page), None),
        "check": RecordCheck.objects.first(),
    }
    return render(request, "registry/record.html", context)


@require_safe
@login_not_required
@cache_control(public=True, max_age=60)
def record_heads(request: HttpRequest) -> HttpResponse:
    return downloaded(sealing.all_heads(), "heads")


@require_safe
@login_not_required
@cache_control(public=True, max_age=60)
def record_consistency(request: HttpRequest, old: int, new: int) -> HttpResponse:
    """That one head holds all that an earlier one held."""
    heads = {head.number: head for head in sealing.heads().filter(number__in=(old, new))}
    if old > new or old not in heads or new not in heads:
        raise Http404
    return downloaded(sealing.between(heads[old], heads[new]), f"consistency-{old}-{new}")


@require_safe
@login_not_required
@cache_control(public=True, max_age=3600)
def record_checker(request: HttpRequest) -> HttpResponse:
    """The checker in one file."""
    text = shipping.one_file("Checks the sealed record of the register, off line.", SHIPPED)
    answer = HttpResponse(text, content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="check_record.py"'
    return answer
