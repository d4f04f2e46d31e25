"""Whom a bureau could put in: factories that are close to their next tier, and refused cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Max, Q

from registry import policy
from registry.access import SHANGHAI
from registry.models import Factory, User
from registry.policy import Tier
from tiers import trying
from tiers.library.gap import Gap
from tiers.models import Action, Application, Candidate, Decision
from tiers.trying import Judged

#: With so many open requirements a factory counts as close; no rule says how near is near.
NEAR = 5
#: Assessments and refusals older than this say little about today.
RECENT_DAYS = 730
REFUSED_DAYS = 365
#: Of so many factories at most, those assessed last.
LOOKED_AT = 300


@dataclass(frozen=True, eq=False)
class Suggestion:
    """A factory with the tier it is close to; ``refused_on`` where its case failed lately."""

    factory: Factory
    tier: Tier
    gap: Gap
    refused_on: date | None = None

    @property
    def why(self) -> str:
        if self.refused_on:
            return f"{self.refused_on:%Y-%m-%d} 申报未通过"
        if self.gap.is_closed:
            return "自评已达标，还没有申报"
        return "自评接近达标"


def suggestions(user: User, on: date) -> list[Suggestion]:
    """The nearest first; whoever stands in a library or has a case of that tier open is left
    out.
    """
    if user.authority is None:
        return []
    looked_at = _assessed_lately(user, on)
    present = policy.current(user.authority.province_code, on)
    cases = Application.objects.filter(factory__in=looked_at)
    open_ones = set(cases.open().values_list("factory", "tier"))
    refused = _refused(looked_at, on)
    found = []
    for one in trying.judged(Factory.objects.filter(pk__in=looked_at), present, present, on=on):
        tier = _next(one)
        if tier is None or one.assessment is None or (one.factory.pk, tier.value) in open_ones:
            continue
        gap = Gap(
            one.assessment,
            trying.upto(tier, one.tried.missed),
            trying.upto(tier, one.tried.unasked),
        )
        lately = refused.get((one.factory.pk, tier.value))
        if lately or gap.open <= NEAR:
            found.append(Suggestion(one.factory, tier, gap, lately))
    return sorted(found, key=lambda one: (one.gap.open, one.factory.name, one.factory.pk))


def _assessed_lately(user: User, on: date) -> list[int]:
    kept = Candidate.objects.standing().values("factory")
    since = datetime.combine(on - timedelta(days=RECENT_DAYS), time(), SHANGHAI)
    free = Factory.objects.visible_to(user).exclude(pk__in=kept)
    locked = free.annotate(last=Max("assessments__locked_at")).filter(last__gte=since)
    return list(locked.order_by("-last", "-pk").values_list("pk", flat=True)[:LOOKED_AT])


def _refused(factories: list[int], on: date) -> dict[tuple[int, str], date]:
    since = datetime.combine(on - timedelta(days=REFUSED_DAYS), time(), SHANGHAI)
    made = Decision.objects.filter(
        Q(application__status=Application.Status.REJECTED),
        application__factory__in=factories,
        action=Action.REJECT,
        at__gte=since,
    )
    rows = made.order_by("at").values_list("application__factory", "application__tier", "at")
    return {(factory, tier): at.astimezone(SHANGHAI).date() for factory, tier, at in rows}


def _next(one: Judged) -> Tier | None:
    """The tier above the one held; the lowest where none is held."""
    above = [tier for tier in Tier if not one.held or tier.rank > Tier(one.held.tier).rank]
    return above[0] if above else None
