"""What goes up to the ministries and comes back: the places they give a round, the province's
recommendations, and their decisions, each list put down by one person and confirmed by another.
"""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, ScopedQuerySet
from registry.models import User
from tiers.models.applications import Application
from tiers.models.rounds import Round


class NationalQuota(models.Model):
    """How many factories a notice of the ministries lets the province recommend in a round."""

    round = models.OneToOneField(
        Round, models.PROTECT, related_name="national_quota", verbose_name="批次"
    )
    places = models.PositiveSmallIntegerField("国家名额")
    document_no = models.CharField("国家通知文号", max_length=80)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("登记人", max_length=90)
    at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "国家名额"

    def __str__(self) -> str:
        return f"{self.round} {self.places}"


class UpwardListQuerySet(ScopedQuerySet):
    authority_lookup = "round__authority"

    def visible_to(self, user: User) -> Self:
        """The office of the round, and those above; others see what it leads to."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.below(user.authority_path)

    def confirmed(self) -> Self:
        return self.exclude(confirmed_at=None)


class UpwardList(models.Model):
    """One list of a round. Put down by ``tiers.upward``, carried out by ``tiers.reporting``.

    Confirming carries it out: what is confirmed is frozen with its digest and never changes.
    """

    class Kind(models.TextChoices):
        NOMINATION = "nomination", "推荐上报"
        RESULT = "result", "国家审定结果"
        ACCEPTANCE = "acceptance", "国家验收结果"

    round = models.ForeignKey(
        Round, models.PROTECT, related_name="upward_lists", verbose_name="批次"
    )
    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    document_no = models.CharField("文号", max_length=80, blank=True)
    dated = models.DateField("文件日期", null=True)
    # Everybody who ever put something down for it, and in whose place.
    preparers = models.ManyToManyField(User, related_name="+", verbose_name="准备人")
    prepared_name = models.CharField("准备人", max_length=90)
    prepared_at = models.DateTimeField("准备时间")
    version = models.PositiveIntegerField("版本", default=0)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_name = models.CharField("确认人", max_length=90, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    digest = models.CharField("内容摘要", max_length=64, blank=True)
    # What was confirmed: head, rows. Without telephones, which live with the people.
    frozen = models.JSONField("名单", default=dict)

    objects = UpwardListQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "上报和国家结果名单"
        constraints = [
            models.UniqueConstraint(
                fields=("round", "kind"),
                condition=Q(confirmed_at__isnull=True),
                name="upward_list_one_open_per_round_and_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.round}{self.get_kind_display()}"


class UpwardItemQuerySet(ScopedQuerySet):
    authority_lookup = "upward_list__round__authority"

    def visible_to(self, user: User) -> Self:
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.below(user.authority_path)


class UpwardItem(models.Model):
    """What is put down for one case, as it was sent in that time; ``rank`` where it is
    recommended.
    """

    class Outcome(models.TextChoices):
        YES = "yes", "是"
        NO = "no", "否"

    upward_list = models.ForeignKey(UpwardList, models.PROTECT, related_name="items")
    application = models.ForeignKey(Application, models.PROTECT, related_name="upward_items")
    submission = models.PositiveSmallIntegerField("第几次提交")
    outcome = models.CharField("结论", max_length=4, choices=Outcome.choices)
    rank = models.PositiveSmallIntegerField("优先次序", null=True)
    reason = models.CharField("理由", max_length=500, blank=True)

    objects = UpwardItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "上报和国家结果"
        constraints = [
            models.UniqueConstraint(
                fields=("upward_list", "application"), name="upward_item_once_per_case"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.outcome}"
