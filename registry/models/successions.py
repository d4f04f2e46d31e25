"""Which firm came from which, and how a factory stood before it was renamed, moved or passed on."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from registry.models.enterprises import Enterprise, Factory
from registry.models.people import User
from registry.models.places import Authority, Division
from registry.names import Searchable, SearchField


class Succession(models.Model):
    """One firm, or a part of it, went over to another (合并、分立). Written once, never changed."""

    class Kind(models.TextChoices):
        ABSORPTION = "absorption", "吸收合并"
        MERGER = "merger", "新设合并"
        SPLIT_OFF = "split_off", "派生分立"
        SPLIT_UP = "split_up", "新设分立"

    #: Where all of the predecessor goes over and nothing of it stays.
    MERGERS = (Kind.ABSORPTION, Kind.MERGER)

    predecessor = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="successions", verbose_name="原企业"
    )
    successor = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="origins", verbose_name="承继企业"
    )
    kind = models.CharField("方式", max_length=12, choices=Kind.choices)
    on = models.DateField("变更日期")
    document = models.CharField("依据", max_length=120)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "企业合并分立"
        constraints = [
            models.UniqueConstraint(
                fields=("predecessor", "successor", "on"), name="succession_once_a_day"
            ),
            models.CheckConstraint(
                name="succession_between_two_firms", condition=~Q(predecessor=F("successor"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"

    @property
    def is_merger(self) -> bool:
        return self.kind in self.MERGERS


class PastFactory(Searchable):
    """A factory as it stood until a day: under that name, of that firm, at that place."""

    factory = models.ForeignKey(Factory, models.PROTECT, related_name="past")
    until = models.DateField("截止日期")
    name = models.CharField("工厂名称", max_length=120, db_index=True)
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="past_factories", verbose_name="企业"
    )
    division = models.ForeignKey(
        Division, models.PROTECT, null=True, related_name="+", verbose_name="所在地"
    )
    address = models.CharField("工厂地址", max_length=200, blank=True)
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="主管部门"
    )
    search = SearchField("检索键", sources=("name",))

    class Meta:
        verbose_name = verbose_name_plural = "工厂以前的情况"
        ordering = ("until", "pk")

    def __str__(self) -> str:
        return f"{self.name} {self.until}"
