"""Renewals of titles: which title, from which assessment, and what the firm said to each item."""

from __future__ import annotations

from django.db import models

from assessments.models import Assessment
from registry.models import User
from tiers.models.applications import Application
from tiers.models.certifications import Certification


class Renewal(models.Model):
    """What makes an application a renewal: the title it renews, and the assessment as of then, with
    which the present one is compared; none where the title came without one.
    """

    application = models.OneToOneField(Application, models.PROTECT, related_name="renewal")
    title = models.ForeignKey(Certification, models.PROTECT, related_name="renewals")
    base = models.ForeignKey(Assessment, models.PROTECT, null=True, related_name="+")
    late_reason = models.CharField("逾期原因", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "到期复核"

    def __str__(self) -> str:
        return f"{self.title}复核"


class RenewalMark(models.Model):
    """What the firm said to one item: nothing has changed, or something has."""

    renewal = models.ForeignKey(Renewal, models.PROTECT, related_name="marks")
    item = models.CharField("条目", max_length=60)
    same = models.BooleanField("无变化")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "逐项复核"
        constraints = [
            models.UniqueConstraint(fields=("renewal", "item"), name="renewal_mark_once_per_item")
        ]

    def __str__(self) -> str:
        return self.item
