"""Two people change the same thing: what one of them changed is taken, what both changed is asked.

A form carries a mark of every value it was opened with (:class:`Seen`). The act compares, with the
row held, what stands there now with what was seen and what is given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

BOTH = "打开本页以后有人改过，请选用一种内容，再按一次按钮"


@dataclass(frozen=True)
class Seen:
    """The marks of what a person saw, and the fields where he takes what stands there now."""

    marks: Mapping[str, str]
    taken: frozenset[str] = frozenset()


class Overlap(ValidationError):
    """Fields that two people changed; ``theirs`` is what stands there now."""

    def __init__(self, theirs: Mapping[str, Any]) -> None:
        super().__init__(dict.fromkeys(theirs, BOTH))
        self.theirs = theirs


def mark(value: Any) -> str:
    """Two values have the same mark when a person would call them the same."""
    return hashlib.sha256(_plain(value).encode()).hexdigest()[:16]


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "\n".join(str(value).split("\r\n")).strip()


def merged(held: Mapping[str, Any], given: Mapping[str, Any], seen: Seen | None) -> dict[str, Any]:
    """What to store of ``given``; raises Overlap where it and ``held`` both differ from what was
    seen. Without ``seen`` all that is given is stored.
    """
    if seen is None:
        return dict(given)
    stored, theirs = {}, {}
    for name, value in given.items():
        now, before = mark(held[name]), seen.marks.get(name)
        if name in seen.taken or (mark(value) == before and now != before):
            stored[name] = held[name]
        elif before in (None, now) or mark(value) == now:
            stored[name] = value
        else:
            theirs[name] = held[name]
    if theirs:
        raise Overlap(theirs)
    return stored
