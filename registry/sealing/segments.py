"""One head against its leaves, and its leaves against the rows they were made from.

A leaf has two witnesses: the root of its head, and the row. Where they disagree, the root decides
whether the leaf was changed or the row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from registry.models import AuditEvent, SealedHead, SealedLeaf
from registry.sealing import tree
from registry.sealing.leaves import CHUNK, FIELDS, Row, hashed, text_of
from registry.sealing.store import STEP

#: So many differing leaves are tried in every combination; more are taken to be changed together.
TRIED = 4


@dataclass(frozen=True)
class Before:
    """The tree as the head before left it."""

    number: int = 0
    size: int = 0
    parts: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Doubt:
    """A leaf that does not have the hash of its row."""

    leaf: SealedLeaf
    computed: bytes


@dataclass
class Segment:
    """What was found about the leaves of one head."""

    head: SealedHead
    before: Before
    size: int = 0
    root: str = ""
    parts: tuple[bytes, ...] = ()
    doubts: list[Doubt] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    displaced: list[SealedLeaf] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    last_row: int = 0

    @property
    def is_true(self) -> bool:
        return (self.size, self.root) == (self.head.size, self.head.root)


def read(
    head: SealedHead, before: Before, kinds: Sequence[str], nodes: dict[tree.Node, bytes]
) -> Segment:
    """Walk the leaves in the order in which they were sealed; ``nodes`` takes the hashes that are
    kept for proofs.
    """

    def made(level: int, number: int, value: bytes) -> None:
        if level % STEP == 0:
            nodes[level, number] = value

    found, in_place = Segment(head, before), True
    grown = tree.Growing(before.size, before.parts, made)
    for leaf, text in _leaves(_numbers(found), kinds):
        in_place = in_place and leaf.position == grown.size
        grown.add(bytes(leaf.hash))
        if text is None:
            found.gone.append(leaf.row_id)
            continue
        if leaf.kind == SealedLeaf.AUDIT:
            found.last_row = max(found.last_row, leaf.row_id)
        computed = hashed(bytes(leaf.salt), text)
        if computed != bytes(leaf.hash):
            found.doubts.append(Doubt(leaf, computed))
    found.size, found.root, found.parts = grown.size, grown.root().hex(), tuple(grown.parts)
    if not in_place or found.size < head.size:
        _place(found, kinds)
    return found


def _numbers(found: Segment) -> range:
    return range(found.before.number + 1, found.head.number + 1)


def _leaves(numbers: range, kinds: Sequence[str]) -> Iterator[tuple[SealedLeaf, str | None]]:
    """Leaves in the order of their rows, with the text of the row; None where it is no longer
    there.
    """
    for number in numbers:
        for kind in (SealedLeaf.AUDIT, *kinds):
            last = 0
            while True:
                rows = SealedLeaf.objects.filter(head=number, kind=kind, row_id__gt=last)
                chunk = list(rows.order_by("row_id")[:CHUNK])
                texts = _texts(chunk) if kind == SealedLeaf.AUDIT else None
                for leaf in chunk:
                    yield leaf, leaf.text if texts is None else texts.get(leaf.row_id)
                if len(chunk) < CHUNK:
                    break
                last = chunk[-1].row_id


def _texts(leaves: Sequence[SealedLeaf]) -> Mapping[int, str]:
    keys = [leaf.row_id for leaf in leaves]
    rows = AuditEvent.objects.filter(pk__in=keys).order_by().values_list(*FIELDS)
    return {row[0]: text_of(row) for row in rows}


def _place(found: Segment, kinds: Sequence[str]) -> None:
    """Tell leaves that are not there from leaves that stand elsewhere."""
    numbers, places = _numbers(found), range(found.before.size, found.head.size)
    rows = SealedLeaf.objects.filter(head__in=numbers, kind__in=(SealedLeaf.AUDIT, *kinds))
    there = set(rows.values_list("position", flat=True))
    found.missing = [place for place in places if place not in there]
    expected = iter([place for place in places if place in there])
    found.displaced = [
        leaf for leaf, _ in _leaves(numbers, kinds) if leaf.position != next(expected, None)
    ]


def changed(found: Segment, kinds: Sequence[str]) -> tuple[Doubt, ...] | None:
    """The leaves that must have been changed for the root to be what it is; None where no reading
    gives the root.
    """
    doubts = found.doubts
    sizes = range(1, len(doubts) + 1) if len(doubts) <= TRIED else (len(doubts),)
    for size in sizes:
        for chosen in combinations(doubts, size):
            if _root_with(chosen, found, kinds) == found.head.root:
                return chosen
    return None


def _root_with(chosen: Sequence[Doubt], found: Segment, kinds: Sequence[str]) -> str:
    right = {doubt.leaf.position: doubt.computed for doubt in chosen}
    grown = tree.Growing(found.before.size, found.before.parts)
    for number in _numbers(found):
        for kind in (SealedLeaf.AUDIT, *kinds):
            rows = SealedLeaf.objects.filter(head=number, kind=kind).order_by("row_id")
            for position, value in rows.values_list("position", "hash").iterator(CHUNK):
                grown.add(right.get(position, bytes(value)))
    return grown.root().hex()


def exchanged(doubts: Sequence[Doubt]) -> dict[int, int]:
    """Rows of the trail that hold what another held when both were sealed, each with the other."""
    keys = [doubt.leaf.row_id for doubt in doubts]
    found = AuditEvent.objects.filter(pk__in=keys).order_by().values_list(*FIELDS)
    rows: dict[int, Row] = {row[0]: row for row in found}
    pairs = {}
    for one in doubts:
        for other in doubts:
            if one is other:
                continue
            held = (one.leaf.row_id, *rows[other.leaf.row_id][1:])
            if hashed(bytes(one.leaf.salt), text_of(held)) == bytes(one.leaf.hash):
                pairs[one.leaf.row_id] = other.leaf.row_id
    return pairs
