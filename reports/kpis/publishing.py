"""Which groups of factories may be published: a pure function of their sizes.

The groups form a tree: the province, its industry divisions, the sizes of each. A group below the
floor is not published. Where the groups left out of a whole are together still below the floor, the
next smallest go with them, until nobody can subtract his way to so few: whatever a whole leaves
over when its published parts are taken away is nothing, or as many as the floor. Parts of a group
that is not published are not published either.

So every difference of published groups, two or more, is empty or no smaller than the floor: a tree
has no other equations than these, which is why there are no totals by size across divisions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from reports.models import KpiSpread

FLOOR = 5
ALL = KpiSpread.ALL

#: Division and size; ``ALL`` stands for the sum.
Group = tuple[str, str]


def published(counts: Mapping[Group, int], floor: int = FLOOR) -> set[Group]:
    """The groups that may be shown, sums included, of the counts by division and size."""
    inside: dict[str, Counter[str]] = defaultdict(Counter)
    for (division, size), count in counts.items():
        inside[division][size] += count
    wholes = {division: sizes.total() for division, sizes in inside.items()}
    if sum(wholes.values()) < floor:
        return set()
    found = {(ALL, ALL)}
    for division in _parts(wholes, floor):
        found.add((division, ALL))
        found |= {(division, size) for size in _parts(inside[division], floor)}
    return found


def _parts(counts: Mapping[str, int], floor: int) -> set[str]:
    """The parts of a published whole that may stand beside it."""
    shown = {name for name, count in counts.items() if count >= floor}
    hidden = sum(count for name, count in counts.items() if name not in shown)
    for name in sorted(shown, key=lambda one: (counts[one], one)):
        if hidden == 0 or hidden >= floor:
            break
        shown.discard(name)
        hidden += counts[name]
    return shown
