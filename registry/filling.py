"""What migrations of big tables share: derived columns filled in chunks, indexes made without a
lock.

Each chunk is a transaction of its own and skips what is filled, so that a migration that was
stopped goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models, transaction
from django.db.migrations import RunPython

from registry.names import DerivedField

CHUNK = 2_000

FUNCTION = """
CREATE OR REPLACE FUNCTION {name}(value text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(pg_catalog.array_agg(DISTINCT pg_catalog.substr(value, at, size)), '{{}}')
    FROM pg_catalog.generate_series({shortest}, {longest}) AS size,
         pg_catalog.generate_series(1, pg_catalog.length(value) - size + 1) AS at
$$
"""


def fill(app: str, model: str, *, again: bool = False) -> RunPython:
    """Fill the derived columns of rows written before there were any; ``again``, of all rows, since
    the columns are worked out from more than before.
    """

    def forwards(apps: Any, editor: Any) -> None:
        rows = apps.get_model(app, model)._base_manager
        fields = [one for one in rows.model._meta.fields if isinstance(one, DerivedField)]
        lacking = models.Q(*((one.name, "") for one in fields), _connector=models.Q.OR)
        if again:
            lacking = models.Q()
        last = 0
        while found := list(rows.filter(lacking, pk__gt=last).order_by("pk")[:CHUNK]):
            for row in found:
                for field in fields:
                    field.pre_save(row, add=False)
            with transaction.atomic(using=editor.connection.alias):
                rows.bulk_update(found, [one.name for one in fields], batch_size=200)
            last = found[-1].pk

    return RunPython(forwards, RunPython.noop, elidable=True)


def on_postgresql(*statements: str, undo: tuple[str, ...] = ()) -> RunPython:
    """Statements that only PostgreSQL knows; the migration must not be atomic."""

    def run(chosen: tuple[str, ...]) -> Callable[[Any, Any], None]:
        def inner(apps: Any, editor: Any) -> None:
            if editor.connection.vendor != "postgresql":
                return
            with editor.connection.cursor() as cursor:
                for statement in chosen:
                    cursor.execute(statement)

        return inner

    return RunPython(run(statements), run(undo))


def index(name: str, table: str, definition: str) -> RunPython:
    """An index made while others read and write; one left half made is made anew."""
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    return on_postgresql(
        drop, f"CREATE INDEX CONCURRENTLY {name} ON {table} {definition}", undo=(drop,)
    )
