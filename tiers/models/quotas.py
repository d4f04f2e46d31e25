"""Places in a round (名额): how many each recommending unit has, and which cases take them."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, ScopedQuerySet
from registry.models import Authority, User
from tiers.models.applications import Application
from tiers.models.rounds import Round


class QuotaQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """Places are business of offices: each sees its own and those of the units below it."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.below(user.authority_path)


class Quota(models.Model):
    """How many cases one unit may recommend in a round. Changed by ``tiers.quota.allot``."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="quotas", verbose_name="批次")
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="quotas", verbose_name="推荐单位"
    )
    places = models.PositiveSmallIntegerField("名额")

    objects = QuotaQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推荐名额"
        constraints = [
            models.UniqueConstraint(fields=("round", "authority"), name="quota_one_per_unit")
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.authority} {self.places}"


class RecommendationQuerySet(ScopedQuerySet):
    enterprise_lookup = "application__factory__enterprise"

    def visible_to(self, user: User) -> Self:
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.below(user.authority_path)

    def standing(self) -> Self:
        """Those that still hold their place."""
        return self.filter(released_at__isnull=True)

    def in_order(self) -> Self:
        return self.order_by("rank", "pk")


class Recommendation(models.Model):
    """A case that a unit has put forward in a round, with its place in the unit's order."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="recommendations")
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="recommendations", verbose_name="申报"
    )
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="recommendations", verbose_name="推荐单位"
    )
    rank = models.PositiveSmallIntegerField("推荐次序")
    # One of the round's kinds that do not count; "" where the case takes a place.
    off_quota = models.CharField("不占名额类别", max_length=60, blank=True)
    ground = models.CharField("不占名额的依据", max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("经办人", max_length=90)
    at = models.DateTimeField("推荐时间")
    released_at = models.DateTimeField("让出时间", null=True, blank=True)
    release_reason = models.CharField("让出原因", max_length=200, blank=True)

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推荐"
        constraints = [
            models.UniqueConstraint(
                fields=("application",),
                condition=Q(released_at__isnull=True),
                name="recommendation_one_standing_per_case",
            )
        ]
        indexes = [models.Index(fields=("round", "authority", "rank"), name="recommendation_order")]

    def __str__(self) -> str:
        return f"{self.application} {self.rank}"
