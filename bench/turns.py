"""Product and floor taking turns, so that both have the same weather, and what is told of it."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, models, transaction

TURNS = 7
#: What has taken so many seconds goes on to so few turns and no further.
PATIENCE, FEWEST = 150, 3


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


def swept(*tables: type[models.Model]) -> None:
    """What undone acts have left in the tables goes, as the server's housekeeping would do it while
    something else is measured. Within a transaction, as in tests, it stays.
    """
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {', '.join(one._meta.db_table for one in tables)}")


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


def rounds(turns: int) -> Iterator[int]:
    """The numbers of the turns, from 0, which warms up and does not count."""
    begin = time.perf_counter()
    for turn in range(turns + 1):
        if turn > FEWEST and time.perf_counter() - begin > PATIENCE:
            return
        yield turn


def in_turns(
    floor: Callable[[], object],
    ours: Callable[[], object],
    turns: int = TURNS,
    *,
    after: Callable[[], object] = lambda: None,
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Milliseconds of both, one after the other; ``after`` each act what it left is cleared, so
    that the next one does not pay for it.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for turn in rounds(turns):
        for taken, act in zip(times, (floor, ours), strict=True):
            begin = time.perf_counter()
            act()
            if turn:
                taken.append((time.perf_counter() - begin) * 1000)
            after()
    return tuple(times[0]), tuple(times[1])


def gathered(
    measure: Callable[[], Iterable[Measured]],
    rows: list[Measured],
    told: Callable[[Measured], object],
) -> None:
    """Every row as soon as there is one, so that a later one that fails costs only itself."""
    for one in measure():
        rows.append(one)
        told(one)


def spread(taken: tuple[float, ...]) -> str:
    """The median with the fastest and the slowest."""
    if len(taken) == 1:
        return f"{taken[0]:,.0f}"
    digits = 1 if statistics.median(taken) < 1000 else 0
    middle, least, most = (
        f"{one:,.{digits}f}" for one in (statistics.median(taken), min(taken), max(taken))
    )
    return f"{middle} ({least}–{most})"
