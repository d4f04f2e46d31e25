"""Rounds of applications (批次), and who sees them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, Role, ScopedQuerySet
from registry.models import Authority, Factory, User
from registry.policy import Tier


class RoundQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """Officers see the rounds above and below them; a firm those that cover one of its
        factories.
        """
        if not user.is_authenticated:
            return self.none()
        if user.role == Role.ENTERPRISE and user.enterprise_id:
            paths = Factory.objects.filter(enterprise=user.enterprise_id).values_list(
                "authority__path", flat=True
            )
            return self.filter(authority__in=chain_of(list(paths)))
        if user.role in OFFICERS:
            return self.around(user.authority_path, codes_of([user.authority_path]))
        return self.none()

    def around(self, path: str, codes: Collection[str]) -> Self:
        """Rounds below an office, and those of the offices with these codes, above it."""
        above = Authority.objects.filter(code__in=codes)
        return self.filter(Q(authority__path__startswith=path) | Q(authority__in=above))

    def open_on(self, on: date) -> Self:
        return self.filter(Q(closes_on__isnull=True) | Q(closes_on__gte=on), opens_on__lte=on)

    def batches(self) -> Self:
        """Without those in which titles are renewed: nobody applies in one of these by itself."""
        return self.exclude(kind=Round.Kind.RENEWAL)

    def covering(self, factory: Factory) -> Self:
        """Rounds opened by an authority in the factory's chain of responsibility."""
        return self.filter(authority__in=chain_of([factory.authority.path]))


def chain_of(paths: list[str]) -> models.QuerySet[Authority]:
    """The authorities that are named in these chains: each one's own and all above it."""
    return Authority.objects.filter(code__in=codes_of(paths))


def codes_of(paths: list[str]) -> list[str]:
    """The codes of the authorities that are named in these chains."""
    return list(dict.fromkeys(code for path in paths for code in path.split("/") if code))


class Round(models.Model):
    """A batch (批次) of applications for one tier, under one edition of the rules, opened by one
    authority.

    A round without a closing day takes applications all the time. The cases that renew titles stand
    in a round of their own, one for each authority, tier and edition, which nobody has opened.
    """

    class Kind(models.TextChoices):
        BATCH = "batch", "申报批次"
        RENEWAL = "renewal", "到期复核"

    kind = models.CharField("类别", max_length=8, choices=Kind.choices, default=Kind.BATCH)
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="rounds", verbose_name="开放部门"
    )
    tier = models.CharField("等级", max_length=12, choices=Tier.choices)
    policy = models.CharField("规则版本", max_length=40)
    title = models.CharField("批次名称", max_length=80)
    opens_on = models.DateField("开始日期")
    closes_on = models.DateField("截止日期", null=True, blank=True)
    recommend_by = models.DateField("推荐截止日期", null=True, blank=True)
    asks = models.TextField("申报要求", blank=True)
    # The kinds of case that take no place of a unit's quota, in the words of the notice.
    off_quota_kinds = models.JSONField("不占名额的类别", default=list, blank=True)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField("建立时间")

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申报批次"
        constraints = [
            models.CheckConstraint(
                name="round_closes_after_it_opens",
                condition=Q(closes_on__isnull=True) | Q(closes_on__gte=models.F("opens_on")),
            ),
            models.UniqueConstraint(
                fields=("authority", "tier", "policy"),
                condition=Q(kind="renewal"),
                name="round_one_for_renewals",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_renewal(self) -> bool:
        return self.kind == self.Kind.RENEWAL

    def is_open(self, on: date) -> bool:
        return self.opens_on <= on and (self.closes_on is None or on <= self.closes_on)
