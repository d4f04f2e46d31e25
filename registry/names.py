"""How names are found: a key of each name in which only what matters differs, and on PostgreSQL an
index of its grams.

The key of a name has one width, one kind of brackets, no case and no blanks, and behind it the
first letters of its pinyin. Keys are columns filled by ``pre_save``, so every way of writing a row
fills them; ``Searchable`` adds them to a ``save(update_fields=…)`` that names their source.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models.lookups import Contains
from pypinyin import Style, lazy_pinyin

#: Grams of names have one and two characters, those of codes and numbers four.
CODE_GRAM = 4
_BRACKETS = str.maketrans("[]【】〔〕〖〗", "()()()()")


def folded(text: str) -> str:
    """The text as it is compared: width, case, blanks and the kind of brackets do not count."""
    plain = unicodedata.normalize("NFKC", text or "").translate(_BRACKETS).lower()
    return "".join(
        ch for ch in plain if not ch.isspace() and unicodedata.category(ch) not in ("Cc", "Cf")
    )


@lru_cache(maxsize=4_096)
def initials(key: str) -> str:
    """First letters of how a folded name is spoken; Latin letters and digits stay."""
    return "".join(lazy_pinyin(key, style=Style.FIRST_LETTER)).lower()


@lru_cache(maxsize=4_096)
def spoken(name: str) -> str:
    """How a name is spoken, to sort by: no database sorts Chinese names so."""
    return " ".join(lazy_pinyin(folded(name)))


def key_of(*names: str) -> str:
    """What is searched for these names: each folded, and its initials, one on a line."""
    found: list[str] = []
    for name in names:
        key = folded(name)
        found += [key, initials(key)]
    return "\n".join(dict.fromkeys(found))


def grams(text: str, length: int) -> list[str]:
    return sorted({text[at : at + length] for at in range(len(text) - length + 1)})


class DerivedField(models.TextField):
    """A column worked out from others of its row whenever the row is written."""

    def __init__(self, *args: Any, sources: Iterable[str] = (), **kwargs: Any) -> None:
        self.sources = tuple(sources)
        kwargs |= {"editable": False, "default": ""}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        kwargs.pop("default", None)
        return name, path, args, {**kwargs, "sources": self.sources}

    def worked_out(self, row: models.Model) -> str:
        raise NotImplementedError

    def pre_save(self, row: models.Model, add: bool) -> str:
        value = self.worked_out(row)
        setattr(row, self.attname, value)
        return value


class SearchField(DerivedField):
    """The keys of a row's names, searched by ``holds``."""

    def worked_out(self, row: models.Model) -> str:
        return key_of(*(getattr(row, source) for source in self.sources))


class SpokenField(DerivedField):
    """How a row's name is spoken, to sort by."""

    def worked_out(self, row: models.Model) -> str:
        return spoken(getattr(row, self.sources[0]))


class _Part(models.Lookup):
    """Part of a text; on PostgreSQL by the grams of its index, then checked in the row."""

    prepare_rhs = False
    length = 2
    function = "registry_name_grams"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql: tuple[str, Any] = compiler.compile(Contains(self.lhs, self.rhs))
        return sql

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        like, like_params = self.as_sql(compiler, connection)
        text = str(self.rhs)
        wanted = grams(text, min(self.length, len(text)))
        sql = f"({self.function}({column}) @> %s::text[] AND {like})"
        return sql, (*params, wanted, *like_params)


@SearchField.register_lookup
class Holds(_Part):
    """Rows one of whose names, or its initials, has this folded text in it."""

    lookup_name = "holds"


@models.CharField.register_lookup
class HasPart(_Part):
    """Rows with a code or number in upper case that has these four characters or more in it."""

    lookup_name = "part"
    length = CODE_GRAM
    function = "registry_code_grams"


class Searchable(models.Model):
    """A model with derived columns."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if (written := kwargs.get("update_fields")) is not None:
            derived = {
                field.name
                for field in self._meta.concrete_fields
                if isinstance(field, DerivedField) and {*field.sources} & {*written}
            }
            kwargs["update_fields"] = {*written, *derived}
        super().save(*args, **kwargs)
