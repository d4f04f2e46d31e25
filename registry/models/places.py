"""Official code lists, and the authorities in their chain."""

from __future__ import annotations

from django.db import models


class Division(models.Model):
    """A place in the official division list (GB/T 2260), for addresses only."""

    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        PREFECTURE = "prefecture", "设区市"
        COUNTY = "county", "县（市、区）"
        ZONE = "zone", "功能区"
        PLACEHOLDER = "placeholder", "统计用占位"

    code = models.CharField("代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=60)
    level = models.CharField("级别", max_length=12, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    authority = models.ForeignKey(
        "Authority",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="divisions",
        verbose_name="主管部门",
    )

    class Meta:
        verbose_name = verbose_name_plural = "行政区划"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Industry(models.Model):
    """A node of the industry classification (GB/T 4754-2017), sections B, C and D."""

    code = models.CharField("代码", max_length=4, primary_key=True)
    name = models.CharField("名称", max_length=80)
    level = models.CharField("级别", max_length=12)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )

    class Meta:
        verbose_name = verbose_name_plural = "行业分类"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AuthorityQuerySet(models.QuerySet["Authority"]):
    def offices(self) -> AuthorityQuerySet:
        """Those that handle cases themselves: departments are only asked, those above the provinces
        only have their decisions recorded, and groups stand beside the chain.
        """
        kinds = Authority.Kind
        return self.exclude(kind__in=(kinds.DEPARTMENT, kinds.NATION, kinds.GROUP))


class Authority(models.Model):
    """A body in the chain of responsibility. ``path`` spells that chain from the root, not
    division codes.
    """

    class Kind(models.TextChoices):
        PROVINCE = "province", "省级"
        CITY = "city", "市级"
        COUNTY = "county", "县级"
        GROUP = "group", "中央企业集团"
        DEPARTMENT = "department", "征求意见部门"
        NATION = "nation", "国家部门"

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=80)
    short_name = models.CharField("简称", max_length=40)
    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    path = models.CharField("归属链", max_length=100, unique=True)

    objects = AuthorityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "主管部门"
        ordering = ("path",)

    def __str__(self) -> str:
        return self.name

    @property
    def province_code(self) -> str:
        return self.path.split("/")[1]
