"""The summary of a year (年度总结): its figures come from the register and are never typed.

An office writes its words, one person prepares and another signs. The offices below sign first, the
office above adds them up; a signed level is frozen, and what the register says later stands beside
it as a correction.
"""

from reports.summaries.acts import (
    attach,
    detach,
    facts,
    is_prepared,
    may_edit,
    may_handle,
    may_send_back,
    office_above,
    prepare,
    send_back,
    sign,
    stops,
    write,
)
from reports.summaries.content import (
    OWN,
    SECTIONS,
    Content,
    Correction,
    Line,
    Unit,
    changed_units,
    corrections,
    figures_of,
    now,
    shown,
    signed,
    units_of,
)
from reports.summaries.figures import BY_KEY, FIGURES, Figure
from reports.summaries.night import OVERDUE, open_year, open_years, remind

__all__ = [
    "BY_KEY",
    "FIGURES",
    "OVERDUE",
    "OWN",
    "SECTIONS",
    "Content",
    "Correction",
    "Figure",
    "Line",
    "Unit",
    "attach",
    "changed_units",
    "corrections",
    "detach",
    "facts",
    "figures_of",
    "is_prepared",
    "may_edit",
    "may_handle",
    "may_send_back",
    "now",
    "office_above",
    "open_year",
    "open_years",
    "prepare",
    "remind",
    "send_back",
    "shown",
    "sign",
    "signed",
    "stops",
    "units_of",
    "write",
]
