"""Annual reports of factories: who owes one, what it says, who accepts it, what is late.

The one place to import from; inside, a module per concern.
"""

from reports.annual.acts import (
    Remark,
    Reply,
    accept,
    add_file,
    may_decide,
    may_fill,
    may_submit,
    remove_file,
    save,
    send_back,
    standing,
    submit,
)
from reports.annual.checks import Doubt, doubts, gaps, unexplained
from reports.annual.content import (
    CHANGES,
    FIGURES,
    PARTS,
    TEXTS,
    Before,
    Line,
    before,
    kpis_of,
    lines,
    scenarios_of,
    start,
)
from reports.annual.missed import Missed, seen_by
from reports.annual.opening import (
    acceptor,
    follow,
    may_open,
    open_due,
    open_year,
    rule_of,
    years_to_open,
)
from reports.annual.reminders import remind

__all__ = [
    "CHANGES",
    "FIGURES",
    "PARTS",
    "TEXTS",
    "Before",
    "Doubt",
    "Line",
    "Missed",
    "Remark",
    "Reply",
    "accept",
    "acceptor",
    "add_file",
    "before",
    "doubts",
    "follow",
    "gaps",
    "kpis_of",
    "lines",
    "may_decide",
    "may_fill",
    "may_open",
    "may_submit",
    "open_due",
    "open_year",
    "remind",
    "remove_file",
    "rule_of",
    "save",
    "scenarios_of",
    "seen_by",
    "send_back",
    "standing",
    "start",
    "submit",
    "unexplained",
    "years_to_open",
]
