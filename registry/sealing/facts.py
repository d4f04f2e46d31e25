"""What the register says now against what was sealed of it, with the trail between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import islice
from operator import or_

from django.db.models import Exists, OuterRef, Q

from registry.models import AuditEvent, SealedLeaf
from registry.sealing.acts import text_of_fact
from registry.sealing.leaves import CHUNK, Fact, Fault, Kind, Source

LEAVES = SealedLeaf._meta.db_table


def faults(source: Source, knows: Callable[[str, object], bool]) -> Iterator[Fault]:
    """Rows that differ from the trail; facts that changed without an act; facts that are gone.
    ``knows`` says which leaves are no witnesses.
    """
    told = set()
    for fault in source.faults():
        told.add(fault.key)
        yield fault
    there: set[int] = set()
    facts = source.facts()
    while chunk := list(islice(facts, CHUNK)):
        there |= {fact.row_id for fact in chunk}
        sealed = _last(source.kind, chunk)
        for fact in chunk:
            leaf = sealed.get(fact.row_id)
            if leaf is None or str(fact.row_id) in told or knows(LEAVES, leaf.position):
                continue
            if leaf.text != text_of_fact(source, fact) and not _explained(fact, leaf.head):
                detail = "、".join(_differing(leaf.text, fact))
                yield Fault(Kind.EDITED, source.table, str(fact.row_id), detail)
    for row in _gone(source, there):
        yield Fault(Kind.DELETED, source.table, str(row))


def _last(kind: str, chunk: list[Fact]) -> dict[int, SealedLeaf]:
    rows = [fact.row_id for fact in chunk]
    leaves = SealedLeaf.objects.filter(kind=kind, row_id__in=rows).order_by("position")
    return {leaf.row_id: leaf for leaf in leaves}


def _explained(fact: Fact, head: int) -> bool:
    """Whether an act on what the fact depends on was written after that head."""
    causes = (Q(target_type=kind, target_id=key) for kind, key in fact.causes)
    before = SealedLeaf.objects.filter(kind=SealedLeaf.AUDIT, row_id=OuterRef("pk"), head__lte=head)
    return AuditEvent.objects.filter(reduce(or_, causes), ~Exists(before)).exists()


def _differing(text: str, fact: Fact) -> list[str]:
    was = json.loads(text)
    return [name for name, value in fact.content.items() if was.get(name) != value]


def _gone(source: Source, there: set[int]) -> list[int]:
    """Facts that were sealed and are no more, without an act that took them away."""
    leaves = SealedLeaf.objects.filter(kind=source.kind).order_by("row_id")
    rows = leaves.values_list("row_id", flat=True).distinct().iterator()
    missing = [row for row in rows if row not in there]
    taken = source.gone(missing) if missing else set()
    return [row for row in missing if row not in taken]
