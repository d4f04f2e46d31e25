"""Pages of figures for officers: titles, their course, the plan's targets, and coverage; with the
lists that every figure opens.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Received, Request, Role, business_date, role_required
from registry.models import Authority
from reports import coverage, targets, titles
from reports.filters import AssessedFactories, TitleRows
from reports.forms import TitleTable
from reports.listings import ASSESSED_ROWS, TITLE_ROWS
from reports.views.asked import chosen, day_of, list_at, office_of, rows_page
from tiers.forms.public import DayForm
from tiers.models import Standing


@require_safe
@role_required(*OFFICERS)
def title_statistics(request: Request) -> HttpResponse:
    """How many titles of each tier there are on a day, by place, industry, year, source, state."""
    form = TitleTable(request.GET)
    on = day_of(request, form)
    by = form.cleaned_data.get("by") or "unit"
    seen = titles.of(request.user, on)
    rows = TitleRows(_asked(request, by), queryset=seen, request=request, on=on)
    context = {
        "on": on,
        "by": by,
        "bys": titles.BY.items(),
        "table": titles.table(rows.qs, by, office_of(request)),
        "form": rows.form,
        "list": list_at("reports:title_rows", on=str(on), **chosen(rows)),
        "years": titles.years(seen, on),
        "endings": [one.label for one in titles.ENDINGS],
        "rows": list_at("reports:title_rows"),
    }
    return render(request, "reports/titles.html", context)


@require_safe
@role_required(*OFFICERS)
def title_rows(request: Request) -> HttpResponse:
    """The titles behind a figure."""
    on = day_of(request, DayForm(request.GET))
    return rows_page(
        request,
        TITLE_ROWS,
        crumbs=[("统计", reverse("reports:title_statistics"))],
        lead=f"截至 {on:%Y-%m-%d}",
        none="没有符合条件的称号",
    )


@require_safe
@role_required(Role.PROVINCE)
def plan_targets(request: Request) -> HttpResponse:
    """The plan's targets with progress, what is on its way, and what runs out before its end."""
    on = day_of(request, DayForm(request.GET))
    found = [(one, one.at_this_pace(on)) for one in targets.targets(request.user, on)]
    context = {"on": on, "targets": found, "list": list_at("reports:title_rows")}
    return render(request, "reports/targets.html", context)


@require_safe
@role_required(*OFFICERS)
def coverage_statistics(request: Request) -> HttpResponse:
    """Maturity levels, typical scenarios and the use of AI, by the factories' own word."""
    on = day_of(request, DayForm(request.GET))
    rows = AssessedFactories(request.GET, queryset=coverage.newest(request.user, on))
    asked = {"on": str(on), **chosen(rows)}
    context = {
        "on": on,
        "form": rows.form,
        "picture": coverage.picture(rows.qs, request.user, on, asked),
        "list": list_at("reports:assessment_rows"),
    }
    return render(request, "reports/coverage.html", context)


@require_safe
@role_required(*OFFICERS)
def assessment_rows(request: Request) -> HttpResponse:
    """The factories behind a figure of coverage, each with its newest self-assessment."""
    on = day_of(request, DayForm(request.GET))
    return rows_page(
        request,
        ASSESSED_ROWS,
        crumbs=[("成熟度和场景", reverse("reports:coverage"))],
        lead=f"截至 {on:%Y-%m-%d} 最近一次锁定的自评",
        none="没有符合条件的工厂",
    )


@require_safe
@login_not_required
def public_statistics(request: Received) -> HttpResponse:
    """How many factories the public register shows as holding each tier, province by province."""
    on = business_date(request.received_at)
    provinces = Authority.objects.filter(kind=Authority.Kind.PROVINCE).order_by("code")
    office = provinces.filter(code=request.GET.get("province", "")).first() or provinces.first()
    context = {
        "shell": "public",
        "on": on,
        "office": office,
        "provinces": provinces,
        "table": titles.public(office, on) if office else None,
        "list": list_at("tiers:register_search", status=Standing.VALID.value),
    }
    return render(request, "reports/public.html", context)


def _asked(request: Request, by: str) -> Any:
    """What the table is narrowed by: titles in force, unless another state is asked for or the
    table is of the states themselves.
    """
    asked = request.GET.copy()
    if "standing" not in asked and by != "standing":
        asked["standing"] = Standing.VALID
    return asked
