"""Whether the trail and the register are still what was sealed; every row that is not, by name.

Reads, compares and says; changes nothing. Memory does not grow with the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from registry import signing
from registry.models import AuditEvent, RecordCheck, SealedHead, SealedLeaf, SealedNode
from registry.sealing import acts, facts, segments, tree
from registry.sealing.leaves import Fault, Kind, Source

ROWS = AuditEvent._meta.db_table
LEAVES = SealedLeaf._meta.db_table
HEADS = SealedHead._meta.db_table
NODES = SealedNode._meta.db_table
#: While one of these is not what it was, nothing can be sealed behind it.
RECORD = (LEAVES, HEADS, NODES)
#: More doubtful rows than these are not compared with one another.
COMPARED = 200


@dataclass
class Findings:
    """Each row once, with the first that was found of it."""

    faults: dict[tuple[str, str], Fault] = field(default_factory=dict)
    rows: int = 0

    def say(self, kind: Kind, table: str, key: object, detail: str = "") -> None:
        self.add(Fault(kind, table, str(key), detail))

    def add(self, fault: Fault) -> None:
        self.faults.setdefault((fault.table, fault.key), fault)

    def knows(self, table: str, key: object) -> bool:
        return (table, str(key)) in self.faults


def check(sources: Sequence[Source]) -> Findings:
    """Heads with their leaves, leaves with their rows, rows with their leaves, facts with both."""
    found = Findings()
    heads = list(SealedHead.objects.exclude(root="").order_by("number"))
    missing = _heads(heads, [source.kind for source in sources], found)
    _newest(heads, found)
    if heads:
        _rows_without_leaf(heads[-1], missing, found)
    for source in sources:
        for fault in facts.faults(source, found.knows):
            found.add(fault)
    return found


def _heads(heads: list[SealedHead], kinds: list[str], found: Findings) -> list[int]:
    """Every head in turn; returns the places of leaves that are not there."""
    before, keys = segments.Before(), signing.known()
    nodes: dict[tree.Node, bytes] = {}
    gone: list[int] = []
    missing: list[int] = []
    last_row, previous = 0, ""
    for head in heads:
        for number in range(before.number + 1, head.number):
            found.say(Kind.HEAD_DELETED, HEADS, number)
            previous = head.previous
        one = segments.read(head, before, kinds, nodes)
        _head(one, kinds, previous, keys, found)
        found.rows += one.size - before.size
        gone += one.gone
        missing += one.missing
        last_row, previous = max(last_row, one.last_row), head.root
        parts = one.parts if one.is_true else tuple(bytes.fromhex(part) for part in head.parts)
        before = segments.Before(head.number, head.size, parts)
    for row in gone:
        found.say(Kind.CUT if row > last_row else Kind.DELETED, ROWS, row)
    if not found.faults:
        _nodes(nodes, found)
    return missing


def _head(
    one: segments.Segment, kinds: list[str], previous: str, keys: signing.Keys, found: Findings
) -> None:
    head = one.head
    for place in one.missing:
        found.say(Kind.LEAF_DELETED, LEAVES, place)
    for leaf in sorted(one.displaced, key=lambda leaf: leaf.position):
        found.say(Kind.LEAF_MOVED, LEAVES, leaf.position, _row(leaf))
    own_root = tree.joined([bytes.fromhex(part) for part in head.parts]).hex()
    whole = one.size == head.size and not one.missing
    wrong = segments.changed(one, kinds) if whole and not one.is_true else ()
    for doubt in wrong or ():
        found.say(Kind.LEAF_CHANGED, LEAVES, doubt.leaf.position, _row(doubt.leaf))
    _edited([doubt for doubt in one.doubts if doubt not in (wrong or ())], found)
    if wrong is None or own_root != head.root or (not whole and not one.missing):
        found.say(Kind.HEAD_CHANGED, HEADS, head.number, "根摘要、条目数与条目不符")
    elif not found.knows(HEADS, head.number - 1) and head.previous != previous:
        found.say(Kind.HEAD_CHANGED, HEADS, head.number, "上期根摘要与上期不符")
    elif _is_signed_wrongly(head, keys):
        found.say(Kind.SIGNATURE, HEADS, head.number)


def _is_signed_wrongly(head: SealedHead, keys: signing.Keys) -> bool:
    if not head.signature:
        return any(key.signs_at(head.at) for key in keys.values())
    try:
        verdict = signing.verify_document(acts.published(head), keys, purpose=acts.PURPOSE)
    except signing.Unreadable:
        return True
    return verdict != signing.Verdict.GENUINE


def _edited(doubts: Sequence[segments.Doubt], found: Findings) -> None:
    """Rows whose leaf is what the root says: they were changed, or took each other's place."""
    own = [doubt for doubt in doubts if doubt.leaf.kind == SealedLeaf.AUDIT]
    pairs = segments.exchanged(own) if len(own) <= COMPARED else {}
    named = _named(AuditEvent.objects.filter(pk__in=[one.leaf.row_id for one in own[:COMPARED]]))
    for doubt in doubts:
        leaf = doubt.leaf
        if leaf.kind != SealedLeaf.AUDIT:
            found.say(Kind.LEAF_CHANGED, LEAVES, leaf.position, _row(leaf))
        elif leaf.row_id in pairs:
            found.say(Kind.REORDERED, ROWS, leaf.row_id, f"与 {pairs[leaf.row_id]} 对调")
        else:
            found.say(Kind.EDITED, ROWS, leaf.row_id, named.get(leaf.row_id, ""))


