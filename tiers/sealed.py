"""What the register says of titles and of their factories, as it is sealed: public facts only, and
whether the rows are what the trail tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from registry.audit import Verb
from registry.models import (
    AuditEvent,
    Enterprise,
    EnterpriseName,
    Factory,
    PastFactory,
    Succession,
)
from registry.sealing import Fact, Fault, Kind, Source
from tiers import register
from tiers.certification import replay
from tiers.models import Certification, Suspension

CHUNK = 1000
TITLE_KIND, FACTORY_KIND = "title", "factory"
TITLE = Certification._meta.label_lower
TITLES = Certification._meta.db_table
SUSPENSIONS = Suspension._meta.db_table


def _in_chunks(rows: Any) -> Iterator[list[Any]]:
    """The rows of a query in the order of their keys, a chunk at a time."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield chunk
        last = chunk[-1].pk


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None


# --- titles ---------------------------------------------------------------------------------------


def _titles() -> Iterator[Fact]:
    rows = Certification.objects.published().select_related("issuer")
    for chunk in _in_chunks(rows.prefetch_related("suspensions")):
        yield from map(_title, chunk)


def _title(title: Certification) -> Fact:
    content = {
        "number": title.number,
        "factory": title.factory_id,
        "tier": title.tier,
        "source": title.source,
        "enterprise_name": title.printed_enterprise,
        "factory_name": title.printed_factory,
        "credit_code": title.printed_credit_code,
        "issuer": title.issuer.code,
        "document_no": title.document_no,
        "valid_from": _written(title.valid_from),
        "last_day": _written(title.last_day),
        "published_on": _written(title.published_on),
        "ends_on": _written(title.ends_on),
        "ending": title.ending,
        "ending_document_no": title.ending_document_no,
        "ground": register.public_ground(title),
        "suspensions": [
            {
                "kind": one.kind,
                "document_no": one.document_no,
                "from_on": _written(one.from_on),
                "ends_on": _written(one.ends_on),
                "lifted_document_no": one.lifted_document_no,
            }
            for one in sorted(title.suspensions.all(), key=lambda one: one.pk)
        ],
    }
    return Fact(title.pk, title.number, content, causes=((TITLE, str(title.pk)),))


def _trail_of(keys: Iterable[int]) -> dict[int, list[AuditEvent]]:
    """What the trail tells of these titles, in its order."""
    lines = AuditEvent.objects.filter(
        target_type=TITLE,
        target_id__in=[str(key) for key in keys],
        verb__startswith="certification.",
    )
    told: dict[int, list[AuditEvent]] = defaultdict(list)
    for line in lines.order_by("pk"):
        told[int(line.target_id)].append(line)
    return told


def _withdrawn(keys: Iterable[int]) -> set[int]:
    told = _trail_of(keys)
    return {key for key, lines in told.items() if lines[-1].verb == Verb.CERTIFICATION_WITHDRAW}


def _title_faults() -> Iterator[Fault]:
    """Titles and suspensions that differ from what the trail says of them last, and titles that it
    tells of and that are not there.
    """
    for chunk in _in_chunks(Certification.objects.prefetch_related("suspensions")):
        told = _trail_of(title.pk for title in chunk)
        for title in chunk:
            lines = told.get(title.pk, [])
            if not lines or lines[-1].verb == Verb.CERTIFICATION_WITHDRAW:
                yield Fault(Kind.INSERTED, TITLES, str(title.pk), title.number)
                continue
            if differing := _differing(title, lines[-1].data):
                yield Fault(Kind.EDITED, TITLES, str(title.pk), f"{title.number} {differing}")
            yield from _suspension_faults(title, lines)
    issued = AuditEvent.objects.filter(verb=Verb.CERTIFICATION_ISSUE)
    for lines in _in_chunks(issued):
        keys = {int(line.target_id): line.target_name for line in lines}
        there = Certification.objects.filter(pk__in=keys).values_list("pk", flat=True)
        missing = keys.keys() - set(there)
        for key in sorted(missing - _withdrawn(missing) if missing else ()):
            yield Fault(Kind.DELETED, TITLES, str(key), keys[key])


