"""The cultivation library (培育库): candidates of a bureau, its work for them, how far they are.

The one place to import from; inside, a module per concern. Not to be taken for 培育对象, the
ministries' candidates of the leading tier (``tiers.cultivation``).
"""

from tiers.library.acts import (
    AHEAD,
    Aim,
    Entered,
    change,
    drop,
    enter,
    enter_all,
    hand_over,
    keepers_of,
    may_enter,
    may_work,
    note,
)
from tiers.library.funnel import BY, Line, lines
from tiers.library.gap import Gap, Plan, gap_of, gaps_of, plan_of
from tiers.library.night import leave, release, remind, take_in
from tiers.library.suggestions import NEAR, Suggestion, suggestions

__all__ = [
    "AHEAD",
    "BY",
    "NEAR",
    "Aim",
    "Entered",
    "Gap",
    "Line",
    "Plan",
    "Suggestion",
    "change",
    "drop",
    "enter",
    "enter_all",
    "gap_of",
    "gaps_of",
    "hand_over",
    "keepers_of",
    "leave",
    "lines",
    "may_enter",
    "may_work",
    "note",
    "plan_of",
    "release",
    "remind",
    "suggestions",
    "take_in",
]
