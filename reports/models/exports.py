"""Lists on their way out as files, and how a bureau wants a list laid out."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q, QuerySet

from registry.access import OFFICERS, ScopedQuerySet
from registry.models import Authority, Delegation, Enterprise, User


class FileForm(models.TextChoices):
    XLSX = "xlsx", "Excel 工作簿（.xlsx）"
    CSV = "csv", "CSV，UTF-8 编码"
    GB18030 = "gb18030", "CSV，GB18030 编码"

    @property
    def ending(self) -> str:
        return "xlsx" if self == FileForm.XLSX else "csv"


class ExportQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """A person's own, of the place he has now: what he took elsewhere is not his any more."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(
            owner=user.pk,
            role=user.role,
            authority=user.authority_id,
            enterprise=user.enterprise_id,
        )

    def of_office(self, user: User) -> Self:
        """What the people of an officer's own office have taken out: that it was, not the files."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.filter(authority=user.authority_id)

    def unfinished(self) -> Self:
        return self.filter(state__in=(Export.State.WAITING, Export.State.MAKING))

    def due(self, at: datetime) -> Self:
        """Waiting, or taken up by somebody who has not been heard of since."""
        return self.filter(
            Q(state=Export.State.WAITING)
            | Q(state=Export.State.MAKING, taken_until__lt=at, tries__lt=Export.TRIES)
        )


def file_path(kept: Export, filename: str) -> str:
    """A name of our making: nothing that was typed becomes a path."""
    return f"exports/{kept.pk}/{uuid.uuid4().hex}"


#: Before the kind of a thing, where the name of a list stands for lists.
DETAIL = "detail/"


class Export(models.Model):
    """One list as somebody asked for it, and the file that came of it. Changed by
    ``reports.exports``.

    The row is the queue: whoever makes files takes a waiting one, and one whose maker has fallen
    silent. It stays when its file is deleted, as the record of what was taken out.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "排队中"
        MAKING = "making", "生成中"
        READY = "ready", "已生成"
        FAILED = "failed", "没有生成"
        GONE = "gone", "文件已到期删除"
        HANDED = "handed", "已当场下载"

    TRIES = 3

    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="导出人")
    owner_name = models.CharField("导出人", max_length=90)
    # The place he asked from; in another he does not get it.
    role = models.CharField("角色", max_length=12)
    authority = models.ForeignKey(
        Authority, models.PROTECT, null=True, related_name="+", verbose_name="部门"
    )
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, related_name="+", verbose_name="企业"
    )
    delegation = models.ForeignKey(Delegation, models.PROTECT, null=True, related_name="+")

    listing = models.CharField("清单", max_length=60)
    title = models.CharField("清单名称", max_length=60)
    query = models.TextField("筛选条件", blank=True)
    words = models.CharField("筛选条件", max_length=300, blank=True)
    # [key, caption] of every column, in their order.
    columns = models.JSONField("列", default=list)
    form = models.CharField("格式", max_length=8, choices=FileForm.choices)
    expected = models.PositiveIntegerField("应有行数")
    asked_at = models.DateTimeField("申请时间")

    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField("生成次数", default=0)
    taken_until = models.DateTimeField("占用至", null=True)
    done = models.PositiveIntegerField("已写行数", default=0)
    failure = models.CharField("没有生成的原因", max_length=300, blank=True)
    made_at = models.DateTimeField("生成时间", null=True)
    # Whether he waited for it on the page, or went on and is told.
    told = models.BooleanField("生成后发站内信", default=False)

    file = models.FileField("文件", upload_to=file_path, blank=True)
    name = models.CharField("文件名", max_length=150, blank=True)
    size = models.PositiveBigIntegerField("字节数", default=0)
    content_type = models.CharField("内容类型", max_length=100, blank=True)
    sha256 = models.CharField("摘要", max_length=64, blank=True)
    rows_sha256 = models.CharField("内容摘要", max_length=64, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "清单导出"
        indexes = [
            models.Index(fields=("state", "asked_at"), name="export_by_state"),
            models.Index(fields=("owner", "-asked_at"), name="export_by_owner"),
            models.Index(fields=("authority", "-asked_at"), name="export_by_office"),
        ]

    def __str__(self) -> str:
        return f"{self.title}导出"

    @property
    def is_detail(self) -> bool:
        """Whether it is of one thing, named by the words, and not of a list."""
        return self.listing.startswith(DETAIL)

    @property
    def has_gone_out(self) -> bool:
        return self.state in (self.State.READY, self.State.GONE, self.State.HANDED)

    @property
    def is_finished(self) -> bool:
        return self.state not in (self.State.WAITING, self.State.MAKING)


class LayoutQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """Those of the officer's own office."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.filter(authority=user.authority_id)

    def of(self, authority: Authority, listing: str) -> QuerySet[ExportLayout]:
        return self.filter(authority=authority, listing=listing)


class ExportLayout(models.Model):
    """How a bureau wants one list laid out (导出模板): which columns, in what order, under which
    captions.
    """

    authority = models.ForeignKey(
        Authority, models.CASCADE, related_name="export_layouts", verbose_name="部门"
    )
    listing = models.CharField("清单", max_length=60)
    name = models.CharField("模板名称", max_length=40)
    columns = models.JSONField("列", default=list)
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField("保存时间")

    objects = LayoutQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导出模板"
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=("authority", "listing", "name"), name="export_layout_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
