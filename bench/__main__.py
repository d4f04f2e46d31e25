"""`make bench`: how far things stand above the least they could cost, in the same run.

Makes a nation on PostgreSQL and measures on it. The ratios travel between machines; the
milliseconds do not.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
django.setup()

from django.core.management import call_command  # noqa: E402 -- needs the settings
from django.db import connection  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from bench import (  # noqa: E402
    certificates,
    expiry,
    export,
    filing,
    lists,
    nation,
    sealing,
    spreads,
    telling,
    turns,
)
from tests import build  # noqa: E402

#: How many titles there are for the expiry, at scale 1.
TITLES = 1_000_000


def main() -> int:
    options = read()
    if options.kpis_into:
        return kpis_alone(options)
    if not os.environ.get("DATABASE_URL"):
        serve(options)
    if connection.vendor != "postgresql":
        raise SystemExit("the nation needs PostgreSQL: run it by make bench")
    setup_test_environment()
    name = connection.creation._get_test_db_name()
    scale, kept = room(options)
    again = bool(kept and nation.said_of(kept))
    if again:
        timed("a copy of the kept nation", lambda: nation.copy(kept, name))
    connection.creation.create_test_db(verbosity=0, serialize=False, autoclobber=True, keepdb=again)
    try:
        found, failed = run(scale, options, kept, again=again)
    finally:
        connection.close()
        connection.creation.destroy_test_db(name, verbosity=0)
    missed = [one.name for one in found if not one.kept]
    print(f"{len(missed)} of {len(found)} not kept" + "".join(f"\n  {one}" for one in missed))
    for part in failed:
        print(f"{part} did not come to its end", file=sys.stderr)
    return 1 if failed else 0


def serve(options: argparse.Namespace) -> NoReturn:
    """Once more, with a server of our own in a place that is large enough."""
    os.environ["POSTGRES_AS_DEPLOYED"] = "yes"
    if options.keep:
        os.environ["POSTGRES_KEPT"] = str(options.keep.absolute())
    else:
        os.environ["POSTGRES_PLACE"] = str(nation.place(options.scale, options.minutes))
    again = [sys.executable, "-m", "bench", *sys.argv[1:]]
    os.execvp("sh", ["sh", "deploy/with_postgres.sh", *again])


def room(options: argparse.Namespace) -> tuple[float, str]:
    """The scale, and the name of the nation of that scale that is kept, or will be; "" if none."""
    free = nation.free_bytes(nation.data_folder())
    if not options.keep:
        return nation.fitting(options.scale, options.minutes, free), ""
    there = options.scale and nation.said_of(nation.kept_name(options.scale))
    scale = nation.fitting(options.scale, options.minutes, free if there else free // 2)
    return scale, nation.kept_name(scale)


def read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…")
    parser.add_argument("--scale", type=float, help="1 is a nation; else the largest that fits")
    parser.add_argument(
        "--minutes",
        type=float,
        default=60,
        help="where no scale is given, the largest that is likely to be done in so many",
    )
    parser.add_argument("--turns", type=int, default=turns.TURNS)
    everything = "register,lists,export,filing,certificates,sealing,expiry,kpis"
    parser.add_argument(
        "--only", default=everything, help="what to measure; other parts stay as written"
    )
    parser.add_argument(
        "--no-write", dest="write", action="store_false", help="leave docs/performance.md"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        help="a folder for the server's data that stay: the next run finds its nation made"
        " (with DATABASE_URL: on that server, wherever its data are)",
    )
    parser.add_argument("--kpis-into", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--factories", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def run(
    scale: float, options: argparse.Namespace, kept: str, *, again: bool
) -> tuple[list[turns.Measured], list[str]]:
    """What was measured, and the parts that failed; each part is written as soon as it is done.

    ``kept`` names the nation that is to be kept, ``again`` says that the database is its copy.
    """
    sizes = nation.Sizes().at(scale)
    wanted = options.only.split(",")
    say(f"scale {scale:g}: {sizes}; about {nation.seconds(scale) / 60:.0f} minutes")
    beside = bool(kept or {"register", "lists"} & set(wanted))
    with a_tenth(sizes, kept, wanted=beside, again=again) as small:
        made, note = the_nation(sizes, kept, small, again=again)
        measures: dict[str, Callable[[], Iterable[turns.Measured]]] = {
            "register": lambda: lists.measure(lists.REGISTER, made, options.turns, small),
            "lists": lambda: lists.measure(lists.OFFICES, made, options.turns, small),
            "export": lambda: export.measure(options.turns),
            "filing": lambda: [filing.measure(made, options.turns, listed(scale))],
            "certificates": lambda: certificates.measure(options.turns),
            "sealing": lambda: sealing.measure(options.turns),
            "expiry": lambda: measured_expiry(made, scale, options.turns),
            "kpis": lambda: kpis(max(int(3000 * scale), 100), options.turns),
        }
        found: list[turns.Measured] = []
        failed: list[str] = []
        for part in (part for part in measures if part in wanted):
            begun = datetime.now(UTC)
            rows: list[turns.Measured] = []
            try:
                timed(part, lambda part=part, rows=rows: turns.gathered(measures[part], rows, told))
            except (Exception, SystemExit):
                traceback.print_exc()
                failed.append(part)
            found += rows
            whole = part not in failed
            text = telling.said(part, f"{scale:g}", note, rows, begun, whole=whole)
            say(text)
            if options.write and rows:
                telling.write(part, text, list(measures))
    return found, failed


def told(one: turns.Measured) -> None:
    say(telling.table([one]).splitlines()[-1])


def say(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", flush=True)


def timed(name: str, act: Callable[[], Any]) -> Any:
    begin = time.perf_counter()
    found = act()
    say(f"== {name}: {(time.perf_counter() - begin) / 60:.1f} minutes")
    return found


def the_nation(
    sizes: nation.Sizes, kept: str, small: str, *, again: bool
) -> tuple[nation.Nation, str]:
    """The nation in the database, with what was said of its making; kept for later if wished."""
    if again:
        return nation.Nation(*sizes.whole), nation.said_of(kept)
    notes: list[str] = []
    made = timed(
        "nation", lambda: nation.make(sizes, say=lambda text: (notes.append(text), say(text)))
    )
    if kept:
        name = connection.settings_dict["NAME"]
        timed("its tenth is kept", lambda: nation.copy(small, tenth_of(kept)))
        timed("the nation is kept", lambda: nation.copy(name, kept, notes[-1]))
    return made, notes[-1]


@contextmanager
def a_tenth(sizes: nation.Sizes, kept: str, *, wanted: bool, again: bool) -> Iterator[str]:
    """A database beside this one with a tenth of the nation; leaves this one as it was."""
    if not wanted:
        build.world()
        yield ""
        return
    name = connection.settings_dict["NAME"]
    small = tenth_of(name)

    def fresh() -> None:
        build.world()
        nation.make(sizes.at(0.1), say=lambda text: say(f"a tenth: {text}"))
        nation.copy(name, small)
        nation.clear()

    def copied() -> None:
        nation.copy(tenth_of(kept), small)
        with nation.inside(small):
            call_command("migrate", verbosity=0)

    timed("a tenth of the nation", copied if again else fresh)
    try:
        yield small
    finally:
        nation.drop(small)


def tenth_of(name: str) -> str:
    return f"{name}_tenth"


def measured_expiry(made: nation.Nation, scale: float, number: int) -> list[turns.Measured]:
    timed("more titles", lambda: nation.top_up_titles(made, int(TITLES * scale)))
    return [expiry.measure(number)]


def listed(scale: float) -> int:
    """How long the list is that is taken over: whole from a tenth of the nation on."""
    return max(int(filing.ROWS * min(scale * 10, 1)), 200)


def kpis(factories: int, number: int) -> list[turns.Measured]:
    """On SQLite, where their floor is written for."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        command = [sys.executable, "-m", "bench", "--kpis-into", file.name]
        counts = ["--factories", str(factories), "--turns", str(number)]
        subprocess.run([*command, *counts], env=environment, check=True)
        rows = json.loads(Path(file.name).read_text(encoding="utf-8"))
    return [
        turns.Measured(**row | {"floor": tuple(row["floor"]), "ours": tuple(row["ours"])})
        for row in rows
    ]


def kpis_alone(options: argparse.Namespace) -> int:
    """What the process does that measures them."""
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, serialize=False, autoclobber=True)
    try:
        build.world()
        spreads.factories(options.factories)
        found = [asdict(one) for one in spreads.measure(options.turns)]
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    options.kpis_into.write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
