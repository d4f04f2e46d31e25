"""Many rows in one statement, for acts that have no end of them: the trail and the messages of a
night, of a list taken over from a workbook.

A row that is written here runs through no ``save``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.expressions import Combinable
from django.db.models.fields import NOT_PROVIDED
from psycopg2.extras import execute_values

BATCH = 1000


class Truth(models.Func):
    """A boolean as JSON has it: SQLite knows only 0 and 1."""

    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "JSON(CASE WHEN %(expressions)s THEN 'true' ELSE 'false' END)"
        return super().as_sql(compiler, connection, template=template, **context)


@models.IntegerField.register_lookup
class Among(models.Lookup):
    """``pk__among``: one of many keys, which travel as one value; Django looks at each of the list
    that ``in`` is given, again for every place where it stands.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        keys = json.dumps(self._keys())
        return f"{column} IN (SELECT value FROM JSON_EACH(%s))", [*params, keys]  # noqa: S608

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", [*params, self._keys()]

    def _keys(self) -> list[int]:
        return list(self.rhs)


def write(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Insert rows of one model, all of them new. On PostgreSQL the values go as they are: nothing
    but their type is looked at.
    """
    if not rows:
        return
    if connection.vendor != "postgresql":
        manager = type(rows[0])._default_manager
        manager.bulk_create(rows, batch_size=500, ignore_conflicts=ignore_conflicts)
        return
    _insert(rows, "ON CONFLICT DO NOTHING" if ignore_conflicts else "", answered=False)


def write_keyed(rows: Sequence[models.Model]) -> None:
    """The same for rows that others will refer to: each gets its key."""
    if not rows:
        return
    if connection.vendor != "postgresql":
        type(rows[0])._default_manager.bulk_create(rows, batch_size=500)
        return
    key = rows[0]._meta.pk.column
    for row, (given,) in zip(rows, _insert(rows, f'RETURNING "{key}"', answered=True), strict=True):
        row.pk = given
        row._state.adding, row._state.db = False, connection.alias


def _insert(rows: Sequence[models.Model], ending: str, *, answered: bool) -> Sequence[Any]:
    model = type(rows[0])
    fields = [
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField)
        and field.db_default is NOT_PROVIDED
        and not field.generated
    ]
    names = [field.attname for field in fields]
    held = [place for place, field in enumerate(fields) if isinstance(field, models.JSONField)]
    derived = [field for field in fields if hasattr(field, "worked_out")]
    for row in rows:
        for field in derived:
            field.pre_save(row, True)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        return execute_values(
            cursor,
            f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES %s {ending}',  # noqa: S608
            [_values(row, names, held) for row in rows],
            page_size=BATCH,
            fetch=answered,
        )


def _values(row: models.Model, names: Sequence[str], held: Sequence[int]) -> list[Any]:
    values = [getattr(row, name) for name in names]
    for place in held:
        values[place] = json.dumps(values[place], ensure_ascii=False)
    return values


def write_from(
    model: type[models.Model], source: models.QuerySet[Any], **columns: Combinable
) -> int:
    """Insert one row for each of the source, worked out by the database; returns how many."""
    named = {f"_{name}": value for name, value in columns.items()}
    query = source.annotate(**named).values_list(*named).query
    try:
        sql, parameters = query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return 0
    known = {field.attname: field.column for field in model._meta.concrete_fields}
    listed = ", ".join(f'"{known[name]}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{model._meta.db_table}" ({listed}) {sql}', parameters)
        return int(cursor.rowcount)
