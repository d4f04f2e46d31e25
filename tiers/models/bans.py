"""Times in which a firm may not apply (禁止申报), after a title or an honour was taken away."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from registry.access import ScopedQuerySet
from registry.models import Authority, Enterprise, Honour, User
from tiers.models.certifications import Certification


class BanQuerySet(ScopedQuerySet):
    def below(self, path: str) -> Self:
        """Those of the officer's province on firms that he knows: a ban of the city or the province
        binds the county as well.
        """
        province = f"/{path.split('/')[1]}/"
        known = Enterprise.objects.below(path)
        return self.filter(authority__path__startswith=province, enterprise__in=known)

    def running(self, on: date) -> Self:
        """Those that bar on a day: one lifted later still barred then."""
        not_lifted = Q(lifted_on__isnull=True) | Q(lifted_on__gt=on)
        return self.filter(not_lifted, from_on__lte=on, until_on__gte=on)


class Ban(models.Model):
    """From ``from_on`` to ``until_on``, both included, unless lifted before. Held by the credit
    code, for all factories of the firm. Written by ``tiers.bans``; it keeps the words of the
    edition it was put under.
    """

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="bans", verbose_name="企业"
    )
    credit_code = models.CharField("统一社会信用代码", max_length=18, db_index=True)
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="决定部门"
    )
    policy = models.CharField("规则版本", max_length=40)
    ground = models.CharField("情形", max_length=20)
    cause = models.CharField("事由", max_length=200)
    document_no = models.CharField("依据文号", max_length=120, blank=True)
    from_on = models.DateField("起算日期")
    until_on = models.DateField("截止日期")
    certification = models.ForeignKey(
        Certification, models.PROTECT, null=True, blank=True, related_name="bans"
    )
    honour = models.ForeignKey(Honour, models.PROTECT, null=True, blank=True, related_name="bans")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("登记时间")
    lifted_on = models.DateField("解除日期", null=True, blank=True)
    lifted_reason = models.CharField("解除原因", max_length=300, blank=True)
    lifted_document_no = models.CharField("解除文号", max_length=120, blank=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    lifted_at = models.DateTimeField("解除登记时间", null=True, blank=True)

    objects = BanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "禁止申报"
        constraints = [
            models.CheckConstraint(
                name="ban_ends_after_it_begins", condition=Q(until_on__gte=F("from_on"))
            ),
            models.CheckConstraint(
                name="ban_comes_from_a_title_or_an_honour",
                condition=Q(certification__isnull=False) ^ Q(honour__isnull=False),
            ),
            models.CheckConstraint(
                name="ban_lifted_by_somebody",
                condition=Q(lifted_on__isnull=True, lifted_by__isnull=True)
                | Q(lifted_on__isnull=False, lifted_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credit_code} {self.from_on}"

    def runs_on(self, on: date) -> bool:
        lifted = self.lifted_on is not None and self.lifted_on <= on
        return self.from_on <= on <= self.until_on and not lifted
