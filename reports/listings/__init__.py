"""The lists of this app, each described once for its page, its exports and its saved views."""

from reports.listings.annual import ANNUAL
from reports.listings.figures import ASSESSED_ROWS, CASE_ROWS, TITLE_ROWS
from reports.listings.records import BATCHES, EXPORTS, SUMMARIES

__all__ = [
    "ANNUAL",
    "ASSESSED_ROWS",
    "BATCHES",
    "CASE_ROWS",
    "EXPORTS",
    "SUMMARIES",
    "TITLE_ROWS",
]
