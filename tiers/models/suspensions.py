"""Times in which a title is suspended (暂停): it stands, and is not in force."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q

from registry.access import ScopedQuerySet
from registry.models import User
from tiers.models.certifications import Certification


class SuspensionQuerySet(ScopedQuerySet):
    enterprise_lookup = "certification__factory__enterprise"

    def below(self, path: str) -> Self:
        return self.filter(certification__in=Certification.objects.below(path))

    def not_over(self, on: date) -> Self:
        """Running on that day or to come."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=on))


class Suspension(models.Model):
    """One suspension, from its first day until ``ends_on``, the first day it no longer runs; empty
    while it is open.

    Written by ``tiers.suspension``. Lifting it sets the end; what has run stays on record.
    """

    class Reason(models.TextChoices):
        INQUIRY = "inquiry", "正在调查核实"
        RECTIFYING = "rectifying", "限期整改"
        ACCIDENT = "accident", "发生安全、质量或环境事故"
        HALTED = "halted", "停产停业"
        OTHER = "other", "其他情形"

    certification = models.ForeignKey(
        Certification, models.PROTECT, related_name="suspensions", verbose_name="认定"
    )
    kind = models.CharField("暂停情形", max_length=12, choices=Reason.choices)
    reason = models.CharField("暂停原因", max_length=300)
    document_no = models.CharField("暂停文号", max_length=120)
    from_on = models.DateField("暂停开始日期")
    ends_on = models.DateField("恢复日期", null=True, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("经办人", max_length=90)
    at = models.DateTimeField("登记时间")
    lifted_reason = models.CharField("恢复原因", max_length=300, blank=True)
    lifted_document_no = models.CharField("恢复文号", max_length=120, blank=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    lifted_at = models.DateTimeField("恢复登记时间", null=True, blank=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "认定暂停"
        constraints = [
            models.UniqueConstraint(
                fields=("certification",),
                condition=Q(ends_on__isnull=True),
                name="suspension_one_open_per_title",
            ),
            models.CheckConstraint(
                name="suspension_ends_after_it_begins",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("from_on")),
            ),
        ]
        indexes = [models.Index(fields=("certification", "from_on"), name="suspension_of_title")]

    def __str__(self) -> str:
        return f"{self.certification} {self.from_on}"

    @property
    def last_day(self) -> date | None:
        """The last suspended day; None while there is no end."""
        return self.ends_on - timedelta(days=1) if self.ends_on else None

    @property
    def never_ran(self) -> bool:
        """Lifted before its first day."""
        return self.ends_on == self.from_on

    def runs_on(self, on: date) -> bool:
        return self.from_on <= on and (self.ends_on is None or on < self.ends_on)

    def is_over(self, on: date) -> bool:
        return self.ends_on is not None and self.ends_on <= on
