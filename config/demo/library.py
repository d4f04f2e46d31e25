"""The part of the demo world in which a city and one of its counties keep a cultivation library:
candidates at every stage, visits, a contact that is overdue, one that was given up.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from assessments import assessment as self_assessment
from registry.models import Authority, Factory, User
from registry.policy import Tier
from tiers import library
from tiers.library import Aim
from tiers.models import Candidate

if TYPE_CHECKING:
    from config.demo.world import Firm, World

Row = dict[str, Any]


def run(world: World, firms: list[Firm]) -> None:
    by_name = {firm.name: firm for firm in firms}
    for row in world.data.get("library", []):
        firm = by_name[row["firm"]]
        by = world.officer_at(Authority.objects.get(code=row["office"]))
        for measure in row.get("measures", []):
            _plan(world, firm, measure, days_ago=row["days_ago"] + 20)
        one = _enter(world, Factory.objects.get(pk=firm.factory.pk), row, by)
        for step in row.get("steps", []):
            _note(world, one, step, by)
        if dropped := row.get("dropped"):
            at = _moment(world, dropped["days_ago"])
            library.drop(one, reason=dropped["reason"], by=by, at=at)


def _plan(world: World, firm: Firm, told: Row, *, days_ago: int) -> None:
    """The firm's own measures, before the bureau took it up."""
    due_on = world.today + timedelta(days=told["due_in"])
    fields = {key: value for key, value in told.items() if key != "due_in"}
    fields["due_on"] = due_on
    at = _moment(world, days_ago)
    self_assessment.save_measure(firm.factory, fields, by=firm.user, at=at)


def _enter(world: World, factory: Factory, row: Row, by: User) -> Candidate:
    at = _moment(world, row["days_ago"])
    contact_in = row.get("contact_in")
    aim = Aim(
        Tier(row["tier"]),
        world.today.year + row["ahead"],
        owner=by,
        next_contact_on=world.today + timedelta(days=contact_in) if contact_in else None,
        note=row.get("note", ""),
    )
    source = Candidate.Source(row.get("source", Candidate.Source.HAND))
    return library.enter(factory, aim, source=source, by=by, at=at)


def _note(world: World, one: Candidate, step: Row, by: User) -> None:
    at, contact_in = _moment(world, step["days_ago"]), step.get("contact_in")
    library.note(
        one,
        kind=step["kind"],
        done_on=at.date(),
        content=step["content"],
        next_step=step.get("next", ""),
        next_contact_on=world.today + timedelta(days=contact_in) if contact_in else None,
        by=by,
        at=at,
    )


def _moment(world: World, days_ago: int) -> datetime:
    return world.at(days_ago, 15)
