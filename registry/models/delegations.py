"""Delegations (委托办理): an officer who will be away names who acts in his place, and for what."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from registry.access import OFFICERS, Duty, ScopedQuerySet
from registry.models.people import User
from registry.models.places import Authority
from registry.policy import Tier


class DelegationQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """The two it concerns, and the officers of the giver's office and of those above it."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        below = Q(authority__path__startswith=user.authority_path)
        return self.filter(Q(giver=user.pk) | Q(stand_in=user.pk) | below)

    def standing(self) -> Self:
        return self.filter(revoked_at__isnull=True)

    def overlapping(self, from_on: date, until_on: date) -> Self:
        return self.standing().filter(from_on__lte=until_on, until_on__gte=from_on)


class Delegation(models.Model):
    """One officer's duties in another's hands for some days. Changed by ``registry.delegation``."""

    giver = models.ForeignKey(
        User, models.PROTECT, related_name="delegations_given", verbose_name="委托人"
    )
    stand_in = models.ForeignKey(
        User, models.PROTECT, related_name="delegations_taken", verbose_name="代办人"
    )
    # The giver's office when he gave it: should he leave that office, the delegation lapses.
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="委托人部门"
    )
    from_on = models.DateField("开始日期")
    until_on = models.DateField("结束日期")
    duties = models.JSONField("可代办事项", default=list)
    tiers = models.JSONField("限于等级", default=list)  # empty: every tier
    reason = models.CharField("委托原因", max_length=200)
    given_at = models.DateTimeField("委托时间")
    revoked_at = models.DateTimeField("终止时间", null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "委托办理"
        constraints = [
            models.CheckConstraint(
                name="delegation_ends_after_it_begins", condition=Q(until_on__gte=F("from_on"))
            ),
            models.CheckConstraint(
                name="delegation_to_somebody_else", condition=~Q(giver=F("stand_in"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority} {self.from_on:%Y-%m-%d} 至 {self.until_on:%Y-%m-%d}"

    def covers(self, duty: str, tier: str = "") -> bool:
        """Whether it lets the stand-in do this, for this tier where one is named."""
        return duty in self.duties and (not tier or not self.tiers or tier in self.tiers)

    def runs_on(self, on: date) -> bool:
        return self.revoked_at is None and self.from_on <= on <= self.until_on

    @property
    def duty_names(self) -> str:
        return "、".join(str(Duty(one).label) for one in self.duties)

    @property
    def tier_names(self) -> str:
        return "、".join(Tier(one).label for one in self.tiers) or "各等级"
