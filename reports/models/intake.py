"""Workbooks that an office sent in (导入批次): the file, its rows and what is said of them."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, ScopedQuerySet
from registry.intake import DOING, Outcome
from registry.models import Authority, User


def file_path(batch: Batch, filename: str) -> str:
    """A name of our making: nothing the sender typed becomes a path."""
    return f"intake/{uuid.uuid4().hex}"


class BatchQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """Business of the office that sent it: not of those above or below."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.filter(authority__path=user.authority_path)

    def commissioned(self) -> Self:
        """What somebody has ordered and no worker has finished."""
        return self.filter(status__in=(Batch.Status.APPLYING, Batch.Status.UNDOING))


class Batch(models.Model):
    """One workbook as it was sent. Changed by ``reports.intake``.

    Until it is applied nothing of it stands in the register; the file stays as what its rows came
    from. ``version`` rises with every change, so that nobody applies what he has not seen.
    """

    class Status(models.TextChoices):
        ASKING = "asking", "待对应列"
        CHECKED = "checked", "待确认导入"
        APPLYING = "applying", "正在导入"
        APPLIED = "applied", "已导入"
        UNDOING = "undoing", "正在撤销"
        UNDONE = "undone", "已撤销"
        DROPPED = "dropped", "已作废"

    class Way(models.TextChoices):
        ALL = "all", "全部导入"
        GOOD = "good", "只导入没有问题的行"

    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="导入部门"
    )
    # Without choices, so that a further kind needs no migration; reports.intake knows them.
    kind = models.CharField("类别", max_length=40)
    status = models.CharField("状态", max_length=10, choices=Status.choices)
    file = models.FileField("文件", upload_to=file_path)
    name = models.CharField("文件名", max_length=150)
    size = models.PositiveBigIntegerField("字节数")
    content_type = models.CharField("内容类型", max_length=100)
    sha256 = models.CharField("摘要", max_length=64)
    given = models.JSONField("随文件填写", default=dict, blank=True)
    layout = models.JSONField("列的对应", default=dict, blank=True)
    counts = models.JSONField("各类行数", default=dict, blank=True)
    # What applying made, by the number of the row; the undo goes by it.
    made = models.JSONField("已办", default=dict, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_name = models.CharField("上传人", max_length=90)
    uploaded_at = models.DateTimeField("上传时间")
    checked_at = models.DateTimeField("核对时间", null=True, blank=True)
    way = models.CharField("导入方式", max_length=8, choices=Way.choices, blank=True)
    # Whoever ordered what a worker does; by which delegation, where he stood in for somebody.
    ordered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ordered_name = models.CharField("确认人", max_length=90, blank=True)
    ordered_at = models.DateTimeField("确认时间", null=True, blank=True)
    delegation_id = models.BigIntegerField("委托编号", null=True, blank=True)
    applied_at = models.DateTimeField("导入时间", null=True, blank=True)
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    undone_name = models.CharField("撤销人", max_length=90, blank=True)
    trouble = models.CharField("没有办成的原因", max_length=500, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入批次"
        constraints = [
            models.UniqueConstraint(
                fields=("authority", "kind", "sha256"),
                condition=~Q(status__in=("undone", "dropped")),
                name="intake_file_once",
            )
        ]
        indexes = [models.Index(fields=("authority", "-uploaded_at"), name="intake_of_office")]

    def __str__(self) -> str:
        return f"导入批次 {self.pk}"

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def doing(self) -> int:
        """How many rows change something."""
        return sum(self.counts.get(outcome, 0) for outcome in DOING)

    @property
    def bad(self) -> int:
        return self.counts.get(Outcome.FAULTY, 0) + self.counts.get(Outcome.CONFLICT, 0)

    @property
    def is_open(self) -> bool:
        return self.status in (self.Status.ASKING, self.Status.CHECKED)

    @property
    def at_work(self) -> bool:
        return self.status in (self.Status.APPLYING, self.Status.UNDOING)


class BatchRowQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(batch__in=Batch.objects.visible_to(user))


class BatchRow(models.Model):
    """A row of the sheet and what is said of it."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField("行号")
    outcome = models.CharField("结果", max_length=10, choices=Outcome.choices)
    # By field: address, what stood there, what it means, what was tidied, what is wrong.
    cells = models.JSONField("内容", default=dict)
    faults = models.JSONField("问题", default=list)
    changes = models.JSONField("变更", default=list)
    effects = models.JSONField("影响", default=list)

    objects = BatchRowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入的行"
        constraints = [models.UniqueConstraint(fields=("batch", "number"), name="intake_row_once")]
        indexes = [
            models.Index(fields=("batch", "outcome", "number"), name="intake_rows_by_outcome")
        ]

    def __str__(self) -> str:
        return f"{self.batch} 第 {self.number} 行"

    @property
    def tidied(self) -> list[dict[str, Any]]:
        """The cells in which something was tidied."""
        return [cell for cell in self.cells.values() if cell.get("n")]


class CaptionQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.filter(authority__path=user.authority_path)


class Caption(models.Model):
    """What an office's own caption means in one kind of workbook, as it has said once."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+")
    kind = models.CharField("类别", max_length=40)
    caption = models.CharField("列名", max_length=200)
    # Empty: the column is none of those asked for.
    field = models.CharField("含义", max_length=40, blank=True)

    objects = CaptionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "记住的列名"
        constraints = [
            models.UniqueConstraint(
                fields=("authority", "kind", "caption"), name="intake_caption_once"
            )
        ]

    def __str__(self) -> str:
        return self.caption
