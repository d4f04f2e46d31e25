"""The holders of an older honour looked at again together (集中复核).

Where the rules say so, an office opens one campaign for all of them. Each assesses itself by the
conditions in force; the office puts down a finding for each, a second person confirms the list, and
all titles follow in one transaction under one document. Those that fail stay on record as such.
"""

from tiers.rereview.acts import Line, Plan, Word, extend, find, open_campaign, remind
from tiers.rereview.base import announced
from tiers.rereview.result import STALE, confirm, determine, publish
from tiers.rereview.table import (
    REACHED,
    STATES,
    UNASSESSED,
    Row,
    Subject,
    Table,
    may_handle,
    may_publish,
    of_firm,
    results,
    sees_findings,
    subjects,
    table,
)

__all__ = [
    "REACHED",
    "STALE",
    "STATES",
    "UNASSESSED",
    "Line",
    "Plan",
    "Row",
    "Subject",
    "Table",
    "Word",
    "announced",
    "confirm",
    "determine",
    "extend",
    "find",
    "may_handle",
    "may_publish",
    "of_firm",
    "open_campaign",
    "publish",
    "remind",
    "results",
    "sees_findings",
    "subjects",
    "table",
]
