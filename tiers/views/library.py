"""The cultivation library: list, candidates with their record, putting in, funnel."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from assessments.models import Measure
from registry.access import OFFICERS, Request, business_date, changing, role_required
from registry.forms.fields import show_refusal
from registry.listing import AT_ONCE, Outcome, chosen
from registry.listings import ENTERPRISES
from registry.models import Factory, User
from registry.views.many import tell
from registry.views.pages import form_page, list_page, way_back
from tiers import library
from tiers.forms.library import AimForm, DropForm, HandOverForm, StepForm
from tiers.listings import CANDIDATES, TITLES
from tiers.models import (
    KEEPERS,
    Application,
    Candidate,
    CandidateStep,
    Certification,
    Stage,
)
from tiers.views import library_many

#: Lists on whose rows factories are ticked to be put in, and how a factory belongs to a row.
LISTS = {"firms": (ENTERPRISES, "enterprise__in"), "titles": (TITLES, "certifications__in")}


@role_required(*OFFICERS)
@require_safe
def library_list(request: Request) -> HttpResponse:
    on = business_date(request.received_at)
    seen = Candidate.objects.visible_to(request.user)
    own = seen.filter(authority=request.user.authority_id)
    context: dict[str, Any] = {
        "on": on,
        "due": own.due(on).count(),
        "unowned": own.standing().filter(owner=None).count(),
        "may_enter": library.may_enter(request.user),
        "offers": library_many.offers(request.user),
    }
    return list_page(request, CANDIDATES, "tiers/library/list.html", **context)


@role_required(*OFFICERS)
@require_safe
def library_funnel(request: Request) -> HttpResponse:
    """How many have come how far; each number opens its list."""
    asked = request.GET.get("by", "")
    by = asked if asked in library.BY else "year"
    on = business_date(request.received_at)
    rows = Candidate.objects.visible_to(request.user)
    context = {
        "on": on,
        "by": by,
        "tabs": library.BY.items(),
        "stages": [stage.label for stage in Stage],
        "lines": library.lines(rows, request.user, by, on),
    }
    return render(request, "tiers/library/funnel.html", context)


@role_required(*KEEPERS)
@require_safe
def library_suggestions(request: Request) -> HttpResponse:
    """Factories close to their next tier, to be ticked and put in."""
    found = library.suggestions(request.user, business_date(request.received_at))
    context = {"found": found, "near": library.NEAR}
    return render(request, "tiers/library/suggestions.html", context)


# --- putting in ----------------------------------------


@role_required(*KEEPERS)
@changing
def library_new(request: Request) -> HttpResponse:
    """One factory or several, named in the address or all of a firm's."""
    user, on = request.user, business_date(request.received_at)
    factories = _asked_for(request)
    asked = {key: request.GET[key] for key in ("tier",) if key in request.GET}
    form = AimForm(request.POST or None, user=user, on=on, initial=asked)
    if request.method == "POST" and form.is_valid():
        suggested = request.GET.get("source") == Candidate.Source.SUGGESTED
        source = Candidate.Source.SUGGESTED if suggested else Candidate.Source.HAND
        at = request.received_at
        done = library.enter_all(factories, form.aim, source=source, by=user, at=at)
        made = [one.candidate for one in done if one.candidate]
        if len(done) > 1:
            return _told(request, done)
        if made:
            messages.success(request, "已列入培育库，并通知企业")
            return redirect("tiers:library_item", made[0].pk)
        form.add_error(None, [f"{one.factory.name}：{one.refusal}" for one in done])
    context = {
        "form": form,
        "factories": factories,
        "more": len(factories) == AT_ONCE and AT_ONCE,
        "back": way_back(request, reverse("tiers:library")),
    }
    return render(request, "tiers/library/new.html", context, status=422 if form.errors else 200)


def _asked_for(request: Request) -> list[Factory]:
    """The factories named in the form or the address, of those that this person sees."""
    rows = Factory.objects.visible_to(request.user).select_related("enterprise", "authority")
    if request.method == "POST":
        return _some(_named(rows, request.POST.getlist("factory")))
    if given := LISTS.get(request.GET.get("of", "")):
        asked, path = given
        keys = [one.pk for one in chosen(request, asked)]
        return _some(rows.filter(**{path: keys}).distinct())
    if named := request.GET.getlist("factory"):
        found = _some(_named(rows, named))
    elif (firm := request.GET.get("firm", "")).isdecimal():
        found = _some(rows.filter(enterprise=firm))
    else:
        found = []
    if not found:
        raise Http404
    return found


def _named(rows: QuerySet[Factory], keys: list[str]) -> QuerySet[Factory]:
    return rows.filter(pk__in=[key for key in keys if key.isdecimal()][:AT_ONCE])


def _some(rows: QuerySet[Factory]) -> list[Factory]:
    return list(rows.order_by("enterprise__name", "pk")[:AT_ONCE])


def _told(request: Request, done: list[library.Entered]) -> HttpResponse:
    """Row by row what came of putting in several."""
    rows = [
        Outcome(
            key=str(one.factory.pk),
            name=f"{one.factory.enterprise.name}　{one.factory.name}",
            link=_address(one.candidate)
            if one.candidate
            else reverse("registry:factory_detail", args=[one.factory.pk]),
            done=one.candidate is not None,
            words=one.refusal or "已列入培育库，并通知企业",
        )
        for one in done
    ]
    back = way_back(request, reverse("tiers:library"))
    return tell(request, rows, title="列入培育库", back=back, field="factory")


# --- one candidate ----------------------------------------


