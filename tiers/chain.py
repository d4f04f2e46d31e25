"""Where an application stands: the steps it passes, and the authority at whose step it waits."""

from __future__ import annotations

from registry import policy
from registry.access import OFFICERS
from registry.models import Authority, Factory, User
from registry.policy import LEVELS, Step, StepKind, Tier
from tiers.models import Application, Round


def steps_for(application: Application) -> tuple[Step, ...]:
    """The steps this application passes, in order. Steps below the level of the factory's own
    authority are left out: a reporting unit run directly by the province has no county beneath it.
    Where that leaves nobody to determine, the factory's own authority does.
    """
    named = steps_of(application.round)
    own = application.factory.authority.kind
    last = named[-1]
    steps = tuple(s for s in named if LEVELS.index(s.level) >= LEVELS.index(own))
    return steps or (Step(last.kind, own),)


def steps_of(batch: Round) -> tuple[Step, ...]:
    """The steps that the rules of a round name; for renewals they are fewer."""
    rule = policy.get(batch.policy).tiers[Tier(batch.tier)]
    return rule.renewal.steps if batch.is_renewal and rule.renewal else rule.steps


def office_of(application: Application, kind: StepKind) -> Authority | None:
    """The office at whose step of that kind the case waits, will wait, or has waited."""
    level = next((s.level for s in steps_for(application) if s.kind == kind), None)
    return authority_at(application.factory, level) if level else None


def current_step(application: Application) -> Step | None:
    """The step at which it waits; None when it waits nowhere."""
    here = (application.step, application.step_level)
    return next((s for s in steps_for(application) if (s.kind, s.level) == here), None)


def handling_authority(application: Application) -> Authority | None:
    """The authority at whose step it waits: the one of that level in the factory's chain."""
    if application.status != Application.Status.IN_PROGRESS:
        return None
    return authority_at(application.factory, application.step_level)


def at_desk(application: Application, user: User) -> bool:
    """Whether it waits at this officer's level and below his own authority."""
    return (
        user.role in OFFICERS
        and application.status == Application.Status.IN_PROGRESS
        and application.step_level == user.role
        and application.factory.authority.path.startswith(user.authority_path)
    )


def authority_at(factory: Factory, level: str) -> Authority | None:
    """The authority of a level in a factory's chain of responsibility."""
    authority: Authority | None = factory.authority
    while authority is not None and authority.kind != level:
        authority = authority.parent
    return authority
