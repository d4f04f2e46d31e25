"""Who had a part in a case, by what each act left behind: the one list for asking it both ways."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from registry.models import User
from tiers.models.applications import Decision
from tiers.models.determinations import Determination
from tiers.models.experts import ReviewOpinion
from tiers.models.formal_checks import FormalAnswer
from tiers.models.inspections import Inspection, InspectionPhoto
from tiers.models.meetings import MeetingItem
from tiers.models.quotas import Recommendation
from tiers.models.verifications import Verification

#: Rows, the way from them to their case, and the ways to whoever had a hand in them.
PARTS: tuple[tuple[type[models.Model], str, tuple[str, ...]], ...] = (
    (Decision, "application", ("by", "on_behalf_of")),
    (Recommendation, "application", ("by",)),
    (FormalAnswer, "application", ("by",)),
    (Verification, "application", ("by",)),
    (ReviewOpinion, "application", ("by",)),
    (Inspection, "application", ("signed_by",)),
    (InspectionPhoto, "inspection__application", ("added_by",)),
    (
        MeetingItem,
        "application",
        ("by", "meeting__preparers", "meeting__confirmed_by", "meeting__released_by"),
    ),
    (Determination, "cases", ("preparers", "confirmed_by", "issued_by")),
)


def handled_by(user: User) -> Q:
    """Cases in which this very person had a part, as a condition on ``application``; a site check
    names its team in words, so that his name in it counts.
    """
    found = Q()
    for model, case, hands in PARTS:
        own = Q(*((hand, user.pk) for hand in hands), _connector=Q.OR)
        rows = model._default_manager.filter(own, **{f"{case}__isnull": False})
        found |= Q(application__in=rows.values(case))
    if user.name:
        teams = Inspection.objects.filter(team__contains=user.name)
        found |= Q(application__in=teams.values("application"))
    return found


def handlers_of(cases: Iterable[int]) -> dict[int, tuple[set[int], str]]:
    """For each of these cases the people who had a part in it, and the teams of its site checks."""
    wanted = list(cases)
    people: dict[int, set[int]] = {pk: set() for pk in wanted}
    for model, case, hands in PARTS:
        rows: Any = model._default_manager.filter(**{f"{case}__in": wanted})
        for pk, *found in rows.values_list(case, *hands):
            if pk in people:
                people[pk] |= {one for one in found if one}
    teams: dict[int, list[str]] = {}
    for pk, team in Inspection.objects.filter(application__in=wanted).values_list(
        "application", "team"
    ):
        teams.setdefault(pk, []).append(team)
    return {pk: (people[pk], "、".join(teams.get(pk, []))) for pk in wanted}
