"""Questions that pages ask again and again, of other values: their SQL is written once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection, connections, router
from django.db.models import Model, QuerySet

#: Stand for values while SQL is written; nothing real is like them.
_NUMBER, _SIGN, _DAY = -(10**15), 0xE000, date(1, 1, 1)
Value = int | str | date | None


class Composed:
    """A question whose answer is numbers and texts.

    ``compose`` gets what shapes the SQL, then the values (numbers, texts, days, None), and returns
    rows of values; what it does with a value may not depend on it.
    """

    def __init__(self, compose: Callable[..., QuerySet[Any, Any]]) -> None:
        self.compose = compose
        self.written = lru_cache(maxsize=64)(self._written)

    def rows(self, shape: Hashable, *values: Value) -> list[tuple[Any, ...]]:
        kinds = tuple(type(value) for value in values)
        sql, params, model = self.written(connection.vendor, shape, kinds)
        given = {
            _adapted(_stand_in(kind, place)): _adapted(value)
            for place, (kind, value) in enumerate(zip(kinds, values, strict=True))
            if value is not None
        }
        with connections[router.db_for_read(model)].cursor() as cursor:
            cursor.execute(sql, [_filled(param, given) for param in params])
            return cursor.fetchall()

    def _written(
        self, _vendor: str, shape: Hashable, kinds: tuple[type, ...]
    ) -> tuple[str, tuple[Any, ...], type[Model]]:
        stand_ins = [_stand_in(kind, place) for place, kind in enumerate(kinds)]
        rows = self.compose(shape, *stand_ins)
        return *rows.query.sql_with_params(), rows.model


def _stand_in(kind: type, place: int) -> Value:
    if kind is int:
        return _NUMBER - place
    if kind is str:
        return chr(_SIGN + place) * 3
    return _DAY + timedelta(days=place) if kind is date else None


def _adapted(value: Value) -> Value:
    """As it stands among the parameters of a statement."""
    if isinstance(value, date):
        adapted: Value = connection.ops.adapt_datefield_value(value)
        return adapted
    return value


def _filled(param: Any, given: Mapping[Any, Any]) -> Any:
    """The value that this stands for, or the pattern with the value in it."""
    if isinstance(param, Value) and param in given:
        return given[param]
    if isinstance(param, str):
        for stand_in, text in given.items():
            if isinstance(stand_in, str) and stand_in in param:
                return param.replace(stand_in, connection.ops.prep_for_like_query(text))
    return param
