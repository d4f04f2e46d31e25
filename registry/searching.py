"""Finding firms and factories by what people type: part of a name they bear or bore, first letters
of its pinyin, part of a credit code.

Every branch of a search has an index of its own and the branches are united by key, because a
database asked for "this or that in another table" reads all rows. So many queries take longer to
put together than to answer: their SQL is written once, and after that only the words change.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from registry import creditcode
from registry.models import Enterprise, EnterpriseName, Factory, PastFactory
from registry.names import CODE_GRAM, folded, grams

Keys = QuerySet[Any, Any]
Rows = TypeVar("Rows", bound=QuerySet[Any])


def code(text: str) -> str:
    """What was typed as part of a code or number, or "" where it is too short to be looked for."""
    tidied = creditcode.tidy(text)
    coded = len(tidied) >= CODE_GRAM and tidied.isascii() and any(ch.isdigit() for ch in tidied)
    return tidied if coded else ""


def number(text: str) -> str:
    """What was typed as part of one of our numbers, whose dashes count; "" where too short."""
    typed = "".join(unicodedata.normalize("NFKC", text).upper().split())
    return typed if len(typed) >= CODE_GRAM and typed.isascii() else ""


class Typed(NamedTuple):
    """One part of what was typed as columns compare it; "" where it is too short for them."""

    word: str
    code: str
    number: str

    @classmethod
    def of(cls, part: str) -> Typed:
        return cls(folded(part), code(part), number(part))


#: Stand for what is typed while SQL is written: signs that no text has, long enough for any gram.
_STAND_INS = tuple(sign * 8 for sign in "\ue000\ue001\ue002")


def prepared(compose: Callable[[Typed], Keys], typed: Typed) -> RawSQL:
    """The keys of a search, to be used with ``__in``."""
    sql, params = _written(compose, tuple(map(bool, typed)), connection.vendor)
    # The text is what Django wrote; values travel apart.
    return RawSQL(sql, tuple(_filled(param, typed) for param in params))  # noqa: S611


@lru_cache(maxsize=64)
def _written(
    compose: Callable[[Typed], Keys], known: tuple[bool, ...], vendor: str
) -> tuple[str, tuple[Any, ...]]:
    """SQL for texts of which these are known, with stand-ins for them among its values."""
    stand_ins = Typed(*(sign if has else "" for sign, has in zip(_STAND_INS, known, strict=True)))
    return compose(stand_ins).query.sql_with_params()


def _filled(param: Any, typed: Typed) -> Any:
    """A value of the SQL with what was typed instead of its stand-in: grams, or part of a text."""
    for stand_in, text in zip(_STAND_INS, typed, strict=True):
        if isinstance(param, list) and param[0][0] == stand_in[0]:
            return grams(text, min(len(param[0]), len(text)))
        if isinstance(param, str) and stand_in in param:
            return param.replace(stand_in, connection.ops.prep_for_like_query(text))
    return param


def parts(text: str) -> list[str]:
    """What must all be found: each word typed, or one code that was typed with blanks."""
    return [text] if code(text) else [part for part in text.split() if folded(part)]


def _firms(typed: Typed) -> Keys:
    """Keys of firms that bear or bore a name with this word in it, or have this code."""
    bears = Enterprise.objects.filter(search__holds=typed.word).values_list("pk")
    found = bears.union(
        EnterpriseName.objects.filter(search__holds=typed.word).values_list("enterprise")
    )
    if not typed.code:
        return found
    return found.union(Enterprise.objects.filter(credit_code__part=typed.code).values_list("pk"))


def factories(typed: Typed) -> Keys:
    """Keys of factories: by their name, now or before, or by that of a firm they belong or
    belonged to, or by its code.
    """
    now, past = Factory.objects.order_by(), PastFactory.objects.order_by()
    return (
        now.filter(search__holds=typed.word)
        .values_list("pk")
        .union(
            now.filter(enterprise__in=_firms(typed)).values_list("pk"),
            past.filter(search__holds=typed.word).values_list("factory"),
            past.filter(enterprise__in=_firms(typed)).values_list("factory"),
        )
    )


def factories_fitting(part: str) -> RawSQL:
    """Keys of factories that one part of what was typed leads to."""
    return prepared(factories, Typed.of(part))


def firms(rows: Rows, text: str) -> Rows:
    """Those of the firms that fit all that was typed."""
    for part in parts(text):
        rows = rows.filter(pk__in=prepared(_firms, Typed.of(part)))
    return rows


def of_factories(rows: Rows, text: str, *, by: str = "factory") -> Rows:
    """Those of the rows whose factory fits all that was typed."""
    for part in parts(text):
        rows = rows.filter(**{f"{by}__in": factories_fitting(part)})
    return rows
