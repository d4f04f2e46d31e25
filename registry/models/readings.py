"""Who outside a firm has opened its file (查阅记录)."""

from __future__ import annotations

from typing import Any, NoReturn, Self

from django.db import models

from registry.access import Role, ScopedQuerySet
from registry.models.people import User


class LogQuerySet(ScopedQuerySet):
    enterprise_lookup = "enterprise_id"

    def visible_to(self, user: User) -> Self:
        """The firm's own people alone: the log is kept for them."""
        if user.is_authenticated and user.role == Role.ENTERPRISE and user.enterprise_id:
            return self.of_enterprise(user.enterprise_id)
        return self.none()

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("the log of readings is append-only")


class ReadingQuerySet(LogQuerySet):
    def of_enterprise(self, pk: int) -> Self:
        """What was opened of the firm alone, and of many firms it is one of."""
        alone = self.filter(enterprise_id=pk).values_list("pk")
        among_others = ReadingOf.objects.filter(enterprise_id=pk).values_list("reading_id")
        return self.filter(pk__in=alone.order_by().union(among_others))


class Reading(models.Model):
    """That somebody opened one thing of a firm on a day, at what time first. Names are kept as
    text, as the firm may read them; no key points at anything.

    What shows many firms at once is one row without a firm; ``ReadingOf`` says which they are.
    """

    enterprise_id = models.BigIntegerField("企业编号", null=True)
    reader_id = models.BigIntegerField("查阅人编号")
    day = models.DateField("日期", db_index=True)
    at = models.DateTimeField("当日首次查阅时间")
    office = models.CharField("查阅单位", max_length=120)
    reader = models.CharField("查阅人", max_length=90, blank=True)
    part = models.CharField("查阅内容", max_length=20)
    name = models.CharField("名称", max_length=150, blank=True)
    # The name of the address, and the key in it: what makes two openings the same.
    page = models.CharField("页面", max_length=60)
    target = models.CharField("对象编号", max_length=20)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "查阅记录"
        constraints = [
            models.UniqueConstraint(
                fields=("enterprise_id", "day", "reader_id", "page", "target"),
                name="reading_once_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.part}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("readings are written by registry.readings alone")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("the log of readings is append-only")


class ReadingOf(models.Model):
    """One of the firms that one opening showed. Of these there are as many as a list has firms, so
    they hold nothing else.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "reading_id")
    enterprise_id = models.BigIntegerField("企业编号")
    reading_id = models.BigIntegerField("查阅编号")

    objects = LogQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "查阅涉及的企业"

    def __str__(self) -> str:
        return f"{self.reading_id} {self.enterprise_id}"
