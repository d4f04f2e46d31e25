"""Who stands behind an act, and who had which part in a case before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db.models import Q

from registry.models import User
from registry.policy import StepKind
from tiers.models import Action, Application, Decision


def people_behind(by: User) -> set[int]:
    """Who acts: the person himself, and whoever he stands in for."""
    return {by.pk} | ({by.standing_in.giver_id} if by.standing_in else set())


class Prepared(Protocol):
    """A list or paper that one person prepares and another confirms."""

    @property
    def preparers(self) -> Any: ...


def prepared(held: Prepared | None, user: User) -> bool:
    """Whether this person, or whoever he stands in for, ever prepared it: another one confirms."""
    if held is None:
        return False
    return not people_behind(user).isdisjoint(held.preparers.values_list("pk", flat=True))


def recommended(cases: Iterable[Application], by: User) -> list[str]:
    """The numbers of those cases that this person recommended himself, in whoever's place."""
    people = people_behind(by)
    said = Decision.objects.filter(
        Q(by__in=people) | Q(on_behalf_of__in=people),
        application__in=[case.pk for case in cases],
        step=StepKind.RECOMMEND,
        action=Action.COMPLETE,
    )
    numbers = said.order_by("application__number").values_list("application__number", flat=True)
    return list(numbers.distinct())


def ensure_impartial(cases: Iterable[Application], by: User, doing: str) -> None:
    """Nobody decides what he recommended; ``doing`` says what he was about to do."""
    if own := recommended(cases, by):
        raise ValidationError(
            f"{'、'.join(own)} 由本人（或所代的人）推荐，不能再由本人{doing}，请由其他人员办理",
            code="recommended",
        )
