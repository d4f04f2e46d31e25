"""Reminders that a case waits too long (催办)."""

from __future__ import annotations

from typing import Self

from django.db import models

from registry.access import ScopedQuerySet
from registry.models import User
from tiers.models.applications import Application


class UrgingQuerySet(ScopedQuerySet):
    enterprise_lookup = "application__factory__enterprise"
    authority_lookup = "application__factory__authority"

    def shown_to_officers(self) -> Self:
        return self.exclude(application__first_submitted_at__isnull=True)


class Urging(models.Model):
    """One reminder to the office at whose step a case waits, by the firm or by a level above it.
    Written by ``tiers.urging.urge``.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="urgings")
    step = models.CharField("环节", max_length=12)
    step_level = models.CharField("层级", max_length=12)
    # The role of whoever urged: each side has its own count.
    side = models.CharField("催办方", max_length=12)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("催办人", max_length=40)
    place_name = models.CharField("催办单位", max_length=120)
    note = models.CharField("催办说明", max_length=200, blank=True)
    on = models.DateField("日期")
    at = models.DateTimeField("时间")

    objects = UrgingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "催办"
        constraints = [
            models.UniqueConstraint(
                fields=("application", "side", "on"), name="urging_once_a_day_per_side"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.on}"
