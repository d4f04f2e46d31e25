"""Factories on the ministries' list of candidates for the leading tier (培育对象)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import ScopedQuerySet
from registry.models import User
from tiers.models.applications import Application


class CultivationQuerySet(ScopedQuerySet):
    enterprise_lookup = "application__factory__enterprise"
    authority_lookup = "application__factory__authority"

    def running(self, on: date) -> Self:
        """Being cultivated on that day, computed from the dates."""
        ended = Q(ended_on__isnull=False) & Q(ended_on__lte=on)
        return self.filter(listed_on__lte=on, last_day__gte=on).exclude(ended)


class Cultivation(models.Model):
    """One candidate: a standing on the way to a title, and never a title itself. It ends with the
    acceptance, with a refusal, or with the last day.
    """

    class Ending(models.TextChoices):
        ACCEPTED = "accepted", "通过验收"
        FAILED = "failed", "未通过验收"
        WITHDRAWN = "withdrawn", "企业退出"
        LAPSED = "lapsed", "培育期满未通过验收"

    application = models.OneToOneField(
        Application, models.PROTECT, related_name="cultivation", verbose_name="申报"
    )
    document_no = models.CharField("国家文件文号", max_length=80)
    listed_on = models.DateField("列入日期")
    last_day = models.DateField("培育期最后一天")
    # 推荐单位初审, which the ministries' acceptance follows.
    reviewed_on = models.DateField("初审日期", null=True)
    review_document_no = models.CharField("初审报送文号", max_length=80, blank=True)
    review_opinion = models.CharField("初审意见", max_length=500, blank=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_name = models.CharField("初审人", max_length=90, blank=True)
    ending = models.CharField("结束情形", max_length=12, choices=Ending.choices, blank=True)
    ended_on = models.DateField("结束日期", null=True)
    reminded_days = models.PositiveSmallIntegerField("已提醒期满前天数", null=True)

    objects = CultivationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "领航级培育对象"
        constraints = [
            models.CheckConstraint(
                name="cultivation_ends_on_a_day",
                condition=Q(ending="", ended_on__isnull=True)
                | ~Q(ending="") & Q(ended_on__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} 培育至 {self.last_day}"

    @property
    def ends_on(self) -> date:
        return self.last_day + timedelta(days=1)

    def runs_on(self, on: date) -> bool:
        over = self.ended_on is not None and self.ended_on <= on
        return self.listed_on <= on <= self.last_day and not over

    def label_on(self, on: date) -> str:
        """What it is on a day; recording its lapse changes no answer."""
        if self.ending and self.ended_on is not None and self.ended_on <= on:
            return str(self.Ending(self.ending).label)
        if on > self.last_day:
            return "已报国家验收" if self.reviewed_on else str(self.Ending.LAPSED.label)
        return "培育中"
