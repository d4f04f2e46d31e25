"""Workbooks that offices send in (导入): sent, checked, tried, taken over in one act, undone.

The engine knows no meaning: what a row says, and through which doors it is taken over, is a
``Kind``'s, whose rules live in the app that owns the concept.
"""

from reports.intake.acts import (
    AT_ONCE,
    SENT_BEFORE,
    allowed,
    drop,
    explain,
    kinds_for,
    order,
    undo,
    upload,
)
from reports.intake.catalogue import KINDS
from reports.intake.kinds import Ask, Kind
from reports.intake.store import problems_of
from reports.intake.worker import hindrances, run, work

__all__ = [
    "AT_ONCE",
    "KINDS",
    "SENT_BEFORE",
    "Ask",
    "Kind",
    "allowed",
    "drop",
    "explain",
    "hindrances",
    "kinds_for",
    "order",
    "problems_of",
    "run",
    "undo",
    "upload",
    "work",
]