def _of(request: Request, pk: int) -> Candidate:
    on = business_date(request.received_at)
    rows = Candidate.objects.visible_to(request.user).with_stage(on).for_list()
    found: Candidate = get_object_or_404(rows, pk=pk)
    return found


@role_required(*OFFICERS)
@require_safe
def library_item(request: Request, pk: int) -> HttpResponse:
    return _page(request, _of(request, pk))


def _page(request: Request, one: Candidate, form: StepForm | None = None) -> HttpResponse:
    user, on = request.user, business_date(request.received_at)
    measures = list(Measure.objects.filter(factory=one.factory_id).order_by("due_on", "pk"))
    cases = Application.objects.visible_to(user).filter(factory=one.factory_id, tier=one.tier)
    titles = Certification.objects.visible_to(user).filter(factory=one.factory_id, tier=one.tier)
    works = library.may_work(one, user)
    context: dict[str, Any] = {
        "one": one,
        "on": on,
        "stage": Stage(one.stage),
        "stages": [(stage.label, stage <= one.stage) for stage in Stage],
        "gap": library.gap_of(one.factory, one.tier, on),
        "measures": measures,
        "plan": library.plan_of(measures, on),
        "steps": CandidateStep.objects.visible_to(user).filter(candidate=one),
        "case": cases.order_by("-created_at", "-pk").first(),
        "title": titles.order_by("-valid_from", "-pk").first(),
        "form": form or (StepForm(on=on) if works else None),
        "works": works,
    }
    status = 422 if form else 200
    return render(request, "tiers/library/page.html", context, status=status)


@role_required(*KEEPERS)
@changing
@require_POST
def library_step(request: Request, pk: int) -> HttpResponse:
    one = _of(request, pk)
    form = StepForm(request.POST, on=business_date(request.received_at))
    if form.is_valid():
        try:
            library.note(one, **form.cleaned_data, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "已登记")
            return redirect("tiers:library_item", pk)
    return _page(request, one, form)


@role_required(*KEEPERS)
@changing
def library_edit(request: Request, pk: int) -> HttpResponse:
    one = _own(request, pk)
    at, on = request.received_at, business_date(request.received_at)
    form = AimForm(request.POST or None, user=request.user, on=on, held=one)
    return form_page(
        request,
        form,
        lambda: library.change(
            one, form.aim, seen=form.cleaned_data["seen"], by=request.user, at=at
        ),
        done="已保存",
        then=_address(one),
        title="修改培育目标",
        button="保存",
        **_around(one),
    )


@role_required(*KEEPERS)
@changing
def library_drop(request: Request, pk: int) -> HttpResponse:
    one = _own(request, pk)
    form = DropForm(request.POST or None)
    return form_page(
        request,
        form,
        lambda: library.drop(one, **form.cleaned_data, by=request.user, at=request.received_at),
        done="已移出培育库，并通知企业",
        then=_address(one),
        title="移出培育库",
        lead="培育记录保留。达到目标等级的工厂会自动移出，不需要在这里办理。",
        button="移出",
        **_around(one),
    )


def _own(request: Request, pk: int) -> Candidate:
    """A candidate of the officer's own bureau that still stands, or the way is shut."""
    one = _of(request, pk)
    if not one.is_standing:
        raise Http404
    if not library.may_work(one, request.user):
        raise PermissionDenied("这座工厂由列入它的主管部门培育")
    return one


def _address(one: Candidate) -> str:
    return reverse("tiers:library_item", args=[one.pk])


def _around(one: Candidate) -> dict[str, Any]:
    crumbs = [("培育库", reverse("tiers:library")), (one.factory.name, _address(one))]
    return {"crumbs": crumbs, "back": _address(one)}


# --- another colleague ----------------------------------------


@role_required(*KEEPERS)
@changing
def library_hand_over(request: Request) -> HttpResponse:
    """What one colleague sees to, or nobody, goes to another: ticked row by row."""
    user = request.user
    owner = _colleague(request)
    rows = Candidate.objects.standing().filter(authority=user.authority_id, owner=owner)
    found = list(rows.for_list().order_by("next_contact_on", "pk"))
    form = HandOverForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        ticked = {key for key in request.POST.getlist("candidate") if key.isdecimal()}
        chosen = [one for one in found if str(one.pk) in ticked]
        to, at = form.cleaned_data["to"], request.received_at
        try:
            moved = library.hand_over(chosen, to, by=user, at=at)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"{len(moved)} 座工厂已转交给{to.name}")
            return redirect(f"{reverse('tiers:library')}?owner={to.pk}")
    context = {
        "form": form,
        "found": found,
        "owner": owner,
        "owners": [*_owners(user)],
    }
    return render(
        request, "tiers/library/hand_over.html", context, status=422 if form.errors else 200
    )


def _colleague(request: Request) -> User | None:
    """Whose candidates: the one the address names, oneself, or nobody."""
    asked = request.GET.get("owner", "")
    if asked == "none":
        return None
    people = User.objects.filter(authority=request.user.authority_id)
    return people.filter(pk=asked).first() if asked.isdecimal() else request.user


def _owners(user: User) -> list[tuple[str, str]]:
    """Everybody who sees to a candidate of this office, with how many."""
    rows = Candidate.objects.standing().filter(authority=user.authority_id)
    counts: dict[tuple[str, str], int] = {}
    for pk, name in rows.order_by("owner__name", "owner").values_list("owner", "owner__name"):
        key = (str(pk or "none"), name or "没有负责人")
        counts[key] = counts.get(key, 0) + 1
    return [(pk, f"{name}（{count}）") for (pk, name), count in counts.items()]
