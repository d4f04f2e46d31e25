"""Many rows of a list at once: which rows were ticked, each acted on by itself, and what became of
each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import QueryDict

from registry.access import Request
from registry.listing.asking import Asking, found
from registry.listing.what import Listing

#: So many rows at most are acted on at once.
AT_ONCE = 200
#: In an address: a row that was ticked; the filters of a list of which every row was.
ROW, WHOLE = "row", "all"


@dataclass(frozen=True)
class Offer:
    """What a list offers to do with the rows ticked: the page that asks for the rest. ``of`` tells
    that page of which list the rows are, where it serves several.
    """

    label: str
    address: str
    of: str = ""


@dataclass(frozen=True)
class Picked:
    """One of the rows ticked, as people know it; ``closed`` says why it is not to be done here."""

    row: Any
    name: str
    link: str
    second: str = ""
    state: str = ""
    closed: str = ""
    seen: int | None = None  # the version the person had before him


@dataclass(frozen=True)
class Outcome:
    """What became of one row: done, or why not."""

    key: str
    name: str
    link: str
    done: bool
    words: str


def chosen(request: Request, listing: Listing) -> list[Any]:
    """The rows ticked on a list, or all of them where that was asked for; nobody gets a row that he
    does not see.
    """
    sent = request.POST if request.method == "POST" else request.GET
    whole = sent.get(WHOLE, "") if request.method != "POST" else ""
    asking = Asking(request.user, request.received_at, QueryDict(whole))
    asked = found(listing, asking)
    if whole:
        rows = asked.rows
    else:
        keys = [key for key in sent.getlist(ROW) if key.isdecimal() and len(key) < 19]
        everything = listing.rows(request.user, asking.on)
        rows = everything.filter(pk__in=keys[:AT_ONCE]).order_by(*asked.sort.order.terms())
    return list(asked.dressed(list(listing.related(rows)[:AT_ONCE])))


def each(picked: Iterable[Picked], act: Callable[[Picked], str]) -> list[Outcome]:
    """Every row through its own door: what one refuses does not hold up the others. ``act`` answers
    with what was done, in words.
    """
    return [_one(one, act) for one in picked]


def _one(one: Picked, act: Callable[[Picked], str]) -> Outcome:
    try:
        if one.closed:
            raise ValidationError(one.closed)
        done, words = True, act(one)
    except ValidationError as refusal:
        done, words = False, said(refusal)
    except PermissionDenied as refusal:
        done, words = False, str(refusal) or "不由本账号办理"
    return Outcome(str(one.row.pk), one.name, one.link, done, words)


def said(refusal: ValidationError) -> str:
    """A refusal in one line, each sentence once."""
    sentences: Sequence[str] = [text.rstrip("。；") for text in refusal.messages]
    return "；".join(dict.fromkeys(sentences))
