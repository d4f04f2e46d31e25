"""Titles that follow from honours (对应认定): who could get one and why not, the act, and its loss.

The rules say which honour gives which tier, on what terms and by whose word. Where nothing is left
to judge, the night lists the factory; everywhere else an officer does, after the check that the
rules ask for. An honour gives each tier at most once.
"""

from tiers.derivation.acts import check, derive, give, grant, lose_honour, rules_on_loss
from tiers.derivation.candidates import (
    Candidate,
    candidates,
    derives,
    may_check,
    may_grant,
    office_at,
)

__all__ = [
    "Candidate",
    "candidates",
    "check",
    "derive",
    "derives",
    "give",
    "grant",
    "lose_honour",
    "may_check",
    "may_grant",
    "office_at",
    "rules_on_loss",
]
