"""Which table of working days the stored deadlines of a year were counted by."""

from __future__ import annotations

from django.db import models


class CountedYear(models.Model):
    """One year, with the fingerprint of the days that every open deadline in it goes by. Changed by
    ``tiers.deadlines`` and by nothing else.
    """

    year = models.PositiveSmallIntegerField("年份", unique=True)
    fingerprint = models.CharField("工作日摘要", max_length=64)
    official = models.BooleanField("已公布")
    document = models.CharField("依据", max_length=300, blank=True)
    counted_at = models.DateTimeField("启用时间")

    class Meta:
        verbose_name = verbose_name_plural = "工作日年度"

    def __str__(self) -> str:
        return f"{self.year}年工作日安排"