def _differing(title: Certification, told: dict[str, Any]) -> str:
    """The fields of a title that are not what the trail says, by their names."""
    held = replay(title)
    labels = {field.name: str(field.verbose_name) for field in Certification._meta.concrete_fields}
    return "、".join(
        labels[name] for name, value in held.items() if name in told and told[name] != value
    )


def _suspension_faults(title: Certification, lines: Sequence[AuditEvent]) -> Iterator[Fault]:
    told = {
        line.data["suspension"]: (line.data["suspended_from"], line.data["suspended_to"])
        for line in lines
        if "suspension" in line.data
    }
    for one in title.suspensions.all():
        said = told.pop(one.pk, None)
        if said is None:
            yield Fault(Kind.INSERTED, SUSPENSIONS, str(one.pk), title.number)
        elif said != (str(one.from_on), str(one.ends_on or "")):
            yield Fault(Kind.EDITED, SUSPENSIONS, str(one.pk), title.number)
    for key in told:
        yield Fault(Kind.DELETED, SUSPENSIONS, str(key), title.number)


# --- factories ------------------------------------------------------------------------------------


def _factories() -> Iterator[Fact]:
    holders = Certification.objects.published().order_by().values("factory")
    rows = Factory.objects.filter(pk__in=holders).select_related("enterprise")
    for chunk in _in_chunks(rows):
        yield from _factories_of(chunk)


def _factories_of(chunk: Sequence[Factory]) -> Iterator[Fact]:
    past: dict[int, list[PastFactory]] = defaultdict(list)
    rows = PastFactory.objects.filter(factory__in=chunk).select_related("enterprise")
    for one in rows.order_by("until", "pk"):
        past[one.factory_id].append(one)
    firms = {one.enterprise_id for one in chunk}
    firms |= {one.enterprise_id for those in past.values() for one in those}
    names: dict[int, list[EnterpriseName]] = defaultdict(list)
    for name in EnterpriseName.objects.filter(enterprise__in=firms).order_by("until", "pk"):
        names[name.enterprise_id].append(name)
    went: dict[int, list[Succession]] = defaultdict(list)
    for made in Succession.objects.filter(predecessor__in=firms, successor__in=firms).order_by(
        "pk"
    ):
        went[made.predecessor_id].append(made)
    for factory in chunk:
        yield _factory(factory, past[factory.pk], names, went)


def _factory(
    factory: Factory,
    past: list[PastFactory],
    names: dict[int, list[EnterpriseName]],
    went: dict[int, list[Succession]],
) -> Fact:
    firms: dict[int, Enterprise] = {one.enterprise_id: one.enterprise for one in past}
    firms[factory.enterprise_id] = factory.enterprise
    codes = {pk: firm.credit_code for pk, firm in firms.items()}
    content = {
        "name": factory.name,
        "credit_code": factory.enterprise.credit_code,
        "division": factory.division_id,
        "firms": [
            {
                "credit_code": firm.credit_code,
                "name": firm.name,
                "former_names": [[one.name, _written(one.until)] for one in names[pk]],
                "went_over_to": [
                    [codes[one.successor_id], one.kind, _written(one.on)]
                    for one in went[pk]
                    if one.successor_id in codes
                ],
            }
            for pk, firm in sorted(firms.items())
        ],
        "earlier": [
            {
                "until": _written(one.until),
                "name": one.name,
                "credit_code": one.enterprise.credit_code,
                "division": one.division_id,
            }
            for one in past
        ],
    }
    causes = [("registry.factory", str(factory.pk))]
    causes += [("registry.enterprise", str(pk)) for pk in firms]
    return Fact(factory.pk, factory.name, content, tuple(causes))


def _without_title(keys: Iterable[int]) -> set[int]:
    """Factories that only left the public register, or were taken back by an act."""
    return set(Factory.objects.filter(pk__in=keys).values_list("pk", flat=True)) | _taken_back(keys)


def _taken_back(keys: Iterable[int]) -> set[int]:
    lines = AuditEvent.objects.filter(
        verb=Verb.FACTORY_WITHDRAW, target_id__in=[str(key) for key in keys]
    )
    return {int(key) for key in lines.values_list("target_id", flat=True)}


SOURCES = (
    Source(TITLE_KIND, TITLES, _titles, _withdrawn, _title_faults),
    Source(FACTORY_KIND, Factory._meta.db_table, _factories, _without_title),
)
