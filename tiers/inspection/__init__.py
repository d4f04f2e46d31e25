"""Site checks (现场核查) of a round: who is visited, by whom and when, what was found, and the
signature after which nothing of it changes.

What is found item by item is put beside the firm's own values by ``tiers.verification``; here it is
frozen at the signature. A case that comes back after a visit is visited again.
"""

from tiers.inspection.selection import draw, name
from tiers.inspection.visit import add_photo, plan, remove_photo, sign
from tiers.inspection.visits import (
    Visit,
    current,
    may_arrange,
    may_fill_in,
    open_points,
    share,
    shown_to,
    visits,
    waiting,
)

__all__ = [
    "Visit",
    "add_photo",
    "current",
    "draw",
    "may_arrange",
    "may_fill_in",
    "name",
    "open_points",
    "plan",
    "remove_photo",
    "share",
    "shown_to",
    "sign",
    "visits",
    "waiting",
]
