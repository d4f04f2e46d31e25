"""How a title reads on a day: its standing, the days left, where its factory lies."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template

from registry.access import OFFICERS
from registry.enterprises import Stood
from registry.models import Enterprise, Factory, User
from tiers import affiliation as firm_group
from tiers import bans as firm_bans
from tiers import library, trying
from tiers import register as public_register
from tiers.models import Affiliation, Candidate, Certificate, Certification, Standing

register = template.Library()


@register.simple_tag
def standing(title: Certification, on: date) -> Standing:
    return title.standing_on(on)


@register.simple_tag
def days_left(title: Certification, on: date) -> int | None:
    return title.days_left(on)


@register.simple_tag
def place(factory: Factory | Stood) -> dict[str, str]:
    """City and, where it has a name of its own, county."""
    city, county = public_register.place_of(factory)
    return {"city": city, "county": county}


@register.inclusion_tag("tiers/_lacking.html")
def lacking(factory: Factory, user: User, on: date) -> dict[str, object]:
    """For officers: what the holder of a title lacks where the conditions have changed since."""
    officer = getattr(user, "role", "") in OFFICERS
    return {"found": trying.lacking(factory, on) if officer else None}


@register.inclusion_tag("tiers/certificates/_of_factory.html")
def certificates(factory: Factory, user: User, on: date) -> dict[str, object]:
    """The certificates in use of the factory's titles in force that day."""
    held = Certificate.objects.visible_to(user).latest_issues()
    titles = Certification.objects.in_force(on).filter(factory=factory)
    found = held.filter(certification__in=titles).select_related("certification")
    return {"certificates": found.order_by("-certification__valid_from", "-pk")}


@register.simple_tag
def affiliation(firm: Enterprise) -> Affiliation | None:
    """The central group that the firm says it belongs to, with how that stands."""
    return firm_group.standing_of(firm)


@register.inclusion_tag("tiers/library/_link.html")
def in_library(user: User, factory: Factory | None = None, firm: Enterprise | None = None) -> Any:
    """The way from a factory or its firm to the bureau's library, or into it."""
    if getattr(user, "role", "") not in OFFICERS:
        return {}
    held = Candidate.objects.visible_to(user).standing()
    found = held.filter(factory=factory).first() if factory else None
    offers = found is None and library.may_enter(user)
    return {"found": found, "factory": factory, "firm": firm, "offers": offers}


@register.inclusion_tag("tiers/_bans.html")
def bans(firm: Enterprise, user: User, on: date) -> dict[str, object]:
    """Every ban of a firm, the latest first, with whether it bars that day."""
    rows = firm_bans.on_record(firm, user)
    return {"firm": firm, "rows": [(ban, ban.runs_on(on)) for ban in rows]}
