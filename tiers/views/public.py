"""The public's pages: the start page, the search of the register, and one factory with its titles.

They show published titles only, and a title's standing is worked out on the day of the request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from registry import enterprises, sealing
from registry.access import Received, business_date
from registry.enterprises import Stood
from registry.listing import EXACT, Pager, Slice, counted_each, numbered, said, sliced
from registry.models import Factory
from registry.views.record import downloaded
from tiers import contributions, cultivation, lineage, register, sealed
from tiers.forms.public import DayForm, RegisterFilter
from tiers.models import Certification

PER_PAGE = 20
#: Titles in which more than ``EXACT`` factories are likely to be, if there are so many.
ENOUGH = 2 * EXACT + 1
LATEST = 6
#: What a row prints besides the title itself.
PRINTED = ("factory__enterprise", "factory__division", "factory__authority__parent")
NARROWING = ("q", "tier", "status", "province", "city", "industry", "year")


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
    filterset = RegisterFilter(request.GET, queryset=register.published(), request=request)
    page, factories = _page(filterset, request.GET)
    on = filterset.day
    context = {
        "shell": "public",
        "on": on,
        "past": on != business_date(at),
        "at": at,
        "filterset": filterset,
        "page": page,
        "pager": Pager(page, request.GET, "项"),
        "factories": said(factories),
        "sort": request.GET.get("sort") or "date",
        "filtered": any(request.GET.get(name) for name in NARROWING),
    }
    return render(request, "tiers/public/register.html", context)


def _page(filterset: RegisterFilter, data: QueryDict) -> tuple[Slice, int]:
    """One page of results, each title with its factory as it stood on the day asked about; and how
    many factories there are in all. Both are counted as far as lists are.
    """
    keys, factories = _keys(filterset, data)
    titles = Certification.objects.published().with_pause(filterset.day)
    titles_by_key = titles.select_related(*PRINTED).in_bulk(keys.rows)
    found = [titles_by_key[key] for key in keys.rows if key in titles_by_key]
    for title in found:
        title.standing = title.standing_paused(filterset.day)
    factories_found = [title.factory for title in found]
    then = enterprises.stood_all(factories_found, filterset.day, today=filterset.today)
    return replace(keys, rows=[(title, then[title.factory_id]) for title in found]), factories


def _keys(filterset: RegisterFilter, data: QueryDict) -> tuple[Slice, int]:
    """The keys of one page, and the number of factories. Words are searched for once: the first
    that are found tell both numbers and every numbered page.
    """
    titles = filterset.qs.order_by(*filterset.order.terms())
    factories = {"factories": titles.order_by().values("factory").distinct()}
    if not filterset.form.cleaned_data.get("q"):
        counts = counted_each({"titles": titles, **factories}, most=EXACT + 1)
        return _sliced(titles, filterset, data, counts["titles"]), counts["factories"]
    found = list(titles.values_list("pk", "factory")[:ENOUGH])
    count = len({factory for _, factory in found})
    if len(found) == ENOUGH and count <= EXACT:
        count = counted_each(factories, most=EXACT + 1)["factories"]
    if len(found) > EXACT and (data.get("after") or data.get("before")):
        return _sliced(titles, filterset, data, len(found)), count
    keys = [key for key, _ in found]
    return numbered(keys, len(keys), PER_PAGE, data.get("page", "")), count


def _sliced(titles: QuerySet, filterset: RegisterFilter, data: QueryDict, count: int) -> Slice:
    rows = titles.values_list("pk", flat=True)
    return sliced(rows, register.published(), filterset.order, data, PER_PAGE, count=count)


@require_safe
@login_not_required
def public_factory(request: Received, pk: int) -> HttpResponse:
    """One factory: whether it holds a title today or on the day asked for, then all it was ever
    given and its history. Its address stays, whatever becomes of its name, place and firm.
    """
    return _shown(request, pk)


@require_safe
@login_not_required
def public_title(request: Received, number: str) -> HttpResponse:
    """One title by its number, for ever: what it is today, and what followed it."""
    found = register.published().filter(number=number.upper())
    title = get_object_or_404(found)
    return _shown(request, title.factory_id, title)


def _shown(request: Received, pk: int, chosen: Certification | None = None) -> HttpResponse:
    form = DayForm(request.GET)
    today = business_date(request.received_at)
    on = (form.cleaned_data["on"] if form.is_valid() else None) or today
    titles = list(register.published().filter(factory=pk).order_by("-valid_from", "-pk"))
    if not titles:
        raise Http404
    factory, title = _factory(pk), chosen or register.leading(titles, on)
    grounds = register.public_grounds(titles)
    context = {
        "shell": "public",
        "on": on,
        "at": request.received_at,
        "form": form,
        "now": "现" if on == today else "当日",
        "titles": titles,
        "title": title,
        "chosen": chosen,
        "address": request.build_absolute_uri(request.path),
        "steps": register.stair(titles, on),
        **_verdict(title, titles, on, grounds),
        **_course(factory, titles, on, grounds),
    }
    return render(request, "tiers/public/factory.html", context)


def _verdict(
    title: Certification | None, titles: list[Certification], on: date, grounds: dict[int, str]
) -> dict[str, object]:
    """What is said of the title, and of the factory where another one is in force beside it."""
    if title is None:
        return {}
    best = register.leading(titles, on)
    return {
        "ended_on": register.end_day(title),
        "ground": grounds[title.pk],
        "pause": title.suspension_on(on),
        "successor": register.successor(title, titles),
        "besides": best if best and best != title and best.is_in_force(on) else None,
    }


def _course(
    factory: Factory, titles: list[Certification], on: date, grounds: dict[int, str]
) -> dict[str, object]:
    """The factory on that day and all it went through."""
    then, past = enterprises.stood(factory, on), lineage.of(factory)
    return {
        "factory": factory,
        "then_factory": then,
        "renamed": (then.name, then.enterprise_name) != (factory.name, factory.enterprise.name),
        "contributions": contributions.public_of(factory),
        "candidate": cultivation.of_factory(factory, on),
        "other_names": _other_names(factory, then, past.names, titles),
        "former_codes": [code for code in past.codes if code != then.enterprise.credit_code],
        "events": register.history(titles, on, turns=past.turns, grounds=grounds),
        "is_sealed": sealing.is_sealed(sealed.TITLE_KIND, [one.pk for one in titles]),
    }


@require_safe
@login_not_required
@cache_control(public=True, max_age=60)
def public_record(request: Received, pk: int) -> HttpResponse:
    """All that was sealed of a factory and its titles, with the proofs."""
    titles = register.published().filter(factory=pk).values_list("pk", flat=True)
    rows = {sealed.TITLE_KIND: list(titles), sealed.FACTORY_KIND: [pk]}
    found = sealing.of_rows(rows) if rows[sealed.TITLE_KIND] else None
    if found is None:
        raise Http404
    return downloaded(found, f"record-{pk}")


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
