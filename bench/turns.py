"""Product and floor taking turns, so that both have the same weather, and what is told of it."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

TURNS = 7


class Undo(Exception):
    """Rolls a measured act back, so that the next one finds the same work."""


def undone(act: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        try:
            with transaction.atomic():
                act()
                raise Undo
        except Undo:
            pass

    return run


@dataclass(frozen=True)
class Measured:
    """Milliseconds of both, the most that their ratio may be, and whether it is one to hold."""

    name: str
    floor: tuple[float, ...]
    ours: tuple[float, ...]
    limit: float | None = None
    #: Where more is better, as with requests a second, the limit is the least.
    rate: bool = False
    unit: str = "ms"

    @classmethod
    def counted(cls, name: str, most: int, found: int) -> "Measured":
        """A number that may not exceed another."""
        return cls(name, (float(most),), (float(found),), limit=1.0, unit="")

    @property
    def ratio(self) -> float:
        return statistics.median(self.ours) / statistics.median(self.floor)

    @property
    def kept(self) -> bool:
        if self.limit is None:
            return True
        return self.ratio >= self.limit if self.rate else self.ratio <= self.limit


def in_turns(
    floor: Callable[[], object], ours: Callable[[], object], turns: int = TURNS
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Milliseconds of both, one after the other; the first round warms up and does not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns + 1):
        for taken, act in zip(times, (floor, ours), strict=True):
            begin = time.perf_counter()
            act()
            if turn:
                taken.append((time.perf_counter() - begin) * 1000)
    return tuple(times[0]), tuple(times[1])


def spread(taken: tuple[float, ...]) -> str:
    """The median with the fastest and the slowest."""
    if len(taken) == 1:
        return f"{taken[0]:,.0f}"
    digits = 1 if statistics.median(taken) < 1000 else 0
    middle, least, most = (
        f"{one:,.{digits}f}" for one in (statistics.median(taken), min(taken), max(taken))
    )
    return f"{middle} ({least}–{most})"
