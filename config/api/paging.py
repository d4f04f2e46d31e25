"""Pages of a list by the last row seen (keyset): no page dearer than the first, and rows that come
in between neither repeat nor hide others.

A place in a list is written as the values it is sorted by, so it stays where it was even when its
row moves. Empty values come last, whichever way a list is sorted.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from rest_framework.exceptions import ValidationError as Refused
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

SIZE, MOST = 50, 200
AFTER, BEFORE, PAGE_SIZE = "after", "before", "page_size"
LONGEST = 2_000  # of a place in an address
WRONG_PLACE = "翻页位置无法识别，请使用上一次回答里 next 或 previous 的地址。"
NO_PAGES = "本接口不按页码翻页，请使用回答里 next 或 previous 的地址。"


@dataclass(frozen=True)
class Term:
    """One of the values a list is sorted by."""

    path: str
    down: bool
    empty: bool

    def ordered(self, *, backwards: bool) -> OrderBy:
        by, down = F(self.path), self.down is not backwards
        if not self.empty:
            return by.desc() if down else by.asc()
        last: dict[str, bool] = {"nulls_first": True} if backwards else {"nulls_last": True}
        return by.desc(**last) if down else by.asc(**last)

    def same(self, value: object) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def beyond(self, value: object, *, backwards: bool) -> Q | None:
        """Rows further on by this value alone; None where there can be none."""
        none = Q(**{f"{self.path}__isnull": True})
        if value is None:
            return ~none if backwards else None
        side = "lt" if self.down is not backwards else "gt"
        further = Q(**{f"{self.path}__{side}": value})
        return further | none if self.empty and not backwards else further


def terms_of(rows: QuerySet[Any]) -> list[Term]:
    """What the rows are sorted by, the key at the end so that no two are equal."""
    found = []
    for given in rows.query.order_by:
        if isinstance(given, OrderBy):
            by: Any = given.expression
            found.append((by.name, given.descending))
        else:
            found.append((str(given).removeprefix("-"), str(given).startswith("-")))
    if not any(path in ("pk", "id") for path, _ in found):
        found.append(("pk", False))
    return [Term(path, down, _may_be_empty(rows.model, path)) for path, down in found]


def _may_be_empty(model: Any, path: str) -> bool:
    """Whether rows may hold nothing under a path; of what is worked out nothing is known."""
    for part in path.split("__"):
        if part == "pk":
            return False
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return True
        if field.null:
            return True
        model = field.related_model
    return False


def from_place(terms: Sequence[Term], values: Sequence[Any], *, backwards: bool) -> Q:
    """The rows after (or before) the one that holds these values."""
    found, level = Q(), Q()
    for term, value in zip(terms, values, strict=True):
        if (further := term.beyond(value, backwards=backwards)) is not None:
            found |= level & further
        level &= term.same(value)
    first = terms[0]
    if not first.empty:
        # Says nothing new, but gives an index on the first value its place to begin.
        side = "lte" if first.down is not backwards else "gte"
        found = Q(**{f"{first.path}__{side}": values[0]}) & found
    return found


class KeysetPagination(BasePagination):
    """``next`` and ``previous`` are whole addresses; nobody needs to make one up."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        asked = request.query_params
        if "page" in asked:
            raise Refused({"page": NO_PAGES})
        size, backwards = _size(asked.get(PAGE_SIZE, "")), BEFORE in asked
        place = asked.get(BEFORE, "") or asked.get(AFTER, "")
        self.terms, self.address = terms_of(queryset), request.build_absolute_uri()
        rows = queryset.order_by(*(term.ordered(backwards=backwards) for term in self.terms))
        rows = rows.annotate(**{f"place_{n}": F(t.path) for n, t in enumerate(self.terms)})
        if place:
            rows = rows.filter(
                from_place(self.terms, self._read(queryset, place), backwards=backwards)
            )
        found = list(rows[: size + 1])
        goes_on, page = len(found) > size, found[:size]
        if backwards:
            page.reverse()
        self.more = bool(page) and (goes_on or (backwards and bool(place)))
        self.less = bool(page) and (goes_on if backwards else bool(place))
        self.page = page
        return page

    def _read(self, rows: QuerySet[Any], place: str) -> list[Any]:
        try:
            given = json.loads(urlsafe_b64decode(place[:LONGEST]))
            kinds = [
                F(term.path).resolve_expression(rows.query.clone()).output_field
                for term in self.terms
            ]
            if not isinstance(given, list) or len(given) != len(kinds) or given[-1] is None:
                raise ValueError(place)
            if any(not isinstance(one, str | int | float | None) for one in given):
                raise ValueError(place)
            if given[0] is None and not self.terms[0].empty:
                raise ValueError(place)
            return [
                None if one is None else kind.to_python(one)
                for kind, one in zip(kinds, given, strict=True)
            ]
        except (ValueError, ValidationError, OverflowError) as wrong:
            raise Refused({AFTER: WRONG_PLACE}) from wrong

    def _address(self, name: str, row: Any) -> str:
        values = [getattr(row, f"place_{number}") for number in range(len(self.terms))]
        text = json.dumps(values, cls=DjangoJSONEncoder, separators=(",", ":"))
        bare = remove_query_param(remove_query_param(self.address, AFTER), BEFORE)
        return replace_query_param(bare, name, urlsafe_b64encode(text.encode()).decode())

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "next": self._address(AFTER, self.page[-1]) if self.more else None,
                "previous": self._address(BEFORE, self.page[0]) if self.less else None,
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        place = {"type": "string", "maxLength": LONGEST}
        number = {"type": "integer", "minimum": 1, "maximum": MOST, "default": SIZE}
        said = {AFTER: ("从此位置往后", place), BEFORE: ("从此位置往前", place)}
        said[PAGE_SIZE] = (f"每页条数，不超过 {MOST}", number)
        return [
            {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
            for name, (text, schema) in said.items()
        ]


def _size(asked: str) -> int:
    if not asked:
        return SIZE
    if not (asked.isascii() and asked.isdigit()) or not 1 <= int(asked[:6]) <= MOST:
        raise Refused({PAGE_SIZE: f"每页条数为 1 至 {MOST}。"})
    return int(asked)
