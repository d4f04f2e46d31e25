"""Lists as files: asked for on the list's own page, made at once or in the background, kept some
days for whoever asked.
"""

from reports.exports.asking import AT_ONCE, Wanted, ask, found_for, words_of
from reports.exports.catalogue import LISTINGS, Exported, opened_to
from reports.exports.making import KEPT, forget, make, make_due

__all__ = [
    "AT_ONCE",
    "KEPT",
    "LISTINGS",
    "Exported",
    "Wanted",
    "ask",
    "forget",
    "found_for",
    "make",
    "make_due",
    "opened_to",
    "words_of",
]
