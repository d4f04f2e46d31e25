"""What a workbook is made of: the fields a list asks for, the grid as it was sent, the table found
in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple


class Kind(StrEnum):
    """How a column is tidied, and the type of its values."""

    TEXT = "text"  # str
    NAME = "name"  # str: of a firm or a factory
    CODE = "code"  # str: unified social credit code
    PHONE = "phone"  # str
    EMAIL = "email"  # str
    DATE = "date"  # datetime.date
    YEAR = "year"  # int
    WHOLE = "whole"  # int
    NUMBER = "number"  # Decimal
    PERCENT = "percent"  # Decimal: 12.5 for 12.5 %
    LEVEL = "level"  # int: maturity, 1 to 5
    PLACE = "place"  # str: code of a division, of any level
    COUNTY = "county"  # str: the same, of a county, district or zone
    INDUSTRY = "industry"  # str: code of an industry, division or finer
    CHOICE = "choice"  # str: key of one of the choices
    CHOICES = "choices"  # tuple[str, ...]: keys of some of them
    YESNO = "yesno"  # bool


@dataclass(frozen=True)
class Field:
    """One column a list asks for. ``synonyms`` are other captions it is known by; brackets, blanks,
    width and case need no synonym. ``choices`` are captions by key, ``spellings`` other ways to
    write them, by key. ``unit`` is taken off numbers ("万元").
    """

    key: str
    caption: str
    kind: Kind = Kind.TEXT
    synonyms: tuple[str, ...] = ()
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unit: str = ""
    max_length: int = 0
    hint: str = ""


class Merged(NamedTuple):
    """A merged area, rows and columns counted from 1, ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Sheet:
    """One sheet as sent: values are str, int, float, bool, date, datetime or None, rows and columns
    counted from 1. Formulas stand as the value that was stored with them; where none was stored,
    as their own text.
    """

    name: str
    rows: Sequence[Sequence[Any]]
    merged: tuple[Merged, ...] = ()
    formulas: frozenset[tuple[int, int]] = frozenset()
    visible: bool = True

    def value(self, row: int, column: int) -> Any:
        if not 0 < row <= len(self.rows) or not 0 < column <= len(self.rows[row - 1]):
            return None
        return self.rows[row - 1][column - 1]


@dataclass(frozen=True)
class Grid:
    """A file that was read. ``form`` is xlsx, xls or csv; ``template`` the version our own template
    put into it, empty for any other file; ``epoch`` the year from which numbers count days.
    """

    name: str
    form: str
    sheets: tuple[Sheet, ...]
    template: str = ""
    epoch: int = 1900


@dataclass
class Cell:
    """One value: as it stood there, what it means, what was tidied, and what is wrong with it.
    ``value`` is None when nothing stands there or it is wrong.
    """

    address: str
    raw: str = ""
    value: Any = None
    note: str = ""
    problem: str = ""

    def __bool__(self) -> bool:
        return self.raw != ""


@dataclass
class Row:
    """A row of the table by its number in the sheet; every mapped field has a cell, empty or not.
    ``problems`` are its cells' own.
    """

    number: int
    cells: dict[str, Cell]

    def __getitem__(self, key: str) -> Any:
        """The value of a field, None also when it has no column."""
        cell = self.cells.get(key)
        return cell.value if cell else None

    @property
    def problems(self) -> dict[str, str]:
        return {cell.address: cell.problem for cell in self.cells.values() if cell.problem}

    @property
    def notes(self) -> dict[str, str]:
        return {cell.address: cell.note for cell in self.cells.values() if cell.note}


@dataclass(frozen=True)
class Unsure:
    """A column that may be one of several fields. An answer is remembered by its caption."""

    column: int
    caption: str
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class Skipped:
    """A row that is not one of the list's, and why."""

    number: int
    reason: str


@dataclass
class Table:
    """The table found in a grid: columns by field, and its rows."""

    sheet: str
    header_row: int
    first_row: int
    mapping: dict[str, int]
    captions: dict[int, str]
    rows: list[Row] = field(default_factory=list)
    unsure: tuple[Unsure, ...] = ()
    missing: tuple[Field, ...] = ()
    ignored: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether nobody has to be asked which column is which."""
        return not self.unsure and not self.missing

    @property
    def problems(self) -> dict[str, str]:
        return {at: text for row in self.rows for at, text in row.problems.items()}

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def letters(column: int) -> str:
    """A column's letters, A for the first."""
    found = ""
    while column:
        column, digit = divmod(column - 1, 26)
        found = chr(65 + digit) + found
    return found


def address(row: int, column: int) -> str:
    return f"{letters(column)}{row}"
