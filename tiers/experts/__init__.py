"""专家评审: the pool, conflicts, the draw, declarations and marks, and what they come to."""

from tiers.experts.conflicts import decide as decide_avoidance
from tiers.experts.conflicts import inferred, may_request
from tiers.experts.conflicts import request as request_avoidance
from tiers.experts.marking import conclude, declare, give, save
from tiers.experts.panels import (
    cast,
    freeze,
    in_review,
    may_redraw,
    may_run,
    redraw,
    seats_open,
)
from tiers.experts.pool import (
    Profile,
    change,
    enter,
    fields_known,
    has_first_password,
    new_password,
    retire,
    serving,
    worked_for,
)
from tiers.experts.roll import Done, Listed, enter_many, judge, may_fill, rests, take_back
from tiers.experts.sheet import has_review, rule_of, sheet, sheet_of
from tiers.experts.summary import Line, open_points, summary

__all__ = [
    "Done",
    "Line",
    "Listed",
    "Profile",
    "cast",
    "change",
    "conclude",
    "decide_avoidance",
    "declare",
    "enter",
    "enter_many",
    "fields_known",
    "freeze",
    "give",
    "has_first_password",
    "has_review",
    "in_review",
    "inferred",
    "judge",
    "may_fill",
    "may_redraw",
    "may_request",
    "may_run",
    "new_password",
    "open_points",
    "redraw",
    "request_avoidance",
    "rests",
    "retire",
    "rule_of",
    "save",
    "seats_open",
    "serving",
    "sheet",
    "sheet_of",
    "summary",
    "take_back",
    "worked_for",
]
