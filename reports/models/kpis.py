"""Figures of the factories' indicators, worked out in advance: only what may be published."""

from __future__ import annotations

from django.db import models


class KpiYear(models.Model):
    """A year whose figures have been worked out, and when. Written by ``reports.kpis.rebuild``."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    computed_at = models.DateTimeField("计算时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "指标分布年度"

    def __str__(self) -> str:
        return f"{self.year}年指标分布"


class KpiSpread(models.Model):
    """The quartiles of one indicator over one group of factories in one year. A group that must not
    be published has no row.
    """

    #: Stands for all divisions, or for all sizes of one.
    ALL = "all"
    #: Stands for factories whose division or size is not known.
    NONE = "none"

    of_year = models.ForeignKey(KpiYear, models.CASCADE, related_name="spreads")
    province = models.CharField("省份", max_length=6)
    kpi = models.CharField("指标", max_length=40)
    division = models.CharField("行业大类", max_length=4)
    size = models.CharField("企业规模", max_length=8)
    factories = models.PositiveIntegerField("工厂数")
    low = models.DecimalField("下四分位数", max_digits=16, decimal_places=4)
    median = models.DecimalField("中位数", max_digits=16, decimal_places=4)
    high = models.DecimalField("上四分位数", max_digits=16, decimal_places=4)

    class Meta:
        verbose_name = verbose_name_plural = "指标分布"
        constraints = [
            models.UniqueConstraint(
                fields=("of_year", "province", "kpi", "division", "size"),
                name="kpi_spread_once_per_group",
            )
        ]

    def __str__(self) -> str:
        return f"{self.province} {self.kpi} {self.division} {self.size}"

    @property
    def group(self) -> tuple[str, str]:
        return self.division, self.size