def _named(lines: models.QuerySet[AuditEvent]) -> dict[int, str]:
    """Lines of the trail as somebody finds them again: which act, on what."""
    rows = lines.order_by("pk").values_list("pk", "verb", "target_type", "target_id")
    return {pk: f"{verb} {kind} {key}" for pk, verb, kind, key in rows.iterator()}


def _row(leaf: SealedLeaf) -> str:
    return f"{leaf.kind} {leaf.row_id}"


def _nodes(made: dict[tree.Node, bytes], found: Findings) -> None:
    """The hashes kept for proofs, where the leaves beneath them are in order."""
    kept = {
        (level, number): bytes(value)
        for level, number, value in SealedNode.objects.values_list("level", "number", "hash")
    }
    for node in sorted(made.keys() | kept.keys()):
        if made.get(node) != kept.get(node):
            found.say(Kind.NODE_CHANGED, NODES, f"{node[0]}/{node[1]}")


def _newest(heads: list[SealedHead], found: Findings) -> None:
    """Heads that have left something behind: leaves, or the word of the last check."""
    newest = heads[-1].number if heads else 0
    orphans = SealedLeaf.objects.filter(head__gt=newest).order_by("head")
    for number in orphans.values_list("head", flat=True).distinct():
        found.say(Kind.HEAD_DELETED, HEADS, number)
    # The check that first saw the highest head: later ones may have found it gone.
    last = RecordCheck.objects.order_by("-head", "pk").first()
    if last is None or not last.head:
        return
    root = next((head.root for head in heads if head.number == last.head), None)
    if root is None:
        found.say(Kind.HEAD_DELETED, HEADS, last.head)
    elif root != last.root:
        found.say(Kind.HEAD_CHANGED, HEADS, last.head, "与上次核验时不同")


def _rows_without_leaf(last: SealedHead, missing: list[int], found: Findings) -> None:
    """Lines that say to be older than the head that should have them, and are not in it."""
    used: list[int] = []
    for place in missing:
        row = _row_of_missing(place, used)
        if row is not None:
            used.append(row)
            named = Fault(Kind.LEAF_DELETED, LEAVES, str(place), f"{SealedLeaf.AUDIT} {row}")
            found.faults[LEAVES, str(place)] = named
    older = acts.without_leaf().filter(at__lt=last.at - acts.LATE).exclude(pk__in=used)
    for row, what in _named(older).items():
        found.say(Kind.INSERTED, ROWS, row, what)


def _row_of_missing(place: int, used: list[int]) -> int | None:
    """The line that stands between the rows of the neighbouring leaves and has none itself."""
    leaves = SealedLeaf.objects.filter(kind=SealedLeaf.AUDIT)
    below = leaves.filter(position__lt=place).order_by("-position").first()
    above = leaves.filter(position__gt=place).order_by("position").first()
    rows = acts.without_leaf().exclude(pk__in=used).order_by("pk")
    if below:
        rows = rows.filter(pk__gt=below.row_id)
    if above and (below is None or above.row_id > below.row_id):
        rows = rows.filter(pk__lt=above.row_id)
    return rows.values_list("pk", flat=True).first()


def compare(saved: dict[str, Any], found: Findings) -> None:
    """The heads as somebody has kept them, against those there are now."""
    there = {head.number: acts.content_of(head) for head in SealedHead.objects.exclude(root="")}
    for one in saved["heads"]:
        number = one["content"]["number"]
        if number not in there:
            found.say(Kind.HEAD_DELETED, HEADS, number, "与以前下载的不符")
        elif there[number] != one["content"]:
            found.say(Kind.HEAD_CHANGED, HEADS, number, "与以前下载的不符")
