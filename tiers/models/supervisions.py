"""Inspections of titles in force (监督抽查): what was drawn, and what was found in each factory."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, Role, ScopedQuerySet
from registry.models import Authority, User
from registry.policy import Tier
from tiers.models.certifications import Certification


class SupervisionQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """Business of the office that drew and of those above it."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.below(user.authority_path)

    def published(self) -> Self:
        """Draws whose every inspection is over: the list no longer warns anybody."""
        return self.exclude(checks__signed_at__isnull=True)


class Supervision(models.Model):
    """A draw among an office's titles in force, with all it takes to repeat it. Made by
    ``tiers.supervision``.
    """

    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="supervisions", verbose_name="抽查部门"
    )
    tier = models.CharField("等级", max_length=12, choices=Tier.choices)
    policy = models.CharField("规则版本", max_length=40)
    title = models.CharField("抽查名称", max_length=80)
    numbers = models.JSONField("参加抽取的证书编号")
    digest = models.CharField("名单摘要", max_length=64)
    seed = models.CharField("随机种子", max_length=64)
    share = models.FloatField("抽查比例")
    drawn = models.JSONField("抽中的证书编号")
    due_on = models.DateField("检查截止日期")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("抽取人", max_length=90)
    at = models.DateTimeField("抽取时间")

    objects = SupervisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "监督抽查"

    def __str__(self) -> str:
        return self.title


class SupervisionCheckQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """The office that inspects and those above; everybody else once the result is signed."""
        if not user.is_authenticated:
            return self.none()
        if user.role == Role.ENTERPRISE and user.enterprise_id:
            return self.signed().filter(certification__factory__enterprise=user.enterprise_id)
        if user.role in OFFICERS:
            own = Q(supervision__authority__path__startswith=user.authority_path)
            below = Certification.objects.below(user.authority_path)
            return self.filter(own | Q(certification__in=below, signed_at__isnull=False))
        return self.none()

    def signed(self) -> Self:
        return self.filter(signed_at__isnull=False)

    def unsigned(self) -> Self:
        return self.filter(signed_at__isnull=True)

    def mending(self) -> Self:
        """Found wanting, and not yet looked at again."""
        return self.filter(result=SupervisionCheck.Result.MEND, rechecked_at__isnull=True)

    def to_recheck(self) -> Self:
        return self.mending().filter(answered_at__isnull=False)

    def unfinished(self) -> Self:
        return self.filter(
            Q(signed_at__isnull=True)
            | Q(result=SupervisionCheck.Result.MEND, rechecked_at__isnull=True)
        )

    def overdue(self, on: date) -> Self:
        return self.filter(late(on))

    def for_list(self) -> Self:
        return self.select_related(
            "supervision__authority",
            "certification__factory__enterprise",
            "certification__factory__authority",
            "officer",
        )


def late(on: date) -> Q:
    """Not inspected in time, or not mended in time."""
    return Q(signed_at__isnull=True, supervision__due_on__lt=on) | Q(
        result=SupervisionCheck.Result.MEND,
        rechecked_at__isnull=True,
        answered_at__isnull=True,
        mend_due_on__lt=on,
    )


class SupervisionCheck(models.Model):
    """One factory that was drawn: the inspection, what has to be mended, and the second look."""

    class Result(models.TextChoices):
        FIT = "fit", "合格"
        MEND = "mend", "限期整改"
        UNFIT = "unfit", "不合格"

    class Severity(models.TextChoices):
        MINOR = "minor", "一般"
        MAJOR = "major", "严重"

    supervision = models.ForeignKey(Supervision, models.PROTECT, related_name="checks")
    certification = models.ForeignKey(
        Certification, models.PROTECT, related_name="supervision_checks", verbose_name="认定"
    )
    officer = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name="检查人"
    )
    team = models.CharField("检查人员", max_length=200, blank=True)
    visited_on = models.DateField("检查日期", null=True)
    # Each with item, item_label, severity and text.
    findings = models.JSONField("发现的问题", default=list)
    summary = models.TextField("检查情况", max_length=2000, blank=True)
    result = models.CharField("检查结果", max_length=8, choices=Result.choices, blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    signed_name = models.CharField("签名", max_length=90, blank=True)
    signed_at = models.DateTimeField("签名时间", null=True)
    mend_due_on = models.DateField("整改期限", null=True)
    # How far the firm has been told of the end of its time: soon, due or over.
    told = models.CharField("已提醒", max_length=8, blank=True)
    answer = models.TextField("整改情况", max_length=2000, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_name = models.CharField("整改提交人", max_length=90, blank=True)
    answered_at = models.DateTimeField("整改提交时间", null=True)
    recheck_result = models.CharField("复查结果", max_length=8, choices=Result.choices, blank=True)
    recheck_finding = models.TextField("复查情况", max_length=2000, blank=True)
    rechecked_name = models.CharField("复查人", max_length=90, blank=True)
    rechecked_at = models.DateTimeField("复查时间", null=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = SupervisionCheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "监督检查"
        constraints = [
            models.UniqueConstraint(
                fields=("supervision", "certification"), name="supervision_check_once_per_title"
            ),
            models.CheckConstraint(
                name="supervision_result_exactly_when_signed",
                condition=Q(result="", signed_at__isnull=True)
                | ~Q(result="") & Q(signed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="supervision_mending_has_its_day",
                condition=Q(result="mend", mend_due_on__isnull=False)
                | ~Q(result="mend") & Q(mend_due_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certification}监督检查"

    @property
    def outcome(self) -> str:
        """What it came to in the end: that of the second look where there was one."""
        return self.recheck_result or self.result

    @property
    def state(self) -> str:
        if self.signed_at is None:
            return "assigned" if self.officer_id else "open"
        if self.result == self.Result.MEND and self.rechecked_at is None:
            return "answered" if self.answered_at else "mending"
        return self.outcome

    @property
    def label(self) -> str:
        words = {"open": "待分派", "assigned": "待检查", "mending": "整改中", "answered": "待复查"}
        return words.get(self.state) or str(self.Result(self.outcome).label)

    @property
    def due_on(self) -> date | None:
        """The day by which somebody has to do the next thing; None where nothing is left."""
        if self.signed_at is None:
            return self.supervision.due_on
        return self.mend_due_on if self.state == "mending" else None

    def is_overdue(self, on: date) -> bool:
        return self.due_on is not None and self.due_on < on


def file_path(kept: SupervisionFile, filename: str) -> str:
    """A name of our making: nothing the sender typed becomes a path."""
    return f"supervisions/{kept.check_row_id}/{uuid.uuid4().hex}"


class SupervisionFileQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(check_row__in=SupervisionCheck.objects.visible_to(user))

    def live(self) -> Self:
        return self.filter(removed_at__isnull=True)


class SupervisionFile(models.Model):
    """A photo or paper of an inspection, or a firm's proof that it has mended something. Private:
    served only by the view that asks ``visible_to``.
    """

    # Not "check", which Django's models answer to themselves.
    check_row = models.ForeignKey(SupervisionCheck, models.PROTECT, related_name="files")
    by_firm = models.BooleanField("企业上传")
    file = models.FileField("文件", upload_to=file_path)
    name = models.CharField("文件名", max_length=150)
    size = models.PositiveBigIntegerField("字节数")
    content_type = models.CharField("内容类型", max_length=100)
    sha256 = models.CharField("摘要", max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("移除时间", null=True)

    objects = SupervisionFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "监督检查材料"

    def __str__(self) -> str:
        return self.name
