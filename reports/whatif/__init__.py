"""Trying other rules (试算): who would keep, lose or gain a tier under an edition of the
conditions, or a rule file, that is not in force.

Nothing of the register is written: what is tried stands in the address of the page, and its outcome
is worked out from what is there. Its workbook is put down as taken out by whoever hands it over.
"""

from reports.whatif.outcomes import Case, Outcome, Reason, cases_of, compared
from reports.whatif.tables import Asked, ByCondition, Picture, asked_of, names_of, narrowed, picture
from reports.whatif.trial import Trial, changes, of_edition, of_profile, packed, unpacked
from reports.whatif.workbook import LISTED, workbook

__all__ = [
    "LISTED",
    "Asked",
    "ByCondition",
    "Case",
    "Outcome",
    "Picture",
    "Reason",
    "Trial",
    "asked_of",
    "cases_of",
    "changes",
    "compared",
    "names_of",
    "narrowed",
    "of_edition",
    "of_profile",
    "packed",
    "picture",
    "unpacked",
    "workbook",
]
