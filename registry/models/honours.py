"""What an enterprise holds or has had happen: honours (既有称号) and veto events."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from registry.access import ScopedQuerySet
from registry.models.enterprises import Enterprise, Factory
from registry.models.people import User


class HonourQuerySet(ScopedQuerySet):
    enterprise_lookup = "enterprise"
    authority_lookup = "enterprise__authority"

    def below(self, path: str) -> HonourQuerySet:
        return self.filter(enterprise__in=Enterprise.objects.below(path))

    def standing(self) -> HonourQuerySet:
        """Honours that an office has verified and nobody has withdrawn."""
        return self.filter(verified_at__isnull=False, withdrawn_on__isnull=True)


class Honour(models.Model):
    """A title from an older or parallel scheme (既有称号), with the document that gave it."""

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="honours", verbose_name="企业"
    )
    factory = models.ForeignKey(
        Factory, models.PROTECT, null=True, blank=True, related_name="honours", verbose_name="工厂"
    )
    kind = models.CharField("称号", max_length=60)
    document_no = models.CharField("文号", max_length=80)
    awarded_on = models.DateField("授予日期")
    note = models.CharField("说明", max_length=200, blank=True)
    # The list it came in with, where it was not entered by hand.
    source = models.CharField("来源", max_length=200, blank=True)
    # What a firm says of itself gives no title: an office of the honour's own level verifies it.
    verified_at = models.DateTimeField("核实时间", null=True, blank=True)
    verified_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_on = models.DateField("取消日期", null=True, blank=True)
    withdrawal_document_no = models.CharField("取消文号", max_length=80, blank=True)
    withdrawal_reason = models.CharField("取消原因", max_length=200, blank=True)

    objects = HonourQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "既有称号"
        constraints = [
            models.UniqueConstraint(
                fields=("enterprise", "kind", "document_no"),
                condition=Q(factory__isnull=True),
                name="honour_recorded_once_per_enterprise",
            ),
            models.UniqueConstraint(
                fields=("factory", "kind", "document_no"),
                condition=Q(factory__isnull=False),
                name="honour_recorded_once_per_factory",
            ),
            models.CheckConstraint(
                name="honour_withdrawn_with_its_document",
                condition=Q(withdrawn_on__isnull=True) | ~Q(withdrawal_document_no=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.document_no}"


class VetoEventQuerySet(HonourQuerySet):
    pass


class VetoEvent(models.Model):
    """A dated event that bars a title for the look-back of the rules (一票否决事项)."""

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="veto_events", verbose_name="企业"
    )
    kind = models.CharField("类别", max_length=20)
    grade = models.CharField("等级", max_length=20)
    happened_on = models.DateField("发生日期")
    note = models.CharField("说明", max_length=300, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("登记时间")

    objects = VetoEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "一票否决事项"

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_on}"
