"""The public register (名录): finding titles, their order, and what is said about a factory.

Questions only. What a title is on a day comes from ``Certification.standing_on``; only titles with
``published_on`` ever leave this module towards the public.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from registry import searching
from registry.access import business_date
from registry.enterprises import Stood
from registry.models import Authority, Factory, PastFactory
from registry.policy import Tier
from registry.searching import Typed
from tiers import endings, lineage
from tiers.models import (
    ENDED_EARLY,
    Certification,
    CertificationQuerySet,
    Revocation,
    Standing,
    Suspension,
)

#: A title with so many days left or fewer is shown as near its end.
NEAR_DAYS = 180


def published() -> CertificationQuerySet:
    """Everything the public may see, with what its pages print."""
    return (
        Certification.objects.published()
        .for_list()
        .select_related("factory__authority__parent", "factory__industry", "issuer")
    )


def matching(titles: QuerySet[Certification], text: str) -> QuerySet[Certification]:
    """Titles that fit every word typed, or a credit code or certificate number typed with blanks.

    A word is part of a name: of firm or factory, as it is now, as it was, or as it was printed; or
    part of the number of the document that gave or ended the title. A firm that the factory has
    left counts as its firm.
    """
    for part in searching.parts(text):
        titles = titles.filter(pk__in=searching.prepared(_fitting, Typed.of(part)))
    return titles


def _fitting(typed: Typed) -> QuerySet[Any, Any]:
    """Keys of titles that one part of what was typed leads to."""
    titles = Certification.objects.order_by()
    ways = [
        titles.filter(factory__in=searching.factories(typed)).values_list("pk"),
        titles.filter(search__holds=typed.word).values_list("pk"),
    ]
    if typed.number:
        ways.append(titles.filter(number__part=typed.number).values_list("pk"))
    if typed.code:
        ways.append(titles.filter(printed_credit_code__part=typed.code).values_list("pk"))
    return ways[0].union(*ways[1:])


def lying_in(titles: CertificationQuerySet, area: Authority, on: date) -> CertificationQuerySet:
    """Titles whose factory lay below that office on a day, wherever it has moved since."""
    later = PastFactory.objects.filter(until__gt=on)
    earlier = later.filter(factory=OuterRef("factory")).filter(
        Q(until__lt=OuterRef("until")) | Q(until=OuterRef("until"), pk__lt=OuterRef("pk"))
    )
    then = later.filter(~Exists(earlier), authority__path__startswith=area.path)
    unmoved = Q(factory__authority__path__startswith=area.path)
    unmoved &= ~Q(factory__in=later.values("factory"))
    return titles.filter(Q(factory__in=then.values("factory")) | unmoved)


def tier_counts(on: date) -> dict[Tier, int]:
    """How many factories the public register shows as holding each tier on a day."""
    found = dict(
        Certification.objects.published()
        .in_force(on)
        .order_by()
        .values_list("tier")
        .annotate(Count("pk"))
    )
    return {tier: found.get(tier, 0) for tier in Tier}


def place_of(factory: Factory | Stood) -> tuple[str, str]:
    """The unit that reports to the province, and the county where it has another name."""
    division, authority = factory.division, factory.authority
    above = authority.parent
    return place_by(
        division.name if division is not None else None,
        division.authority_id if division is not None else None,
        authority.short_name,
        above.short_name if above is not None else "",
        above.kind if above is not None else "",
    )


def place_by(
    division: str | None, office: int | None, authority: str, above: str | None, kind: str | None
) -> tuple[str, str]:
    """The same by what is known of the place, its own office, the factory's and the one above."""
    if division is not None and office is None:
        return "本省以外", division
    city = (above or "") if kind == "city" else authority
    county = division or ""
    return city, county if county != city else ""


def leading(titles: Sequence[Certification], on: date) -> Certification | None:
    """The title a visitor asks for: the highest in force, else one that is suspended, one to come,
    the last one.
    """

    def rank(title: Certification) -> tuple[int, int, date]:
        standing = title.standing_on(on)
        first = {Standing.VALID: 3, Standing.SUSPENDED: 2, Standing.UPCOMING: 1}.get(standing, 0)
        return first, Tier(title.tier).rank if first else 0, title.ends_on or title.valid_from

    return max(titles, key=rank, default=None)


def successor(title: Certification, among: Sequence[Certification]) -> Certification | None:
    """The title of the same tier that took over when this one was renewed."""
    if title.ending != Standing.SUPERSEDED:
        return None
    later = [
        t for t in among if t.tier == title.tier and t.valid_from >= (title.ends_on or date.max)
    ]
    return min((t for t in later if t.pk != title.pk), key=lambda t: t.valid_from, default=None)


@dataclass(frozen=True)
class StairStep:
    """One of the four steps of a factory, as components/_stair.html prints it."""

    tier: Tier
    facts: tuple[str, ...] = ()
    reached: bool = False
    current: bool = False


def stair(titles: Sequence[Certification], on: date) -> list[StairStep]:
    """For each tier the title in force, else the latest there was."""
    steps, highest = [], leading(titles, on)
    for tier in Tier:
        title = leading([t for t in titles if t.tier == tier], on)
        if title is None:
            steps.append(StairStep(tier))
            continue
        valid = title.standing_on(on) == Standing.VALID
        facts = (f"{title.valid_from:%Y-%m-%d} 认定", _end_fact(title, on))
        steps.append(StairStep(tier, facts, valid, valid and title == highest))
    return steps


