"""What an application was sent back for, item by item, and each bureau's own reasons for it."""

from __future__ import annotations

from typing import Self

from django.db import models

from assessments.models import Evidence
from registry.access import OFFICERS, ScopedQuerySet
from registry.models import Authority, User
from tiers.models.applications import Decision


class ReturnItemQuerySet(ScopedQuerySet):
    enterprise_lookup = "decision__application__factory__enterprise"
    authority_lookup = "decision__application__factory__authority"

    def unanswered(self) -> Self:
        return self.filter(answered_at__isnull=True)


class ReturnItem(models.Model):
    """One thing to mend: where it stands, why it came back, and what the firm says to it.

    ``target`` is an item of the standard, ``enterprise.<fact>`` or ``factory.<fact>``; a file is
    the item it proves and the file itself. The label and the reason are kept as they were written.
    """

    class Kind(models.TextChoices):
        CONDITION = "condition", "要素条件"
        FIELD = "field", "填报内容"
        EVIDENCE = "evidence", "佐证材料"

    class Outcome(models.TextChoices):
        CHANGED = "changed", "已修改"
        KEPT = "kept", "没有修改"

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="items")
    target_kind = models.CharField("退回对象类别", max_length=12, choices=Kind.choices)
    target = models.CharField("退回对象", max_length=60)
    evidence = models.ForeignKey(
        Evidence, models.PROTECT, null=True, blank=True, related_name="return_items"
    )
    label = models.CharField("退回对象名称", max_length=300)
    reason = models.CharField("理由", max_length=40)
    text = models.CharField("说明", max_length=500)
    outcome = models.CharField("答复", max_length=8, choices=Outcome.choices, blank=True)
    answer = models.CharField("答复说明", max_length=500, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    objects = ReturnItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "退回事项"
        indexes = [models.Index(fields=("reason",), name="return_item_reason")]
        constraints = [
            models.CheckConstraint(
                name="return_item_answered_with_an_outcome",
                condition=models.Q(answered_at__isnull=True, outcome="")
                | models.Q(answered_at__isnull=False) & ~models.Q(outcome=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.label}：{self.reason}"


class ReturnReasonQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """The bureau's own words are its own: no office above or below reads them here."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.filter(authority=user.authority_id)


class ReturnReason(models.Model):
    """A bureau's own reason, or its own text for one that the portal ships, or that it left out."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="return_reasons")
    name = models.CharField("理由", max_length=40)
    text = models.CharField("说明", max_length=500)
    retired_at = models.DateTimeField("停用时间", null=True, blank=True)
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField("修改时间")

    objects = ReturnReasonQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "退回理由"
        constraints = [
            models.UniqueConstraint(
                fields=("authority", "name"), name="return_reason_once_per_authority"
            )
        ]

    def __str__(self) -> str:
        return self.name
