"""What a factory with a title reports about a year, what offices answered, and its files."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, Role, ScopedQuerySet
from registry.models import Authority, Factory, User
from registry.policy import Tier


class AnnualReportQuerySet(ScopedQuerySet):
    enterprise_lookup = "factory__enterprise"

    def below(self, path: str) -> Self:
        """Of factories below the authority, and those it accepts although the factory has left."""
        return self.filter(
            Q(factory__authority__path__startswith=path) | Q(authority__path__startswith=path)
        )

    def with_firm(self) -> Self:
        """The firm has to do something: never sent in, or sent back."""
        return self.filter(state__in=AnnualReport.WITH_FIRM)

    def overdue(self, on: date) -> Self:
        return self.filter(stands("overdue", on))

    def missed(self, on: date) -> Self:
        """Never sent in, and the day is past."""
        return self.filter(state=AnnualReport.State.OWED, due_on__lt=on)

    def awaiting(self, user: User) -> Self:
        """What this officer's own office has to accept or send back."""
        if not user.is_authenticated or not user.authority_id:
            return self.none()
        return self.filter(state=AnnualReport.State.SUBMITTED, authority=user.authority_id)

    def for_list(self) -> Self:
        return self.select_related(
            "factory__enterprise", "factory__authority__parent", "factory__division", "authority"
        )


def stands(state: str, on: date) -> Q:
    """In one state on a day, or "overdue": what is late counts as late and as nothing else."""
    if state == "overdue":
        return Q(state__in=AnnualReport.WITH_FIRM, due_on__lt=on)
    if state in AnnualReport.WITH_FIRM:
        return Q(state=state, due_on__gte=on)
    return Q(state=state)


class AnnualReport(models.Model):
    """One factory's report about one year. Made by ``reports.annual``, once for each.

    ``content`` is what the firm is writing; what it has sent in stands in the steps. Whether a
    report is overdue follows from its day, and no job has to run for it.
    """

    class State(models.TextChoices):
        OWED = "owed", "待报送"
        SUBMITTED = "submitted", "待受理"
        RETURNED = "returned", "退回修改"
        ACCEPTED = "accepted", "已受理"

    WITH_FIRM = (State.OWED, State.RETURNED)

    factory = models.ForeignKey(
        Factory, models.PROTECT, related_name="annual_reports", verbose_name="工厂"
    )
    year = models.PositiveSmallIntegerField("报告年度")
    policy = models.CharField("规则版本", max_length=40)
    # The highest title in force on the last day of the year; it says which level accepts.
    tier = models.CharField("等级", max_length=12, choices=Tier.choices)
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="受理部门"
    )
    due_on = models.DateField("报送截止日期")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OWED)
    content = models.JSONField("填报内容", default=dict)
    version = models.PositiveIntegerField("版本", default=1)
    opened_at = models.DateTimeField("开展时间")
    saved_at = models.DateTimeField("保存时间", null=True)
    submitted_at = models.DateTimeField("报送时间", null=True)
    settled_at = models.DateTimeField("办理时间", null=True)
    # How far the firm has been told of the end of its time: days before it, or "over".
    told = models.CharField("已提醒", max_length=4, blank=True)

    objects = AnnualReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年度报告"
        constraints = [
            models.UniqueConstraint(
                fields=("factory", "year"), name="annual_report_once_per_factory_and_year"
            ),
            models.CheckConstraint(
                name="annual_report_owed_until_sent_in",
                condition=Q(state="owed", submitted_at__isnull=True)
                | ~Q(state="owed") & Q(submitted_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=("year", "state"), name="annual_report_by_state")]

    def __str__(self) -> str:
        return f"{self.factory.name}{self.year}年度报告"

    @property
    def with_firm(self) -> bool:
        return self.state in self.WITH_FIRM

    def is_overdue(self, on: date) -> bool:
        return self.with_firm and self.due_on < on

    def state_on(self, on: date) -> str:
        return "overdue" if self.is_overdue(on) else self.state

    def label_on(self, on: date) -> str:
        """The state in words; a report that is late says so."""
        label = str(self.State(self.state).label)
        return f"{label}，已逾期" if self.is_overdue(on) else label


class AnnualStep(models.Model):
    """Something that was done about a report, in order: sent in (with what it then said), accepted,
    sent back.
    """

    class Action(models.TextChoices):
        SUBMIT = "submit", "报送"
        ACCEPT = "accept", "受理"
        SEND_BACK = "send_back", "退回修改"

    report = models.ForeignKey(AnnualReport, models.PROTECT, related_name="steps")
    action = models.CharField("办理", max_length=10, choices=Action.choices)
    content = models.JSONField("报送内容", default=dict)
    opinion = models.CharField("意见", max_length=500, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("经办人", max_length=90)
    place_name = models.CharField("经办单位", max_length=120)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "年度报告办理记录"
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.at:%Y-%m-%d}"


class AnnualRemark(models.Model):
    """One thing to mend in a report that was sent back, and what the firm says to it."""

    class Outcome(models.TextChoices):
        CHANGED = "changed", "已修改"
        KEPT = "kept", "没有修改"

    step = models.ForeignKey(AnnualStep, models.PROTECT, related_name="remarks")
    part = models.CharField("退回内容", max_length=20)
    label = models.CharField("退回内容名称", max_length=60)
    text = models.CharField("说明", max_length=500)
    outcome = models.CharField("答复", max_length=8, choices=Outcome.choices, blank=True)
    answer = models.CharField("答复说明", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "年度报告退回事项"

    def __str__(self) -> str:
        return f"{self.label}：{self.text}"


def file_path(kept: AnnualFile, filename: str) -> str:
    """A name of our making: nothing the sender typed becomes a path."""
    return f"annual/{kept.report_id}/{uuid.uuid4().hex}"


class AnnualFileQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """The firm's own; to offices what was sent in with the report."""
        if not user.is_authenticated:
            return self.none()
        seen = self.filter(report__in=AnnualReport.objects.visible_to(user))
        if user.role == Role.ENTERPRISE:
            return seen
        return seen.filter(sent_at__isnull=False) if user.role in OFFICERS else self.none()

    def live(self) -> Self:
        return self.filter(removed_at__isnull=True)


class AnnualFile(models.Model):
    """A file that proves what a report says. Private: served only by the view that asks
    ``visible_to``.
    """

    report = models.ForeignKey(AnnualReport, models.PROTECT, related_name="files")
    file = models.FileField("文件", upload_to=file_path)
    name = models.CharField("文件名", max_length=150)
    size = models.PositiveBigIntegerField("字节数")
    content_type = models.CharField("内容类型", max_length=100)
    sha256 = models.CharField("摘要", max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField("上传时间")
    # When it was first sent in; a file taken out after that stays with what was sent.
    sent_at = models.DateTimeField("报送时间", null=True)
    removed_at = models.DateTimeField("移除时间", null=True)

    objects = AnnualFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年度报告材料"

    def __str__(self) -> str:
        return self.name
