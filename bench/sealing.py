"""The sealing of a day's trail and the check of what was sealed, beside reading and hashing."""

from datetime import timedelta

from django.db import connection

from bench import turns
from bench.floors import sealing as floor
from bench.nation.rows import TODAY, moment
from registry import sealing
from registry.models import AuditEvent
from registry.sealing.leaves import SALT_BYTES, text_of, trail

LINES = 100_000
DAY = TODAY + timedelta(days=1)


def measure(number_of_turns: int) -> list[turns.Measured]:
    found: list[turns.Measured] = []

    def all_of_it() -> None:
        _shortened()
        lines = [b"\0" + bytes(SALT_BYTES) + text_of(row).encode() for row in _trail()]
        name = f"{len(lines):,} lines of the trail"

        def bare() -> None:
            if floor.seal(lines) != len(lines):
                raise SystemExit("the floor has read other lines")

        def check() -> None:
            known = sealing.check(())
            if known.faults or known.rows != len(lines):
                raise SystemExit(f"the check found {len(known.faults)} faults in {known.rows} rows")

        taken = turns.in_turns(bare, turns.undone(lambda: _seal(len(lines))), number_of_turns)
        found.append(turns.Measured(f"Sealing of {name}", *taken))
        _seal(len(lines))
        taken = turns.in_turns(bare, check, number_of_turns)
        found.append(turns.Measured(f"Check of {name} as sealed", *taken))

    turns.undone(all_of_it)()
    return found


def _trail() -> list[tuple]:
    return list(trail(AuditEvent.objects.all()))


def _seal(lines: int) -> None:
    head = sealing.seal((), on=DAY, at=moment(DAY))
    if head is None or head.size != lines:
        raise SystemExit(f"{head and head.size} of {lines} lines were sealed")


def _shortened() -> None:
    """A trail of no more lines than are measured; undone with everything else."""
    table = AuditEvent._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE kept ON COMMIT DROP AS"
            f" SELECT * FROM {table} ORDER BY id LIMIT {LINES}"
        )
        cursor.execute(f"TRUNCATE {table} CASCADE")
        cursor.execute(f"INSERT INTO {table} SELECT * FROM kept")
        cursor.execute(f"ANALYZE {table}")
