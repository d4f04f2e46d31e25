"""Lists as files: asked for on the list's own page, made at once or in the background, kept some
days for whoever asked.
"""

from reports.exports.asking import AT_ONCE, Wanted, ask, found_for, words_of
from reports.exports.catalogue import LISTINGS, Exported, opened_to
from reports.exports.details import DETAILS, page_of
from reports.exports.handing import Table, hand_over
from reports.exports.making import KEPT, forget, make, make_due
from reports.exports.taking import detail_of, still_open, take_out

__all__ = [
    "AT_ONCE",
    "DETAILS",
    "KEPT",
    "LISTINGS",
    "Exported",
    "Table",
    "Wanted",
    "ask",
    "detail_of",
    "forget",
    "found_for",
    "hand_over",
    "make",
    "make_due",
    "opened_to",
    "page_of",
    "still_open",
    "take_out",
    "words_of",
]
