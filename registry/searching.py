"""Finding firms and factories by what people type: part of a name they bear or bore, first letters
of its pinyin, part of a credit code.

Every branch of a search has an index of its own and the branches are united by key, because a
database asked for "this or that in another table" reads all rows.
"""

from __future__ import annotations

import unicodedata
from typing import Any, TypeVar

from django.db.models import QuerySet

from registry import creditcode
from registry.models import Enterprise, EnterpriseName, Factory, PastFactory
from registry.names import CODE_GRAM, folded

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


def firms_named(word: str) -> Keys:
    """Keys of firms that bear or bore a name with this word in it."""
    bears = Enterprise.objects.filter(search__holds=word).values_list("pk")
    bore = EnterpriseName.objects.filter(search__holds=word).values_list("enterprise")
    return bears.union(bore)


def _firms_coded(part: str) -> Keys:
    return Enterprise.objects.filter(credit_code__part=part).values_list("pk")


def parts(text: str) -> list[str]:
    """What must all be found: each word typed, or one code that was typed with blanks."""
    return [text] if code(text) else [part for part in text.split() if folded(part)]


def firms_fitting(part: str) -> Keys:
    """Keys of firms that one part of what was typed leads to."""
    found, known = firms_named(folded(part)), code(part)
    return found.union(_firms_coded(known)) if known else found


def factories_fitting(part: str) -> Keys:
    """Keys of factories: by their name, now or before, or by that of a firm they belong or
    belonged to, or by its code.
    """
    now, past = Factory.objects.order_by(), PastFactory.objects.order_by()
    word = folded(part)
    return (
        now.filter(search__holds=word)
        .values_list("pk")
        .union(
            now.filter(enterprise__in=firms_fitting(part)).values_list("pk"),
            past.filter(search__holds=word).values_list("factory"),
            past.filter(enterprise__in=firms_fitting(part)).values_list("factory"),
        )
    )


def firms(rows: Rows, text: str) -> Rows:
    """Those of the firms that fit all that was typed."""
    for part in parts(text):
        rows = rows.filter(pk__in=firms_fitting(part))
    return rows


def of_factories(rows: Rows, text: str, *, by: str = "factory") -> Rows:
    """Those of the rows whose factory fits all that was typed."""
    for part in parts(text):
        rows = rows.filter(**{f"{by}__in": factories_fitting(part)})
    return rows
