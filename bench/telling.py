"""What `make bench` says at its end: a table, with the machine and the day, for reading and for
docs/performance.md.
"""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from bench import nation, turns
from bench.turns import Measured

TARGET = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
HEAD = """# Performance

Made by `make bench`; not edited by hand. Every line is one run in which product and floor took
turns: what stands before the brackets is the median, in them are the fastest and the slowest. A
floor does the same writes, or sends the same SQL through the same middleware and sign-in, with
nothing around it; each is a file in `bench/floors/`. Ratios travel between machines, times do not.
Each part says when, where and on how large a nation it was measured: `--only` renews those named.
What takes minutes has fewer turns than the others.

"""


def machine() -> str:
    """Processor, cores, memory, system, database server."""
    facts = Path("/proc/cpuinfo")
    names = [
        line.partition(":")[2].strip()
        for line in (facts.read_text().splitlines() if facts.exists() else [])
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    where = "memory" if nation.in_memory(nation.data_folder()) else "files on disk"
    return (
        f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB,"
        f" Python {platform.python_version()}, PostgreSQL {server.split()[0]}"
        f" with its data in {where}"
    )


def load() -> str:
    return f"{os.getloadavg()[2]:.1f}"


def limit(one: Measured) -> str:
    if one.limit is None:
        return "–"
    sign = "≥" if one.rate else "≤"
    return f"{sign} {one.limit:.2f}"


def line(one: Measured) -> tuple[str, ...]:
    unit = "" if not one.unit else " /s" if one.rate else f" {one.unit}"
    sides = (f"{turns.spread(one.floor)}{unit}", f"{turns.spread(one.ours)}{unit}")
    verdict = "–" if one.limit is None else "yes" if one.kept else "**no**"
    many = str(len(one.ours))
    return (one.name, *sides, f"{one.ratio:.2f}", limit(one), verdict, many)


def table(found: Sequence[Measured]) -> str:
    head = ("", "floor", "product", "ratio", "allowed", "kept", "turns")
    rows = [head, ("---",) * len(head), *(line(one) for one in found)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def said(
    part: str, scale: str, made: str, found: Sequence[Measured], begun: datetime, *, whole: bool
) -> str:
    """One part of the document, from its heading on; ``whole`` if it came to its end."""
    taken = (datetime.now(UTC) - begun).total_seconds() / 60
    facts = (
        f"- Day: {begun:%Y-%m-%d %H:%M} UTC, {taken:.1f} minutes\n"
        f"- Machine: {machine()}; load of the last quarter of an hour at the end: {load()}\n"
        f"- Scale: {scale}\n- Nation: {made}\n"
    )
    if not whole:
        facts += "- **It did not come to its end: rows are missing.**\n"
    return f"## {part}\n\n{facts}\n{table(found)}"


def write(part: str, text: str, order: Sequence[str]) -> None:
    """Put one part into the document; the others stay as they are."""
    before = TARGET.read_text(encoding="utf-8")
    TARGET.write_text(HEAD + joined(before, part, text, order), encoding="utf-8")


def joined(before: str, part: str, text: str, order: Sequence[str]) -> str:
    """The parts of a document, with this one anew and in its place. What it measures anew stands in
    no other.
    """
    anew = {_measured(row) for row in text.splitlines()} - {""}
    kept = "\n".join(row for row in before.splitlines() if _measured(row) not in anew)
    held = {one.partition("\n")[0]: f"## {one.rstrip()}\n" for one in kept.split("\n## ")[1:]}
    held[part] = text.rstrip() + "\n"
    return "\n".join(held[name] for name in order if name in held)


def _measured(row: str) -> str:
    """What a row of a table measures; "" where it is none, or the head of one."""
    name = row.split("|")[1].strip() if row.startswith("| ") else ""
    return "" if name == "---" else name
