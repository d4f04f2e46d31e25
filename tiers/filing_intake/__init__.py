"""The list of determinations that an office sends as a workbook (基础级备案清单): its columns, what
is wrong with a row, taking it over, and taking that back.
"""

from tiers.filing_intake.acts import apply
from tiers.filing_intake.check import check, outlook
from tiers.filing_intake.columns import PERSONAL, SHOWN, fields, may_send
from tiers.filing_intake.undoing import holds, undo

__all__ = ["PERSONAL", "SHOWN", "apply", "check", "fields", "holds", "may_send", "outlook", "undo"]
