"""How a factory stood on an earlier day: kept by whoever renames it, moves it or passes it on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from registry.models import Authority, Division, Enterprise, EnterpriseName, Factory, PastFactory


@dataclass(frozen=True)
class Stood:
    """A factory on a day: its name, its firm by the name of that day, its place."""

    name: str
    enterprise: Enterprise
    enterprise_name: str
    division: Division | None
    address: str
    authority: Authority


def keep(factory: Factory, *, until: date) -> PastFactory:
    """Put down how the factory stands, before it is changed; held by the caller. A change that is
    dated before the last one counts from that one's day: their order is the order of the acts.
    """
    last = PastFactory.objects.filter(factory=factory).aggregate(day=Max("until"))["day"]
    return PastFactory.objects.create(
        factory=factory,
        until=max(until, last) if last else until,
        name=factory.name,
        enterprise=factory.enterprise,
        division=factory.division,
        address=factory.address,
        authority=factory.authority,
    )


def stood(factory: Factory, on: date) -> Stood:
    """The factory as it stood at the end of that day."""
    past = (
        PastFactory.objects.filter(factory=factory, until__gt=on)
        .select_related("enterprise", "division", "authority__parent")
        .first()
    )
    then = past or factory
    return Stood(
        then.name,
        then.enterprise,
        name_on(then.enterprise, on),
        then.division,
        then.address,
        then.authority,
    )


def name_on(enterprise: Enterprise, on: date) -> str:
    """The name the firm bore at the end of that day."""
    names = EnterpriseName.objects.filter(enterprise=enterprise, until__gt=on)
    earliest = names.order_by("until", "pk").first()
    return earliest.name if earliest else enterprise.name
