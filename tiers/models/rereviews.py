"""Campaigns in which the holders of an older honour are looked at again together (集中复核)."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from assessments.models import Assessment
from registry.access import OFFICERS, Role, ScopedQuerySet
from registry.models import Authority, Factory, Honour, User
from registry.policy import Tier
from tiers.models.certifications import Certification
from tiers.models.rounds import chain_of


class RereviewQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """Officers see those above and below them; a firm those that cover an honour it holds."""
        if not user.is_authenticated:
            return self.none()
        if user.role == Role.ENTERPRISE and user.enterprise_id:
            return self.of_enterprise(user.enterprise_id)
        if user.role in OFFICERS:
            return self.filter(
                Q(authority__path__startswith=user.authority_path)
                | Q(authority__in=chain_of([user.authority_path]))
            )
        return self.none()

    def of_enterprise(self, enterprise_id: int) -> Self:
        paths = Factory.objects.filter(enterprise=enterprise_id).values_list(
            "authority__path", flat=True
        )
        kinds = Honour.objects.filter(enterprise=enterprise_id).values("kind")
        return self.filter(authority__in=chain_of(list(paths)), honour_kind__in=kinds)

    def under_way(self) -> Self:
        return self.filter(determined_at__isnull=True)

    def published(self) -> Self:
        return self.filter(published_at__isnull=False)


class Rereview(models.Model):
    """One campaign for one honour and one tier. Changed by ``tiers.rereview``.

    ``digest`` is of what a second person confirmed: where the list has changed since, it counts no
    more. The firms' self-assessments count up to ``closes_on``.
    """

    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="rereviews", verbose_name="组织部门"
    )
    honour_kind = models.CharField("既有称号", max_length=60)
    tier = models.CharField("等级", max_length=12, choices=Tier.choices)
    policy = models.CharField("规则版本", max_length=40)
    title = models.CharField("批次名称", max_length=80)
    asks = models.TextField("复核要求", max_length=2000)
    opens_on = models.DateField("开始日期")
    closes_on = models.DateField("自评截止日期")
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("建立时间")
    reminded_on = models.DateField("最近催报日期", null=True)
    # Everybody who ever put a finding down.
    preparers = models.ManyToManyField(User, related_name="+", verbose_name="复核人")
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_name = models.CharField("确认人", max_length=90, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    digest = models.CharField("确认内容摘要", max_length=64, blank=True)
    document_no = models.CharField("认定文号", max_length=80, blank=True)
    determined_name = models.CharField("认定经办人", max_length=90, blank=True)
    determined_at = models.DateTimeField("认定时间", null=True)
    # The list as it was determined; never worked out again.
    frozen = models.JSONField("复核结果", default=list)
    published_at = models.DateTimeField("公布时间", null=True)

    objects = RereviewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "集中复核"
        constraints = [
            models.UniqueConstraint(
                fields=("authority", "honour_kind", "tier"),
                condition=Q(determined_at__isnull=True),
                name="rereview_one_under_way",
            ),
            models.CheckConstraint(
                name="rereview_closes_after_it_opens",
                condition=Q(closes_on__gte=models.F("opens_on")),
            ),
            models.CheckConstraint(
                name="rereview_determined_by_a_document",
                condition=Q(determined_at__isnull=True) | ~Q(document_no=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self, on: date) -> bool:
        """Whether a self-assessment locked that day counts."""
        return self.determined_at is None and self.opens_on <= on <= self.closes_on


class RereviewItemQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """The campaign's office and those above; to the firm and its bureaus once determined."""
        if not user.is_authenticated:
            return self.none()
        if user.role == Role.ENTERPRISE and user.enterprise_id:
            return self.determined().filter(honour__enterprise=user.enterprise_id)
        if user.role in OFFICERS:
            own = Q(rereview__authority__path__startswith=user.authority_path)
            below = Q(factory__authority__path__startswith=user.authority_path)
            return self.filter(own | below & Q(rereview__determined_at__isnull=False))
        return self.none()

    def determined(self) -> Self:
        return self.filter(rereview__determined_at__isnull=False)


class RereviewItem(models.Model):
    """What was found of one holder, by the self-assessment it was found on."""

    class Outcome(models.TextChoices):
        PASS = "pass", "通过"
        FAIL = "fail", "未通过"
        HOLD = "hold", "暂缓"

    rereview = models.ForeignKey(Rereview, models.PROTECT, related_name="items")
    honour = models.ForeignKey(Honour, models.PROTECT, related_name="rereview_items")
    factory = models.ForeignKey(Factory, models.PROTECT, related_name="rereview_items")
    assessment = models.ForeignKey(Assessment, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField("复核意见", max_length=8, choices=Outcome.choices)
    reason = models.CharField("情况和理由", max_length=300)
    title = models.OneToOneField(
        Certification, models.PROTECT, null=True, related_name="rereview_item"
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("复核人", max_length=90)
    at = models.DateTimeField("时间")

    objects = RereviewItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "集中复核意见"
        constraints = [
            models.UniqueConstraint(
                fields=("rereview", "honour"), name="rereview_item_once_per_honour"
            ),
            models.CheckConstraint(
                name="rereview_title_only_where_passed",
                condition=Q(title__isnull=True) | Q(outcome="pass"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.honour} {self.get_outcome_display()}"
