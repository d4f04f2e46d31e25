"""Rows into PostgreSQL by COPY: the table is stripped of its foreign keys and plain indexes while
it fills, and gets them back after, which checks every key once more.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

CHUNK = 2000
BUFFER = 2**20
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


class Lines:
    """What COPY reads from: lines that are made while it reads."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.count = 0
        self.rest = b""

    def read(self, size: int) -> bytes:
        if not self.rest:
            lines = list(islice(self.lines, CHUNK))
            self.count += len(lines)
            self.rest = "".join(f"{line}\n" for line in lines).encode()
        part, self.rest = self.rest[:size], self.rest[size:]
        return part


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


def copy_lines(model: type[models.Model], given: Sequence[str], lines: Iterable[str]) -> int:
    """Lines that are already in COPY's form; returns how many."""
    names, end = columns(model, given)
    listed = ", ".join(f'"{name}"' for name in names)
    source = Lines(line + end for line in lines) if end else Lines(lines)
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{model._meta.db_table}" ({listed}) FROM STDIN', source, BUFFER)
        if "id" in given:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{model._meta.db_table}', 'id'),"
                f" (SELECT GREATEST(MAX(id), 1) FROM {model._meta.db_table}))"
            )
    return source.count


def copy(model: type[models.Model], given: Sequence[str], rows: Iterable[Sequence]) -> int:
    """Rows of values in the order of ``given``; what the portal derives from them is derived."""
    derived = [field for field in model._meta.concrete_fields if hasattr(field, "worked_out")]
    names = [name for name in given if name not in {field.attname for field in derived}]
    kept = [given.index(name) for name in names]

    def lines() -> Iterator[str]:
        for row in rows:
            values = [row[place] for place in kept]
            if derived:
                known = model(**dict(zip(names, values, strict=True)))
                values += [field.worked_out(known) for field in derived]
            yield "\t".join(map(plain, values))

    return copy_lines(model, [*names, *(field.attname for field in derived)], lines())


@contextmanager
def stripped(*tables: type[models.Model]) -> Iterator[None]:
    """The tables without their foreign keys and without indexes that are no constraint."""
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
    with connection.cursor() as cursor:
        for _, made in indexes:
            cursor.execute(made)
        for table, name, made in keys:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {made}')


def settle() -> None:
    """What the server's own housekeeping does after a while."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE")
