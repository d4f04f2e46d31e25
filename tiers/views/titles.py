"""Titles (认定): a firm's own with days left, an office's with tabs and filters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from registry import audit
from registry.access import (
    OFFICERS,
    Request,
    Role,
    business_date,
    of_a_firm,
    role_required,
)
from registry.listing import Offer, Shown, Tab
from registry.models import AuditEvent, User
from registry.views.pages import list_page
from tiers import (
    contributions,
    cultivation,
    delisting,
    library,
    register,
    renewal,
    revocation,
    surrender,
    suspension,
)
from tiers.certificates import issuing
from tiers.filters import TITLE_TABS, TitleFilter
from tiers.listings import TITLES
from tiers.models import (
    Certificate,
    Certification,
    DelistingItem,
    FilingEntry,
    MoveCheck,
    Rereview,
    RereviewItem,
    Revocation,
    SupervisionCheck,
    Surrender,
)

PER_PAGE = 30
#: Tabs that show where there is something under them.
ONLY_WHERE_ANY = ("unfiled", "suspended", "revoking", "given_up")
RELATED = ("factory__authority__parent", "factory__industry", "issuer", "application")


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
@of_a_firm
def title_list(request: Request) -> HttpResponse:
    """A firm's titles as a short list; an office's under tabs, narrowed by the address."""
    on = business_date(request.received_at)
    if request.user.role == Role.ENTERPRISE:
        titles = Certification.objects.visible_to(request.user).with_standing(on)
        filterset = TitleFilter(request.GET, queryset=titles, request=request)
        own = filterset.qs.for_list().select_related(*RELATED).order_by("-valid_from", "-pk")
        context = {
            "titles": own,
            "on": on,
            "filterset": filterset,
            "checks": SupervisionCheck.objects.visible_to(request.user)
            .for_list()
            .order_by("-signed_at"),
            "rereviews": Rereview.objects.visible_to(request.user).under_way(),
            "rereviewed": RereviewItem.objects.visible_to(request.user)
            .select_related("rereview", "factory")
            .order_by("-at", "-pk"),
        }
        return render(request, "tiers/titles/firm.html", context)
    tab = request.GET.get("tab", "all")
    tab = tab if tab in TITLE_TABS else "all"
    listed = replace(TITLES, order="last_day") if tab == "near" else TITLES
    return list_page(
        request,
        listed,
        "tiers/titles/list.html",
        size=PER_PAGE,
        on=on,
        tab=tab,
        delists=request.user.role == Role.PROVINCE,
        offers=_offers(request.user),
        told=lambda shown: {"tabs": _tabs(shown, tab)},
    )


def _offers(user: User) -> list[Offer]:
    """What is done with the titles ticked: their factories go for the next tier."""
    if not library.may_enter(user):
        return []
    return [Offer("列入培育库", reverse("tiers:library_new"), of="titles")]


def _tabs(shown: Shown, current: str) -> list[Tab]:
    """The tabs over the list, without those that most offices never need while they are empty."""
    return [
        tab
        for tab in shown.tabs(TITLE_TABS, current)
        if tab.current or tab.count != "0" or tab.name not in ONLY_WHERE_ANY
    ]


def trail_of(thing: Model, user: User) -> list[tuple[AuditEvent, str]]:
    """The latest lines of a thing's trail that this officer may read, each with what was done."""
    lines = audit.history(thing).visible_to(user)[:50]  # type: ignore[attr-defined]
    return [(line, audit.Verb(line.verb).label) for line in lines]


def of(request: Request, pk: int) -> Certification:
    """The title this person asks for, if it is his to see."""
    titles = Certification.objects.visible_to(request.user).for_list()
    return get_object_or_404(titles.select_related(*RELATED), pk=pk)


def outlook(title: Certification, on: date) -> dict[str, Any]:
    """What any page says of a title's renewal: its days, which of them today is, and why not."""
    days, rule = renewal.window(title, on), renewal.rule_of(title, on)
    return {
        "window": days,
        "phase": days.phase(on) if days else "",
        "refusal": renewal.refusal(title, on),
        "renewal_steps": rule.steps if rule else (),
    }


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def title(request: Request, pk: int) -> HttpResponse:
    """One title: its dates, its document, its filing and what happened to it."""
    title = of(request, pk)
    on = business_date(request.received_at)
    officer = request.user.role in OFFICERS
    entries = FilingEntry.objects.visible_to(request.user).filter(certification=title)
    context = {
        "on": on,
        "title": title,
        "events": register.history([title], on),
        "entries": entries.select_related("filing_list").order_by("-pk"),
        "trail": trail_of(title, request.user) if officer else [],
        **_endings(request, title, on),
        "checks": MoveCheck.objects.visible_to(request.user)
        .filter(factory=title.factory_id)
        .select_related("authority"),
        "inspections": SupervisionCheck.objects.visible_to(request.user)
        .filter(certification=title)
        .for_list()
        .order_by("-supervision__at", "-pk"),
        "suspensions": title.suspensions.order_by("-from_on", "-pk"),
        "contributions": contributions.public_of(title.factory),
        "candidate": cultivation.of_factory(title.factory, on),
        "may_suspend": suspension.may_suspend(title, request.user, on=on),
        "may_restore": suspension.may_restore(title, request.user, on=on),
        **certificates_of(title, request.user, on),
        **_renewal(title, request.user, on),
    }
    return render(request, "tiers/titles/detail.html", context)


def certificates_of(title: Certification, user: User, on: date) -> dict[str, Any]:
    """Its certificates, newest first, and whether one may be issued now."""
    held = Certificate.objects.visible_to(user).filter(certification=title)
    return {
        "certificates": held.order_by("-issue"),
        "may_certify": issuing.may_issue(title, user, on=on),
    }


def _renewal(title: Certification, user: User, on: date) -> dict[str, Any]:
    known = outlook(title, on)
    may_end = title.last_day and title.ending in ("", Certification.Ending.EXPIRED)
    return {
        **known,
        "shows_renewal": may_end and known["window"],
        "offers_renewal": may_end and user.role == Role.ENTERPRISE,
    }


def _endings(request: Request, title: Certification, on: date) -> dict[str, object]:
    """What is under way to end it before its time, and what this person may do about it."""
    user = request.user
    found = Revocation.objects.visible_to(user).filter(certification=title).order_by("-pk")
    waiting = Surrender.objects.visible_to(user).waiting().filter(certification=title).first()
    named = DelistingItem.objects.visible_to(user).filter(certification=title)
    return {
        "delisted": named.filter(delisting__confirmed_at__isnull=False),
        "may_delist": delisting.may_end(title, user, on=on),
        "revocations": [(one, one.state_on(on)) for one in found],
        "may_revoke": revocation.may_propose(title, user, on=on),
        "surrender": waiting,
        "may_surrender": surrender.may_declare(title, user, on=on),
        "may_confirm": waiting and surrender.may_confirm(title, user),
        "may_take_back": waiting and surrender.may_take_back(waiting, user),
    }
