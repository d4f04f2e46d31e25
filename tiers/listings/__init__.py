"""The lists of this app, each described once for its page, its exports and its saved views."""

from tiers.listings.consultations import CONSULTATIONS
from tiers.listings.delistings import DELISTING_DOCUMENTS, DELISTINGS
from tiers.listings.filing import FILING_ENTRIES, FILING_LISTS
from tiers.listings.firms import CHANGES, CHECKS, EXPERTS, HONOURS
from tiers.listings.groups import GROUP_FACTORIES, GROUP_LISTS
from tiers.listings.library import CANDIDATES
from tiers.listings.published import DETERMINATIONS, NOTICES, OBJECTIONS
from tiers.listings.rereviews import FORMER_TITLES, REREVIEW_ITEMS, REREVIEWS
from tiers.listings.titles import CASES, OWN_CASES, ROUNDS, TITLES

__all__ = [
    "CANDIDATES",
    "CASES",
    "CHANGES",
    "CHECKS",
    "CONSULTATIONS",
    "DELISTINGS",
    "DELISTING_DOCUMENTS",
    "DETERMINATIONS",
    "EXPERTS",
    "FILING_ENTRIES",
    "FILING_LISTS",
    "FORMER_TITLES",
    "GROUP_FACTORIES",
    "GROUP_LISTS",
    "HONOURS",
    "NOTICES",
    "OBJECTIONS",
    "OWN_CASES",
    "REREVIEWS",
    "REREVIEW_ITEMS",
    "ROUNDS",
    "TITLES",
]
