"""Supervision of titles in force (监督抽查): who is inspected is drawn, what was found is signed,
what is to be mended has a day, and is looked at again.

An inspection ends no title by itself: one found unfit is suspended or revoked on its own page.
"""

from tiers.supervision.checks import (
    Finding,
    Record,
    add_file,
    answer,
    items_of,
    may_answer,
    may_recheck,
    may_record,
    recheck,
    record,
    remove_file,
    sign,
)
from tiers.supervision.night import remind
from tiers.supervision.sample import (
    Waiting,
    assign,
    draw,
    inspectors,
    may_manage,
    tiers_of,
    waiting,
)

__all__ = [
    "Finding",
    "Record",
    "Waiting",
    "add_file",
    "answer",
    "assign",
    "draw",
    "inspectors",
    "items_of",
    "may_answer",
    "may_manage",
    "may_recheck",
    "may_record",
    "recheck",
    "record",
    "remind",
    "remove_file",
    "sign",
    "tiers_of",
    "waiting",
]
