"""Lists of cases determined together (认定名单), with the document and what the public reads."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, ScopedQuerySet
from registry.models import User
from tiers.models.applications import Application
from tiers.models.rounds import Round


class DeterminationQuerySet(ScopedQuerySet):
    authority_lookup = "round__authority"

    def visible_to(self, user: User) -> Self:
        """The office that determines, and those above; what is issued anybody may read."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.below(user.authority_path)

    def issued(self) -> Self:
        return self.filter(issued_at__isnull=False)


class Determination(models.Model):
    """Cases of one round that get their titles by one document. Changed by
    ``tiers.determination``, issued by ``tiers.proceedings``.

    ``confirmed_digest`` is of what was confirmed: where the list has changed since, it counts no
    more.
    """

    round = models.ForeignKey(
        Round, models.PROTECT, related_name="determinations", verbose_name="批次"
    )
    title = models.CharField("公告标题", max_length=120)
    document_no = models.CharField("认定文件文号", max_length=80)
    decided_on = models.DateField("认定日期")
    cases = models.ManyToManyField(
        Application, related_name="determinations", verbose_name="列入名单的申报"
    )
    # Everybody who ever prepared it, and in whose place.
    preparers = models.ManyToManyField(User, related_name="+", verbose_name="准备人")
    prepared_name = models.CharField("准备人", max_length=90)
    prepared_at = models.DateTimeField("准备时间")
    version = models.PositiveIntegerField("版本", default=0)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_name = models.CharField("确认人", max_length=90, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    confirmed_digest = models.CharField("确认内容摘要", max_length=64, blank=True)
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    issued_name = models.CharField("印发人", max_length=90, blank=True)
    issued_at = models.DateTimeField("印发时间", null=True)
    # Exactly what the public reads, with its digest; never computed again from the titles.
    content = models.JSONField("名单", default=list)
    digest = models.CharField("名单摘要", max_length=64, blank=True)

    objects = DeterminationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "认定名单"
        constraints = [
            models.UniqueConstraint(
                fields=("round",),
                condition=Q(issued_at__isnull=True),
                name="determination_one_open_per_round",
            )
        ]

    def __str__(self) -> str:
        return self.title
