"""The targets of a province's plan: how far they are reached, what is on its way, what runs out.

A factory counts for a target if it holds that tier or a higher one in force (a factory once).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry import policy
from registry.models import User
from registry.policy import Tier
from registry.workdays import years_later
from reports import titles
from reports.titles import Cell
from tiers.models import Application


@dataclass(frozen=True)
class Target:
    """One target with what speaks for and against reaching it by the last day of ``year``."""

    tier: Tier
    year: int
    wanted: int
    reached: Cell
    a_year_ago: Cell
    pipeline: Cell
    ending: Cell

    @property
    def share(self) -> float:
        return self.reached.count / self.wanted if self.wanted else 1.0

    @property
    def missing(self) -> int:
        return max(0, self.wanted - self.reached.count)

    @property
    def net_growth(self) -> int:
        """How many factories more than twelve months ago."""
        return self.reached.count - self.a_year_ago.count

    def at_this_pace(self, on: date) -> int:
        """What twelve months like the last would make of it by the end of the year."""
        months = max(0, (self.year - on.year) * 12 + 12 - on.month)
        return max(0, self.reached.count + int(self.net_growth * months / 12))


def targets(user: User, on: date) -> list[Target]:
    """The targets of the rules of the officer's province on a day; none where they set none."""
    if user.authority is None:
        return []
    rules = policy.current(user.authority.province_code, on)
    if rules.plan_year is None:
        return []
    return [
        _target(user, tier, wanted, rules.plan_year, on)
        for tier, wanted in rules.plan_targets.items()
    ]


def _target(user: User, tier: Tier, wanted: int, year: int, on: date) -> Target:
    seen = titles.of(user, on)
    held = titles.at_least(seen, tier, on)
    before = years_later(on, -1)
    end = date(year, 12, 31)
    open_cases = Application.objects.visible_to(user).filter(
        tier=tier, status=Application.Status.IN_PROGRESS
    )
    asked = {"at_least": tier.value, "on": str(on)}
    return Target(
        tier=tier,
        year=year,
        wanted=wanted,
        reached=Cell(held.count(), asked),
        a_year_ago=Cell(
            titles.at_least(titles.of(user, before), tier, before).count(),
            {"at_least": tier.value, "on": str(before)},
        ),
        pipeline=Cell(
            open_cases.count(),
            {"tab": "all", "tier": tier.value, "status": Application.Status.IN_PROGRESS.value},
        ),
        ending=Cell(titles.ending_by(held, end).count(), asked | {"ends_by": str(end)}),
    )