def _end_fact(title: Certification, on: date) -> str:
    standing = title.standing_on(on)
    if pause := title.suspension_on(on) if standing == Standing.SUSPENDED else None:
        return f"{pause.from_on:%Y-%m-%d} 起暂停"
    if standing not in (Standing.VALID, Standing.UPCOMING):
        return f"{end_day(title):%Y-%m-%d} {standing.label}"
    if title.last_day is None:
        return "未设有效期"
    return f"有效期至 {title.last_day:%Y-%m-%d}"


def end_day(title: Certification) -> date:
    """The day an ended title is said to have ended: its last day, or the day it was ended."""
    by_document = title.ending in ENDED_EARLY or title.ending_document_no
    if by_document and title.ended_at and title.ends_on:
        # A renewal that fell before it began ends on its first day, which may lie ahead.
        return min(title.ends_on, business_date(title.ended_at))
    return title.last_day or title.ends_on or title.valid_from


@dataclass(frozen=True)
class Event:
    """One line of a factory's history, as components/_timeline.html prints it."""

    when: date
    title: str
    actor: str = ""
    note: str = ""
    kind: str = "done"


def history(
    titles: Sequence[Certification],
    on: date,
    *,
    turns: Iterable[lineage.Turn] = (),
    grounds: Mapping[int, str] | None = None,
) -> list[Event]:
    """What happened to a factory's titles, and to the factory itself, up to a day, newest first."""
    if grounds is None:
        grounds = {one.pk: public_ground(one) for one in titles}
    events = [
        event
        for title in titles
        for event in _course(title, on, _rise(title, titles), grounds[title.pk])
    ]
    events += [Event(turn.when, turn.title, note=turn.note) for turn in turns if turn.when <= on]
    return sorted(events, key=lambda event: event.when, reverse=True)


def _rise(title: Certification, among: Sequence[Certification]) -> str:
    """What the title followed: the same tier renewed, or a lower one."""
    renewed = [one for one in among if one.tier == title.tier and one.ends_on == title.valid_from]
    if renewed and renewed[0].pk != title.pk:
        return f"接续 {renewed[0].number}"
    rank = Tier(title.tier).rank
    lower = [one for one in among if Tier(one.tier).rank < rank and one.runs_on(title.valid_from)]
    below = max((Tier(one.tier) for one in lower), key=lambda tier: tier.rank, default=None)
    return f"由{below.label}提升" if below else ""


def _course(title: Certification, on: date, rise: str, ground: str) -> list[Event]:
    tier, standing = Tier(title.tier).label, title.standing_on(on)
    begun = standing != Standing.UPCOMING
    events = [
        Event(
            title.valid_from,
            f"认定为{tier}" if begun else f"{tier}认定自此日起生效",
            title.issuer.name,
            "。".join(filter(None, (title.document_no, rise))),
            "done" if begun else "next",
        )
    ]
    if title.published_on and title.published_on <= on:
        words = f"{tier}备案确认，列入公开名录" if title.must_file else f"{tier}列入公开名录"
        events.append(Event(title.published_on, words))
    events += [event for one in title.suspensions.all() for event in _pause(one, tier, on)]
    note = "。".join(filter(None, (title.ending_document_no, ground)))
    match standing:
        case Standing.EXPIRED:
            events.append(Event(end_day(title), f"{tier}认定到期", note=note))
        case Standing.SUPERSEDED:
            events.append(Event(end_day(title), f"{tier}换发，由新的认定接续"))
        case Standing.REVOKED:
            revoked = f"撤销{tier}认定"
            events.append(Event(end_day(title), revoked, title.issuer.name, note, "back"))
        case Standing.MOVED_OUT:
            note = "工厂已迁出本省"
            events.append(Event(end_day(title), f"{tier}认定终止", note=note, kind="back"))
        case Standing.SURRENDERED:
            words = f"企业主动放弃{tier}认定"
            events.append(Event(end_day(title), words, title.issuer.name, kind="back"))
    return events


def public_ground(title: Certification) -> str:
    """Why a title of the ministries or of a group ended before its time, as their document says: it
    is public. What an office of ours writes is for the firm.
    """
    elsewhere = title.issuer.kind in endings.ELSEWHERE
    return title.ending_reason if elsewhere and title.ending_document_no else ""


def public_grounds(titles: Sequence[Certification]) -> dict[int, str]:
    """The same of many, with what our own offices revoked for: the class that the rules name."""
    found = {one.pk: public_ground(one) for one in titles}
    revoked = [one for one in titles if one.ending == Standing.REVOKED and not found[one.pk]]
    decided = Revocation.objects.filter(
        certification__factory__in={one.factory_id for one in revoked},
        outcome=Revocation.Outcome.REVOKED,
    ).exclude(finding=Revocation.Finding.UPHELD)
    # A renewal that has not begun falls with its title, by the same document.
    rows = decided.values_list("certification__factory", "document_no", "ground_name")
    named = {(factory, document): ground for factory, document, ground in rows.order_by("pk")}
    found |= {one.pk: named.get((one.factory_id, one.ending_document_no), "") for one in revoked}
    return found


def _pause(one: Suspension, tier: str, on: date) -> Iterator[Event]:
    """A suspension and its end, as far as they have come by that day."""
    if one.never_ran or one.from_on > on:
        return
    until = f"，至 {one.last_day:%Y-%m-%d}" if one.last_day else ""
    note = f"{one.get_kind_display()}{until}。{one.document_no}"
    yield Event(one.from_on, f"暂停{tier}认定", note=note, kind="back")
    if one.ends_on and one.ends_on <= on:
        yield Event(one.ends_on, f"恢复{tier}认定", note=one.lifted_document_no or "暂停期满")
