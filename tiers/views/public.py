"""The public's pages: the start page, the search of the register, and one factory with its titles.

They show published titles only, and a title's standing is worked out on the day of the request.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry import enterprises
from registry.access import Received, business_date
from registry.enterprises import Stood
from registry.models import Factory
from tiers import contributions, cultivation, lineage, register
from tiers.filters import RegisterFilter
from tiers.forms.public import DayForm
from tiers.models import Certification

PER_PAGE = 20
LATEST = 6


@require_safe
@login_not_required
def home(request: Received) -> HttpResponse:
    """Search, how many factories hold each tier, what was published last, how a firm applies."""
    on = business_date(request.received_at)
    latest = register.published().order_by("-published_on", "-valid_from", "pk")[:LATEST]
    context = {
        "shell": "public",
        "on": on,
        "counts": [
            {"tier": tier, "count": count} for tier, count in register.tier_counts(on).items()
        ],
        "latest": latest,
    }
    return render(request, "tiers/public/home.html", context)


@require_safe
@login_not_required
def register_search(request: Received) -> HttpResponse:
    """The register, narrowed by the address."""
    at = request.received_at
    on = business_date(at)
    titles = register.published().with_standing(on)
    filterset = RegisterFilter(request.GET, queryset=titles, request=request)
    page = _page(filterset, request.GET.get("page"))
    context = {
        "shell": "public",
        "on": on,
        "at": at,
        "filterset": filterset,
        "page": page,
        "factories": filterset.qs.order_by().values("factory").distinct().count(),
        "sort": request.GET.get("sort") or "date",
        "filtered": any(request.GET.get(name) for name in ("q", "tier", "city", "status")),
    }
    return render(request, "tiers/public/register.html", context)


def _page(filterset: RegisterFilter, number: str | None) -> Page:
    """One page of results, by day or as the factories' names are spoken."""
    titles = filterset.qs
    by_name = filterset.form.cleaned_data.get("sort") == "name"
    order = ("factory__spoken", "-valid_from", "pk") if by_name else ("-valid_from", "-pk")
    return Paginator(titles.order_by(*order), PER_PAGE).get_page(number)


@require_safe
@login_not_required
def public_factory(request: Received, pk: int) -> HttpResponse:
    """One factory: whether it holds a title today or on the day asked for, then all it was ever
    given and its history.
    """
    at = request.received_at
    form = DayForm(request.GET)
    today = business_date(at)
    on = form.cleaned_data["on"] or today if form.is_valid() else today
    titles = list(register.published().filter(factory=pk).order_by("-valid_from", "-pk"))
    if not titles:
        raise Http404
    factory = _factory(pk)
    then, past = enterprises.stood(factory, on), lineage.of(factory)
    title = register.leading(titles, on)
    context = {
        "shell": "public",
        "on": on,
        "at": at,
        "form": form,
        "now": "现" if on == today else "当日",
        "factory": factory,
        "then_factory": then,
        "renamed": (then.name, then.enterprise_name) != (factory.name, factory.enterprise.name),
        "titles": titles,
        "title": title,
        "ended_on": register.end_day(title) if title else None,
        "ground": register.public_ground(title) if title else "",
        "pause": title.suspension_on(on) if title else None,
        "contributions": contributions.public_of(factory),
        "candidate": cultivation.of_factory(factory, on),
        "other_names": _other_names(factory, then, past.names, titles),
        "former_codes": [code for code in past.codes if code != then.enterprise.credit_code],
        "steps": register.stair(titles, on),
        "events": register.history(titles, on, turns=past.turns),
    }
    return render(request, "tiers/public/factory.html", context)


def _factory(pk: int) -> Factory:
    related = ("enterprise", "authority__parent", "division__parent__parent", "industry")
    return Factory.objects.select_related(*related).get(pk=pk)


def _other_names(
    factory: Factory, then: Stood, past: Iterable[str], titles: list[Certification]
) -> list[str]:
    """Other names under which the factory or its firm was known: 曾用名, and names on titles."""
    names = [*past]
    names += [name for t in titles for name in (t.printed_enterprise, t.printed_factory)]
    known = {factory.name, factory.enterprise.name, then.name, then.enterprise_name}
    return list(dict.fromkeys(name for name in names if name not in known))
