"""Departments asked about a case (征求意见): sent, answered, reminded, waived, and a bar lifted.

What is sent is frozen; a department never sees anything else of a case. A 有意见 that names an
event of veto bars the case until the province lifts it with a reason.
"""

from tiers.consultation.answers import GROUND_LENGTH, Answer, answer
from tiers.consultation.conduct import attach, close, lift, remind, send, waive
from tiers.consultation.questions import (
    at_step,
    content_of,
    current,
    default_due,
    departments,
    due_under,
    files_of,
    latest,
    may_conduct,
    may_reply,
    open_points,
    standing_vetoes,
    standing_vetoes_of,
    state_of,
    veto_name,
)

__all__ = [
    "GROUND_LENGTH",
    "Answer",
    "answer",
    "at_step",
    "attach",
    "close",
    "content_of",
    "current",
    "default_due",
    "departments",
    "due_under",
    "files_of",
    "latest",
    "lift",
    "may_conduct",
    "may_reply",
    "open_points",
    "remind",
    "send",
    "standing_vetoes",
    "standing_vetoes_of",
    "state_of",
    "veto_name",
    "waive",
]
