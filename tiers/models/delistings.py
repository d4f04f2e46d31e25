"""Titles that the ministries or a central group end: their document, and whom it names."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q

from registry.access import OFFICERS, Role, ScopedQuerySet
from registry.models import Authority, User
from tiers.models.certifications import Certification


class DelistingItemQuerySet(ScopedQuerySet):
    enterprise_lookup = "certification__factory__enterprise"
    authority_lookup = "certification__factory__authority"

    def visible_to(self, user: User) -> Self:
        """The office that enters it sees all of it; the firm and its offices what concerns them,
        once it is confirmed.
        """
        if user.is_authenticated and user.role == Role.PROVINCE:
            return self.filter(delisting__authority__path__startswith=user.authority_path)
        found: Self = super().visible_to(user)
        return found.filter(delisting__confirmed_at__isnull=False)


class DelistingQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """As its items; see there."""
        items = DelistingItem.objects.visible_to(user)
        shown = Q(pk__in=items.values("delisting"))
        if user.is_authenticated and user.role in OFFICERS:
            shown |= Q(authority=user.authority_id)
        return self.filter(shown)

    def waiting(self) -> Self:
        return self.filter(confirmed_at__isnull=True, dropped_at__isnull=True)


def document_path(one: Delisting, filename: str) -> str:
    """A name of our making: nothing the sender typed becomes a path."""
    return f"delistings/{uuid.uuid4().hex}"


class Delisting(models.Model):
    """One document by which the ministries or a group end titles of theirs. Written by
    ``tiers.delisting``: entered by one person, confirmed by another, who thereby ends the titles.
    """

    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="登记部门"
    )
    document_name = models.CharField("文件名称", max_length=70)
    document_no = models.CharField("文号", max_length=80)
    dated = models.DateField("文件日期")
    ends_on = models.DateField("终止日期")
    file = models.FileField("文件", upload_to=document_path)
    name = models.CharField("文件名", max_length=150)
    size = models.PositiveBigIntegerField("字节数")
    content_type = models.CharField("内容类型", max_length=100)
    sha256 = models.CharField("摘要", max_length=64)
    # Everybody who ever put something down for it, and in whose place.
    preparers = models.ManyToManyField(User, related_name="+", verbose_name="登记人")
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    prepared_name = models.CharField("登记人", max_length=90)
    prepared_at = models.DateTimeField("登记时间")
    version = models.PositiveIntegerField("版本", default=0)
    policy = models.CharField("规则版本", max_length=40, blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_name = models.CharField("确认人", max_length=90, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    dropped_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    dropped_at = models.DateTimeField("取消时间", null=True)

    objects = DelistingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "国家、集团文件终止认定"
        constraints = [
            models.CheckConstraint(
                name="delisting_confirmed_by_a_second_person",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, dropped_at__isnull=True)
                & ~Q(confirmed_by=F("prepared_by")),
            )
        ]

    def __str__(self) -> str:
        return self.document_no

    @property
    def is_open(self) -> bool:
        return self.confirmed_at is None and self.dropped_at is None

    @property
    def state(self) -> tuple[str, str]:
        """Code and word of how far it is."""
        if self.confirmed_at:
            return ("done", "已确认")
        return ("withdrawn", "已取消") if self.dropped_at else ("pending", "待确认")


class DelistingItem(models.Model):
    """A title that the document names, with the ground that the document gives."""

    #: A ground of ours: the issuer keeps it no longer, and holds nothing against the firm.
    LAPSED = "lapsed"

    delisting = models.ForeignKey(Delisting, models.CASCADE, related_name="items")
    certification = models.ForeignKey(
        Certification, models.PROTECT, related_name="delistings", verbose_name="认定"
    )
    ground = models.CharField("情形代码", max_length=20)
    ground_name = models.CharField("情形", max_length=80)
    reason = models.CharField("文件所述事由", max_length=100, blank=True)

    objects = DelistingItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "国家、集团文件终止的认定"
        constraints = [
            models.UniqueConstraint(
                fields=("delisting", "certification"), name="delisting_names_a_title_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.certification} {self.ground_name}"
