"""Summaries of a year by an office (年度总结), edition by edition, with their attachments."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, ScopedQuerySet, business_date
from registry.models import Authority, User


class SummaryQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """An office sees its own, and what the offices below it have signed."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        signed = Q(authority__path__startswith=user.authority_path, signed_at__isnull=False)
        return self.filter(Q(authority__path=user.authority_path) | signed)

    def standing(self) -> Self:
        """The edition that counts of each office and year: not sent back."""
        return self.filter(sent_back_at__isnull=True)

    def unsigned(self) -> Self:
        return self.filter(signed_at__isnull=True)


class Summary(models.Model):
    """One edition of what one office reports about one year. Changed by ``reports.summaries``.

    ``prepared_digest`` is of what was prepared: where anything has changed since, it counts no
    more. With the signature ``frozen`` holds the figures with their rows, and never changes again.
    An edition that is sent back stays, and the next one takes over its words.
    """

    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="summaries", verbose_name="报送部门"
    )
    year = models.PositiveSmallIntegerField("年份")
    edition = models.PositiveSmallIntegerField("版次", default=1)
    # Empty for the office that nobody above asks: it only adds up.
    due_on = models.DateField("报送截止", null=True, blank=True)
    opened_at = models.DateTimeField("开始时间")
    texts = models.JSONField("文字部分", default=dict, blank=True)
    # Why it goes on without what an office below has not signed.
    gaps_note = models.CharField("下级未签报的说明", max_length=300, blank=True)
    # The nearest day before the last that one has been reminded of; 0 once it is overdue.
    reminded = models.PositiveSmallIntegerField("已提醒", null=True, blank=True)

    preparers = models.ManyToManyField(User, related_name="+", verbose_name="准备人")
    prepared_name = models.CharField("准备人", max_length=90, blank=True)
    prepared_at = models.DateTimeField("准备时间", null=True, blank=True)
    prepared_digest = models.CharField("准备内容摘要", max_length=64, blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    signed_name = models.CharField("签报人", max_length=90, blank=True)
    signed_at = models.DateTimeField("签报时间", null=True, blank=True)
    frozen = models.JSONField("签报内容", default=dict, blank=True)
    digest = models.CharField("签报内容摘要", max_length=64, blank=True)
    sent_back_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    sent_back_name = models.CharField("退回人", max_length=90, blank=True)
    sent_back_at = models.DateTimeField("退回时间", null=True, blank=True)
    sent_back_reason = models.CharField("退回原因", max_length=500, blank=True)

    objects = SummaryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年度总结"
        constraints = [
            models.UniqueConstraint(
                fields=("authority", "year", "edition"), name="summary_edition_once"
            ),
            models.UniqueConstraint(
                fields=("authority", "year"),
                condition=Q(sent_back_at__isnull=True),
                name="summary_one_standing",
            ),
            models.CheckConstraint(
                name="summary_sent_back_after_signature",
                condition=Q(sent_back_at__isnull=True) | Q(signed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority.short_name}{self.year}年度总结"

    def is_overdue(self, on: date) -> bool:
        return self.signed_at is None and self.due_on is not None and self.due_on < on

    @property
    def signed_late(self) -> bool:
        return bool(self.signed_at and self.due_on and business_date(self.signed_at) > self.due_on)


def file_path(kept: SummaryFile, filename: str) -> str:
    """A name of our making: nothing the sender typed becomes a path."""
    return f"summaries/{kept.summary_id}/{uuid.uuid4().hex}"


class SummaryFileQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(summary__in=Summary.objects.visible_to(user))

    def live(self) -> Self:
        return self.filter(removed_at__isnull=True)


class SummaryFile(models.Model):
    """An attachment. Private: served only by the view that asks ``visible_to``. The next edition
    names the same stored file again.
    """

    summary = models.ForeignKey(Summary, models.PROTECT, related_name="files")
    file = models.FileField("文件", upload_to=file_path)
    name = models.CharField("文件名", max_length=150)
    size = models.PositiveBigIntegerField("字节数")
    content_type = models.CharField("内容类型", max_length=100)
    sha256 = models.CharField("摘要", max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)

    objects = SummaryFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年度总结附件"

    def __str__(self) -> str:
        return self.name
