"""How a firm stood on a day: its name, its factories with their titles, what bars it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry import enterprises
from registry.access import business_date
from registry.models import Factory, PastFactory
from reports.firm_file.entries import Reading
from tiers import bans
from tiers.models import Ban, Candidate, Certification


@dataclass(frozen=True)
class Held:
    """A factory as it stood that day, with the titles that ran."""

    factory: Factory
    state: PastFactory | Factory
    titles: tuple[tuple[Certification, str, str], ...]  # title, standing, its label


@dataclass(frozen=True)
class Standing:
    name: str
    known: bool  # whether the firm was in the register that day
    closed: date | None
    former: tuple[str, ...]  # names it had borne by then
    factories: tuple[Held, ...]
    bans: tuple[Ban, ...]
    candidates: tuple[Candidate, ...]


def standing(reading: Reading) -> Standing:
    """As it is worked out from dates: recording an end or a lapse later changes no answer."""
    firm, on = reading.firm, reading.on
    closed = firm.closed_on if firm.closed_on and firm.closed_on <= on else None
    rows = reading.rows(Certification).running(on)
    titles: dict[int, list[Certification]] = {}
    for title in rows.prefetch_related("suspensions").order_by("-tier", "valid_from"):
        if business_date(title.issued_at) <= on:
            titles.setdefault(title.factory_id, []).append(title)
    return Standing(
        name=enterprises.name_on(firm, on),
        known=business_date(firm.created_at) <= on,
        closed=closed,
        former=tuple(
            firm.former_names.filter(until__lte=on).order_by("until").values_list("name", flat=True)
        ),
        factories=tuple(_held(reading, titles)),
        bans=tuple(one for one in bans.on_record(firm, reading.user) if one.runs_on(on)),
        candidates=tuple(_candidates(reading)),
    )


def _held(reading: Reading, titles: dict[int, list[Certification]]) -> list[Held]:
    found = []
    for factory in reading.factories.values():
        state = reading.state(factory, reading.on)
        if state.enterprise_id != reading.firm.pk:
            continue
        if business_date(factory.created_at) > reading.on:
            continue
        ran = [(title, title.standing_on(reading.on)) for title in titles.get(factory.pk, ())]
        found.append(
            Held(factory, state, tuple((title, now.value, str(now.label)) for title, now in ran))
        )
    return found


def _candidates(reading: Reading) -> list[Candidate]:
    rows = reading.rows(Candidate).select_related("factory", "authority")
    return [
        one
        for one in rows.order_by("pk")
        if business_date(one.entered_at) <= reading.on
        and (one.left_on is None or one.left_on > reading.on)
    ]
