"""What a kind of workbook is to the engine: its columns, who may send it, and its acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.intake import Made, Sent, Verdict
from registry.listing import Listing
from registry.models import User
from registry.workbook.shapes import Field, Table


@dataclass(frozen=True)
class Ask:
    """What is typed beside the file, since no column says it."""

    key: str
    label: str
    hint: str = ""
    required: bool = True
    max_length: int = 80


@dataclass(frozen=True)
class Kind:
    """A kind of workbook. ``check`` writes nothing; ``apply`` gets rows that change something, in
    parts, and tells by row what it made; ``holds`` says what rests on that, and ``undo``, given
    all of it at once, takes it back. Messages go out under keys that begin with ``key_of``.
    """

    key: str
    label: str
    #: What one row is, as it is counted: 座, 家, 项.
    unit: str
    fields: Callable[[User], Sequence[Field]]
    #: Fields that name a row on the pages.
    shown: tuple[str, ...]
    allowed: Callable[[User, date], bool]
    #: In words, for whoever may not.
    refusal: str
    check: Callable[[Table, Sent], list[Verdict]]
    apply: Callable[[Sequence[Verdict], Sent], Mapping[int, Made]]
    holds: Callable[[Sequence[Made], Sent], list[str]]
    undo: Callable[[Sequence[Made], Sent], None]
    #: What follows from taking the rows over, as sentences for the trial.
    outlook: Callable[[Sequence[Verdict], Sent], list[str]]
    #: Name of the page where the work is, and its title.
    place: tuple[str, str]
    asks: tuple[Ask, ...] = ()
    #: Fields of persons: they stay in the file and are not kept with the rows.
    personal: frozenset[str] = frozenset()
    #: Captions of our own lists that are no field and need no answer.
    aside: tuple[str, ...] = ()
    #: The lists whose exports come back as this kind, under captions an office has chosen.
    lists: tuple[Listing, ...] = ()
    #: A few lines above the choice of a file.
    about: str = ""
    #: Of the columns, as its template says.
    version: str = "1"


def key_of(batch: int) -> str:
    """How the keys of a batch's messages begin; by it they are recalled."""
    return f"intake:{batch}:"
