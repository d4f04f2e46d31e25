"""The tree in the database: adding leaves, and the hashes of its parts with few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from django.db.models import Q

from registry import bulk
from registry.models import SealedLeaf, SealedNode
from registry.sealing import tree
from registry.sealing.leaves import CHUNK, hashed, salt

#: Hashes are kept for the levels 0 (the leaves), 8, 16, …
STEP = 8


def subtrees(wanted: Iterable[tree.Node]) -> dict[tree.Node, bytes]:
    """The hashes of perfect subtrees; one query for each level that is kept."""
    below: dict[int, dict[tree.Node, range]] = defaultdict(dict)
    for level, number in wanted:
        height = level % STEP
        below[level - height][level, number] = range(number << height, (number + 1) << height)
    found = {}
    for kept, nodes in below.items():
        known = _kept(kept, nodes.values())
        for node, numbers in nodes.items():
            run = tree.Growing()
            for one in numbers:
                run.add(known[one])
            found[node] = run.root()
    return found


def _kept(level: int, runs: Iterable[range]) -> dict[int, bytes]:
    name = "number" if level else "position"
    fits = reduce(or_, (Q(**{f"{name}__range": (run[0], run[-1])}) for run in runs))
    rows = SealedNode.objects.filter(level=level) if level else SealedLeaf.objects.all()
    pairs = rows.filter(fits).order_by().values_list(name, "hash")
    return {number: bytes(value) for number, value in pairs}


class Appender:
    """Writes leaves after those there are, in chunks, and keeps the tree above them."""

    def __init__(self, head: int, size: int, parts: Sequence[bytes]) -> None:
        self._leaves: list[SealedLeaf] = []
        self._nodes: list[SealedNode] = []
        self._head = head
        self._tree = tree.Growing(size, parts, self._keep)

    def _keep(self, level: int, number: int, value: bytes) -> None:
        if level % STEP == 0:
            self._nodes.append(SealedNode(level=level, number=number, hash=value))

    def add(self, kind: str, row_id: int, text: str, *, is_open: bool = False) -> None:
        """Seal a text; only that of an open fact is kept."""
        one = salt()
        value = hashed(one, text)
        self._leaves.append(
            SealedLeaf(
                position=self._tree.size,
                head=self._head,
                kind=kind,
                row_id=row_id,
                salt=one,
                hash=value,
                text=text if is_open else "",
            )
        )
        self._tree.add(value)
        if len(self._leaves) >= CHUNK:
            self._write()

    def _write(self) -> None:
        bulk.write(self._leaves)
        bulk.write(self._nodes)
        self._leaves, self._nodes = [], []

    def close(self) -> tree.Growing:
        """Write the rest; the whole tree."""
        self._write()
        return self._tree
