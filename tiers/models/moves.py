"""What a move asks of the new bureau: to look at a titled factory again (搬迁后复核)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import ScopedQuerySet
from registry.models import Authority, Factory, User
from tiers.models.certifications import Certification


class MoveCheckQuerySet(ScopedQuerySet):
    enterprise_lookup = "factory__enterprise"

    def below(self, path: str) -> Self:
        """Of the office that looks, and of those that issued a title of the factory."""
        issued = Certification.objects.filter(issuer__path__startswith=path).values("factory")
        return self.filter(Q(authority__path__startswith=path) | Q(factory__in=issued))

    def waiting(self) -> MoveCheckQuerySet:
        return self.filter(checked_at__isnull=True)

    def awaiting(self, user: User) -> MoveCheckQuerySet:
        """What this officer's own office has to look at."""
        return (
            self.waiting().filter(authority=user.authority_id) if user.authority_id else self.none()
        )


class MoveCheck(models.Model):
    """One task after a move within the province, and what was found. Written by
    ``tiers.relocation``; a further move before it is done hands it on.
    """

    factory = models.ForeignKey(Factory, models.PROTECT, related_name="move_checks")
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="move_checks", verbose_name="复核部门"
    )
    before = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="迁出地主管部门"
    )
    moved_on = models.DateField("搬迁日期")
    document = models.CharField("搬迁依据", max_length=120)
    at = models.DateTimeField("登记时间")
    kept = models.BooleanField("称号保留", null=True)
    finding = models.CharField("复核意见", max_length=300, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField("复核人", max_length=90, blank=True)
    checked_at = models.DateTimeField("复核时间", null=True)

    objects = MoveCheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "搬迁后复核"
        constraints = [
            models.UniqueConstraint(
                fields=("factory",),
                condition=Q(checked_at__isnull=True),
                name="move_check_one_open_per_factory",
            ),
            models.CheckConstraint(
                name="move_check_done_with_its_finding",
                condition=Q(checked_at__isnull=True, kept__isnull=True)
                | Q(checked_at__isnull=False, kept__isnull=False) & ~Q(finding=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.factory}搬迁后复核"
