"""Upward (推荐上报): the ministries' places, whom the province recommends, what they decided.

Questions, and acts on its own records; the cases themselves are moved by ``tiers.reporting``.
"""

from tiers.upward.lists import (
    BATCHED,
    REASON_LIMIT,
    STALE,
    STEP_OF,
    WORDS,
    Row,
    Table,
    Word,
    bars_rejection,
    holds,
    kind_at,
    may_handle,
    open_points,
    prepare,
    settle,
    table,
)
from tiers.upward.paper import Contact, contacts, contacts_of, freeze, letter
from tiers.upward.places import Places, hints, issuer, notice_of, places_of, set_places

__all__ = [
    "BATCHED",
    "REASON_LIMIT",
    "STALE",
    "STEP_OF",
    "WORDS",
    "Contact",
    "Places",
    "Row",
    "Table",
    "Word",
    "bars_rejection",
    "contacts",
    "contacts_of",
    "freeze",
    "hints",
    "holds",
    "issuer",
    "kind_at",
    "letter",
    "may_handle",
    "notice_of",
    "open_points",
    "places_of",
    "prepare",
    "set_places",
    "settle",
    "table",
]
