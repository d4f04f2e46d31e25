"""What became of a factory itself, beside its titles: renamed, passed on, moved; and its firm's
names while it belonged to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from registry.models import Division, Enterprise, EnterpriseName, Factory, PastFactory, Succession


@dataclass(frozen=True)
class Turn:
    """One change of the factory, in words for the public."""

    when: date
    title: str
    note: str = ""


@dataclass(frozen=True)
class Past:
    """All that a factory and its firms were called, and the codes of its earlier firms."""

    turns: tuple[Turn, ...]
    names: tuple[str, ...]
    codes: tuple[str, ...]


def of(factory: Factory) -> Past:
    """The whole past of a factory, oldest first; the same few queries however long it is."""
    return of_many([factory])[factory.pk]


def of_many(factories: Sequence[Factory]) -> dict[int, Past]:
    """By factory, with as many queries as for one of them."""
    before: dict[int, list[PastFactory]] = {one.pk: [] for one in factories}
    rows = PastFactory.objects.filter(factory__in=before).order_by("until", "pk")
    for past in rows.select_related("enterprise", "division__parent__parent", "authority"):
        before[past.factory_id].append(past)
    firms = {one.enterprise_id for one in factories}
    firms |= {past.enterprise_id for those in before.values() for past in those}
    former: dict[int, list[EnterpriseName]] = {pk: [] for pk in firms}
    for name in EnterpriseName.objects.filter(enterprise__in=firms).order_by("until", "pk"):
        former[name.enterprise_id].append(name)
    between = {
        (one.predecessor_id, one.successor_id): one
        for one in Succession.objects.filter(predecessor__in=firms, successor__in=firms)
    }
    return {one.pk: _past(one, before[one.pk], former, between) for one in factories}


def _past(
    factory: Factory,
    past: list[PastFactory],
    former: dict[int, list[EnterpriseName]],
    between: dict[tuple[int, int], Succession],
) -> Past:
    states: list[PastFactory | Factory] = [*past, factory]
    firms = {state.enterprise_id: state.enterprise for state in states}
    turns = [turn for old, new in zip(past, states[1:], strict=True)
             for turn in _turns(old, new, between, former)]  # fmt: skip
    turns += _renames(states, former)
    names = [one.name for pk in firms for one in former[pk]]
    names += [name for one in past for name in (one.enterprise.name, one.name)]
    codes = [firm.credit_code for firm in firms.values() if firm.pk != factory.enterprise_id]
    return Past(tuple(sorted(turns, key=lambda t: t.when)), tuple(names), tuple(codes))


def _turns(
    old: PastFactory,
    new: PastFactory | Factory,
    between: dict[tuple[int, int], Succession],
    former: dict[int, list[EnterpriseName]],
) -> Iterator[Turn]:
    if old.enterprise_id != new.enterprise_id:
        made = between.get((old.enterprise_id, new.enterprise_id))
        name = _name_on(old.enterprise, old.until, former)
        yield Turn(
            old.until,
            f"企业{made.get_kind_display()}" if made else "转入其他企业",
            f"由“{name}”（统一社会信用代码 {old.enterprise.credit_code}）"
            f"转入“{_name_on(new.enterprise, old.until, former)}”。认定时的证书写当时名称。",
        )
    if old.name != new.name:
        yield Turn(old.until, "工厂更名", f"原名“{old.name}”，现名“{new.name}”。")
    if (old.division_id, old.address) != (new.division_id, new.address):
        yield Turn(old.until, "工厂搬迁", f"由{_place(old)}迁至{_place(new)}。")


def _place(state: PastFactory | Factory) -> str:
    if state.division is None:
        return "境外"
    names: list[str] = []
    place: Division | None = state.division
    while place is not None:
        if place.level != place.Level.PLACEHOLDER:
            names.insert(0, place.name)
        place = place.parent
    return "".join(names)


def _renames(
    states: list[PastFactory | Factory], former: dict[int, list[EnterpriseName]]
) -> Iterator[Turn]:
    """Renames of a firm while the factory belonged to it."""
    since = date.min
    seen: set[int] = set()
    for state in states:
        until = state.until if isinstance(state, PastFactory) else date.max
        for one in former[state.enterprise_id]:
            if since <= one.until <= until and one.pk not in seen:
                seen.add(one.pk)
                note = f"原名“{one.name}”。认定时的证书写当时名称，认定不受影响。"
                yield Turn(one.until, "企业更名", note)
        since = until


def _name_on(firm: Enterprise, on: date, former: dict[int, list[EnterpriseName]]) -> str:
    """The name before whatever happened on that day."""
    return next((one.name for one in former[firm.pk] if one.until > on), firm.name)
