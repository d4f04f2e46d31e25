"""The hash tree of RFC 6962 (section 2.1), as arithmetic on ranges of leaves; knows no database.

A tree over n leaves is a set of perfect subtrees side by side. One is named by its level and its
number on that level: ``(3, 2)`` covers the leaves 16 to 23.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

#: A perfect subtree: its level (0 is a leaf) and its number on that level.
Node = tuple[int, int]
Range = tuple[int, int]
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def cover(first: int, end: int) -> list[Node]:
    """The perfect subtrees that make up a range, from the left. The range is one of the tree's own,
    so that it begins where its largest part may.
    """
    nodes = []
    while first < end:
        level = (end - first).bit_length() - 1
        nodes.append((level, first >> level))
        first += 1 << level
    return nodes


def root_of(first: int, end: int, known: Mapping[Node, bytes]) -> bytes:
    """The hash of a range, from its perfect subtrees."""
    return joined([known[node] for node in cover(first, end)])


def joined(parts: Sequence[bytes]) -> bytes:
    """The hash over perfect subtrees that stand side by side, from the left."""
    if not parts:
        return EMPTY
    made = parts[-1]
    for left in reversed(parts[:-1]):
        made = parent(left, made)
    return made


def inclusion(leaf: int, size: int) -> list[Range]:
    """The ranges whose hashes lead from a leaf to the root, the nearest first (PATH)."""
    first, end = 0, size
    ranges: list[Range] = []
    while end - first > 1:
        middle = first + _split(end - first)
        if leaf < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first = middle
    return ranges[::-1]


def consistency(old: int, size: int) -> list[Range]:
    """The ranges by which the root over ``old`` leaves and the one over ``size`` are both worked
    out (PROOF).
    """
    if not 0 < old < size:
        return []
    first, end, whole = 0, size, True
    ranges: list[Range] = []
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first, whole = middle, False
    if not whole:
        ranges.append((first, end))
    return ranges[::-1]


class Growing:
    """The root of a tree to which leaves are added one after the other, in the memory of its
    height. ``made`` is told of every perfect subtree above the leaves when it is complete.
    """

    def __init__(
        self,
        size: int = 0,
        parts: Sequence[bytes] = (),
        made: Callable[[int, int, bytes], None] | None = None,
    ) -> None:
        self.size = size
        self._open = [
            (level, value) for (level, _), value in zip(cover(0, size), parts, strict=True)
        ]
        self._made = made

    def add(self, leaf: bytes) -> None:
        level, value = 0, leaf
        while self._open and self._open[-1][0] == level:
            value = parent(self._open.pop()[1], value)
            level += 1
            if self._made:
                self._made(level, self.size >> level, value)
        self._open.append((level, value))
        self.size += 1

    @property
    def parts(self) -> list[bytes]:
        """The perfect subtrees from the left: with the size they are the whole state."""
        return [value for _, value in self._open]

    def root(self) -> bytes:
        return joined(self.parts)
