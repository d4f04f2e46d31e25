"""The lists of this app, each described once for its page, its exports and its saved views."""

from tiers.listings.firms import CHANGES, CHECKS, EXPERTS, HONOURS
from tiers.listings.library import CANDIDATES
from tiers.listings.titles import CASES, OWN_CASES, ROUNDS, TITLES

__all__ = [
    "CANDIDATES",
    "CASES",
    "CHANGES",
    "CHECKS",
    "EXPERTS",
    "HONOURS",
    "OWN_CASES",
    "ROUNDS",
    "TITLES",
]
