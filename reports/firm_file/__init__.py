"""The one-firm file (一企一档): everything on record about a firm, by date, as of any day.

Nothing is kept here. Rows come through ``visible_to`` of whoever reads; each event carries the day
it happened and the day it came on record, so that the file of a past day holds what was known.
"""

from reports.firm_file.entries import LABELS, Entry, Reading, Topic
from reports.firm_file.standing import Held, Standing, standing
from reports.firm_file.whole import SOURCES, entries

__all__ = [
    "LABELS",
    "SOURCES",
    "Entry",
    "Held",
    "Reading",
    "Standing",
    "Topic",
    "entries",
    "standing",
]
