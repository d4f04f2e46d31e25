"""What an office put beside a firm's own values (复核): its value, remark, the agreed value."""

from __future__ import annotations

from typing import Self

from django.db import models

from registry.access import Role, ScopedQuerySet
from registry.models import User
from tiers.models.applications import Application

Status = Application.Status


class VerificationQuerySet(ScopedQuerySet):
    enterprise_lookup = "application__factory__enterprise"
    authority_lookup = "application__factory__authority"

    def of_enterprise(self, enterprise_id: int) -> Self:
        """While an office is at work its values are its own; the firm reads what came of them."""
        found = super().of_enterprise(enterprise_id)
        return found.filter(application__status__in=Verification.SHOWN_TO_FIRM)


class Verification(models.Model):
    """One level's word on one thing the firm stated, with the statement as it stood then.

    ``digest`` is that of the statement checked: once the firm states something else, the word no
    longer counts. A word taken back keeps its row with an empty ``value``, and its version.
    """

    SHOWN_TO_FIRM = (Status.RETURNED, Status.CERTIFIED, Status.REJECTED)

    application = models.ForeignKey(Application, models.PROTECT, related_name="verifications")
    item = models.CharField("复核项", max_length=70)
    level = models.CharField("层级", max_length=12, choices=Role.choices)
    own = models.CharField("自评值", max_length=40)
    digest = models.CharField("自评内容摘要", max_length=64)
    value = models.CharField("复核值", max_length=40, blank=True)
    agreed = models.CharField("一致意见", max_length=40, blank=True)
    comment = models.TextField("复核意见", max_length=500, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("复核人", max_length=90)
    place_name = models.CharField("复核单位", max_length=120)
    at = models.DateTimeField("时间")
    version = models.PositiveIntegerField("版本", default=1)

    objects = VerificationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "复核"
        constraints = [
            models.UniqueConstraint(
                fields=("application", "item", "level"), name="verification_once_per_item_and_level"
            ),
            models.CheckConstraint(
                name="verification_agrees_on_a_value",
                condition=~models.Q(value="") | models.Q(agreed="", comment=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.value}"
