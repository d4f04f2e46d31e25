"""Rows into PostgreSQL by COPY: the table is stripped of its foreign keys and plain indexes while
it fills, and gets them back after, which checks every key once more.
"""

import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from multiprocessing import get_context

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

CHUNK = 2000
BUFFER = 2**20
#: What the server may sort in while indexes are built.
BUILDING = "1GB"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def plain(value: object) -> str:
    """One value as COPY's text format has it."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    return str(value).translate(ESCAPES)


#: What is made for one number: its row, or its lines.
Row = Callable[[int], Sequence]
Written = Callable[[int], Iterable[str]]
#: Set before the processes are forked that make the lines, which then find it.
_making: Written = lambda number: ()  # noqa: E731


def _part(numbers: range) -> tuple[int, bytes]:
    lines = [line for number in numbers for line in _making(number)]
    return len(lines), "".join(f"{line}\n" for line in lines).encode()


def _parts(count: int, make: Written) -> Iterator[tuple[int, bytes]]:
    """The lines of all numbers from 1 on, in their order; of many numbers by one process for each
    core, which run a few parts ahead of what is read.
    """
    global _making
    _making = make
    numbers = (range(n, min(n + CHUNK, count + 1)) for n in range(1, count + 1, CHUNK))
    cores = os.cpu_count() or 1
    if count <= 4 * CHUNK:
        yield from map(_part, numbers)
        return
    with get_context("fork").Pool(cores) as pool:
        ahead = deque(pool.apply_async(_part, (some,)) for some in islice(numbers, 2 * cores))
        while ahead:
            part = ahead.popleft().get()
            ahead.extend(pool.apply_async(_part, (some,)) for some in islice(numbers, 1))
            yield part


class Lines:
    """What COPY reads from: lines that are made while it reads."""

    def __init__(self, count: int, make: Written) -> None:
        self.parts = _parts(count, make)
        self.count = 0
        self.rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self.rest:
            count, part = next(self.parts, (0, b""))
            if not part:
                break
            self.count += count
            self.rest = memoryview(part)
        taken, self.rest = bytes(self.rest[:size]), self.rest[size:]
        return taken


def columns(model: type[models.Model], given: Sequence[str]) -> tuple[list[str], str]:
    """The columns to name, and the end of each line: the defaults of all that is not given."""
    names, ends = list(given), []
    for field in model._meta.concrete_fields:
        if field.attname in given or field.db_default is not NOT_PROVIDED or field.generated:
            continue
        if field.primary_key and isinstance(field, models.AutoField):
            continue
        names.append(field.attname)
        value = field.get_default()
        ends.append(plain(value))
    table = {field.attname: field.column for field in model._meta.concrete_fields}
    return [table[name] for name in names], "".join(f"\t{value}" for value in ends)


def copy_lines(model: type[models.Model], given: Sequence[str], count: int, make: Written) -> int:
    """Lines that are already in COPY's form, of each number up to ``count``; returns how many."""
    names, end = columns(model, given)
    listed = ", ".join(f'"{name}"' for name in names)
    source = Lines(count, (lambda n: (line + end for line in make(n))) if end else make)
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{model._meta.db_table}" ({listed}) FROM STDIN', source, BUFFER)
        if "id" in given:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{model._meta.db_table}', 'id'),"
                f" (SELECT GREATEST(MAX(id), 1) FROM {model._meta.db_table}))"
            )
    return source.count


def copy(model: type[models.Model], given: Sequence[str], count: int, row: Row) -> int:
    """The row of each number up to ``count``, its values in the order of ``given``; what the portal
    derives from them is derived.
    """
    derived = [field for field in model._meta.concrete_fields if hasattr(field, "worked_out")]
    names = [name for name in given if name not in {field.attname for field in derived}]
    kept = [given.index(name) for name in names]

    def line(number: int) -> Iterator[str]:
        made = row(number)
        values = [made[place] for place in kept]
        if derived:
            known = model(**dict(zip(names, values, strict=True)))
            values += [field.worked_out(known) for field in derived]
        yield "\t".join(map(plain, values))

    return copy_lines(model, [*names, *(field.attname for field in derived)], count, line)


@contextmanager
def stripped(
    *tables: type[models.Model], say: Callable[[str], None] = lambda text: None
) -> Iterator[None]:
    """The tables without their foreign keys and without indexes that are no constraint; ``say`` is
    told how long it took to give them back.
    """
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
            [names],
        )
        keys = cursor.fetchall()
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid::regclass::text = ANY(%s) AND NOT indisprimary AND NOT EXISTS"
            " (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
            [names],
        )
        indexes = cursor.fetchall()
        for table, name, _ in keys:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    begin = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(f"SET maintenance_work_mem = '{BUILDING}'")
        for _, made in indexes:
            cursor.execute(made)
        say(f"{len(indexes)} indexes: {time.perf_counter() - begin:.0f} s")
        begin = time.perf_counter()
        for table, name, made in keys:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {made}')
        say(f"{len(keys)} foreign keys: {time.perf_counter() - begin:.0f} s")
        cursor.execute("RESET maintenance_work_mem")


def settle(*tables: type[models.Model]) -> None:
    """What the server's own housekeeping does after a while, to these tables or to all."""
    named = ", ".join(model._meta.db_table for model in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"{'ANALYZE' if connection.in_atomic_block else 'VACUUM ANALYZE'} {named}")
