"""The lists of this app, each described once for its page, its exports and its saved views."""

from tiers.listings.filing import FILING_ENTRIES, FILING_LISTS
from tiers.listings.firms import CHANGES, CHECKS, EXPERTS, HONOURS
from tiers.listings.library import CANDIDATES
from tiers.listings.papers import (
    DELISTINGS,
    DETERMINATIONS,
    FORMER_TITLES,
    NOTICES,
    REREVIEW_ITEMS,
    REREVIEWS,
)
from tiers.listings.titles import CASES, OWN_CASES, ROUNDS, TITLES

__all__ = [
    "CANDIDATES",
    "CASES",
    "CHANGES",
    "CHECKS",
    "DELISTINGS",
    "DETERMINATIONS",
    "EXPERTS",
    "FILING_ENTRIES",
    "FILING_LISTS",
    "FORMER_TITLES",
    "HONOURS",
    "NOTICES",
    "OWN_CASES",
    "REREVIEWS",
    "REREVIEW_ITEMS",
    "ROUNDS",
    "TITLES",
]
