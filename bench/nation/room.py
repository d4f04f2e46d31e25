"""How large a nation may be, and where its server keeps it: in memory where there is enough of it,
else on the disk.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

#: Where a server of our own may keep its data, the fastest first.
PLACES = (Path("/dev/shm"), Path("/tmp"))
#: Bytes of one enterprise with all that belongs to it, its indexes and the log of their writing,
#: and of the tenth that stands beside it; what must stay free besides.
EACH = 60_000
SPARE = 3 * 2**30
#: Memory that the processes need, which data in memory may not take.
WORK = 4 * 2**30
#: Seconds of a run: what does not depend on the scale, and what a whole nation adds.
ALWAYS, WHOLE = 420, 2_400
#: What the scale is chosen from where none is given.
SCALES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)


@dataclass(frozen=True)
class Sizes:
    """How many of each, at scale 1."""

    enterprises: int = 500_000
    factories: int = 600_000
    assessments: int = 1_000_000
    titles: int = 300_000
    events: int = 3_000_000
    cases: int = 200_000

    def at(self, scale: float) -> "Sizes":
        return Sizes(*(max(int(one * scale), 1) for one in self.whole))

    @property
    def whole(self) -> tuple[int, ...]:
        return (
            self.enterprises, self.factories, self.assessments, self.titles, self.events,
            self.cases,
        )  # fmt: skip

    def __str__(self) -> str:
        names = ("enterprises", "factories", "assessments", "titles", "audit rows", "cases")
        return ", ".join(f"{n:,} {name}" for n, name in zip(self.whole, names, strict=True))


def in_memory(folder: Path) -> bool:
    return folder.is_relative_to("/dev/shm")


def free_bytes(folder: Path) -> int:
    """What the data may take: of the disk, or of the memory where they lie in it."""
    free = shutil.disk_usage(folder).free
    return min(free, memory() - WORK) if in_memory(folder) else free


def memory() -> int:
    """Bytes of memory that can be had without swapping."""
    facts = dict(
        line.split(":") for line in Path("/proc/meminfo").read_text().splitlines() if ":" in line
    )
    return int(facts["MemAvailable"].split()[0]) * 1024


def needs(scale: float) -> int:
    return Sizes().at(scale).enterprises * EACH + SPARE


def fitting(wanted: float | None, minutes: float, free: int) -> float:
    """The scale asked for if it goes into so many bytes, else the largest that does and is likely
    to be done in time.
    """
    for scale in (wanted,) if wanted else SCALES:
        quick = wanted or seconds(scale) <= minutes * 60 or scale == SCALES[-1]
        if needs(scale) <= free and quick:
            return scale
    raise SystemExit(
        f"{free:,} bytes are free, a nation at scale {wanted or SCALES[-1]:g} takes"
        f" {needs(wanted or SCALES[-1]):,}: give a smaller --scale"
    )


def place(wanted: float | None, minutes: float) -> Path:
    """The folder for the server of a nation of that scale, or of the largest that fits."""
    room = {one: free_bytes(one) for one in PLACES if one.is_dir()}
    scale = fitting(wanted, minutes, max(room.values()))
    return next(one for one, free in room.items() if needs(scale) <= free)


def seconds(scale: float) -> float:
    """About how long it all takes on two idle cores."""
    return ALWAYS + scale * WHOLE
