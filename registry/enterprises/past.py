"""How a factory stood on an earlier day: kept by whoever renames it, moves it or passes it on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    return stood_all([factory], on)[factory.pk]


def stood_all(
    factories: Iterable[Factory], on: date, *, today: date | None = None
) -> dict[int, Stood]:
    """The same of many at once, by their keys; the same few queries however many they are, and none
    from ``today`` on: no change is dated in days to come.
    """
    then: dict[int, Factory | PastFactory] = {one.pk: one for one in factories}
    if today is not None and on >= today:
        return _stood(then, {one.enterprise_id: one.enterprise.name for one in then.values()})
    past = PastFactory.objects.filter(factory__in=list(then), until__gt=on)
    related = ("enterprise", "division__authority", "authority__parent")
    # The earliest of them is what held that day, and is written last.
    for one in past.select_related(*related).order_by("-until", "-pk"):
        then[one.factory_id] = one
    firms = {one.enterprise_id: one.enterprise.name for one in then.values()}
    names = EnterpriseName.objects.filter(enterprise__in=list(firms), until__gt=on)
    firms |= dict(names.order_by("-until", "-pk").values_list("enterprise", "name"))
    return _stood(then, firms)


def _stood(then: Mapping[int, Factory | PastFactory], firms: Mapping[int, str]) -> dict[int, Stood]:
    return {
        key: Stood(
            one.name,
            one.enterprise,
            firms[one.enterprise_id],
            one.division,
            one.address,
            one.authority,
        )
        for key, one in then.items()
    }


def name_on(enterprise: Enterprise, on: date) -> str:
    """The name the firm bore at the end of that day."""
    names = EnterpriseName.objects.filter(enterprise=enterprise, until__gt=on)
    earliest = names.order_by("until", "pk").first()
    return earliest.name if earliest else enterprise.name
