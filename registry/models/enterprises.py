"""Enterprises with their former names, and factories."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q

from registry.access import ScopedQuerySet
from registry.models.places import Authority, Division, Industry
from registry.names import Searchable, SearchField, SpokenField


class EnterpriseQuerySet(ScopedQuerySet):
    enterprise_lookup = "pk"

    def below(self, path: str) -> EnterpriseQuerySet:
        """Firms whose seat or any of whose factories lies below the authority."""
        # Asked of each firm: ``__in`` would read the factories of a province to show one firm, and
        # a join would repeat a firm once per factory.
        factories = Factory.objects.filter(enterprise=OuterRef("pk"))
        has_one = Exists(factories.filter(authority__path__startswith=path))
        return self.filter(Q(authority__path__startswith=path) | has_one)


class Enterprise(Searchable):
    """A legal person, known by its unified social credit code; may exist before anybody signs up
    for it.
    """

    class Size(models.TextChoices):
        LARGE = "large", "大型"
        MEDIUM = "medium", "中型"
        SMALL = "small", "小型"
        MICRO = "micro", "微型"

    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("企业名称", max_length=120, db_index=True)
    seat = models.ForeignKey(
        Division, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="注册地"
    )
    authority = models.ForeignKey(
        Authority,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="enterprises",
        verbose_name="属地主管部门",
    )
    address = models.CharField("注册地址", max_length=200, blank=True)
    industry = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所属行业"
    )
    size = models.CharField("企业规模", max_length=8, choices=Size.choices, blank=True)
    above_scale = models.BooleanField("规模以上工业企业", null=True, blank=True)
    created_at = models.DateTimeField("登记时间")
    # All of it has gone over to others (合并、新设分立); it stays in the register and acts no more.
    closed_on = models.DateField("注销日期", null=True, blank=True)
    search = SearchField("检索键", sources=("name",))
    spoken = SpokenField("拼音", sources=("name",))

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "企业"
        # In the orders in which lists show them.
        indexes = [
            models.Index(fields=("-created_at", "-id"), name="enterprise_newest"),
            models.Index(fields=("spoken", "id"), name="enterprise_spoken"),
        ]

    def __str__(self) -> str:
        return self.name


class EnterpriseName(Searchable):
    """A name the enterprise bore before a rename, so that a search by the old one still finds
    it.
    """

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="former_names")
    name = models.CharField("曾用名", max_length=120, db_index=True)
    until = models.DateField("更名日期")
    search = SearchField("检索键", sources=("name",))

    class Meta:
        verbose_name = verbose_name_plural = "曾用名"

    def __str__(self) -> str:
        return self.name


class FactoryQuerySet(ScopedQuerySet):
    pass


class Factory(Searchable):
    """The certified subject. Its authority follows its place, its owner is the enterprise."""

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="factories", verbose_name="企业"
    )
    name = models.CharField("工厂名称", max_length=120)
    division = models.ForeignKey(
        Division, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所在地"
    )
    address = models.CharField("工厂地址", max_length=200, blank=True)
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="factories", verbose_name="主管部门"
    )
    industry = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所属行业"
    )
    products = models.CharField("主要产品", max_length=200, blank=True)
    created_at = models.DateTimeField("登记时间")
    search = SearchField("检索键", sources=("name",))
    spoken = SpokenField("拼音", sources=("name",))

    objects = FactoryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "工厂"
        constraints = [
            models.UniqueConstraint(
                fields=("enterprise", "name"),
                name="factory_name_once_per_enterprise",
                violation_error_message="这家企业已登记过同名工厂，请换一个能区分的名称",
            )
        ]
        indexes = [models.Index(fields=("spoken",), name="factory_spoken")]

    def __str__(self) -> str:
        return self.name
