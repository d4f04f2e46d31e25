"""Accounts that their people ask to get back (找回账号)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, Role, ScopedQuerySet
from registry.models.enterprises import Enterprise
from registry.models.people import User
from registry.models.places import Authority


class RecoveryQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """To offices the requests for firms below them; to a firm's people, all of them, those
        that are on their way to one of its accounts.
        """
        seen = super().visible_to(user)
        if user.is_authenticated and user.role == Role.ENTERPRISE:
            return seen.filter(status__in=(Recovery.Status.WAITING, Recovery.Status.APPROVED))
        return seen

    def waiting(self) -> Self:
        return self.filter(status=Recovery.Status.WAITING)

    def open(self) -> Self:
        return self.filter(status__in=(Recovery.Status.WAITING, Recovery.Status.APPROVED))

    def awaiting(self, user: User) -> Self:
        """What an officer has to look at."""
        return self.visible_to(user).waiting() if user.role in OFFICERS else self.none()


def letter_path(recovery: Recovery, filename: str) -> str:
    """A name of our making: nothing that was typed becomes a path."""
    return f"recoveries/{uuid.uuid4().hex}"


class Recovery(models.Model):
    """One request, over the letter of the firm's legal representative. Without an account it
    named none that there is: it is kept so that whoever filed it learns nothing.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "待核实"
        APPROVED = "approved", "已核实，等待期"
        REFUSED = "refused", "未通过"
        STOPPED = "stopped", "已被异议终止"
        USED = "used", "已找回"

    account = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="recoveries", verbose_name="账号"
    )
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, related_name="+", verbose_name="企业"
    )
    authority = models.ForeignKey(
        Authority, models.PROTECT, null=True, related_name="+", verbose_name="核实部门"
    )
    receipt = models.CharField("回执号", max_length=20, unique=True)
    secret = models.CharField(max_length=64)
    phone = models.CharField("新联系电话", max_length=20)
    file = models.FileField("申请函", upload_to=letter_path)
    name = models.CharField("文件名", max_length=150)
    size = models.PositiveBigIntegerField("字节数")
    content_type = models.CharField("内容类型", max_length=100)
    sha256 = models.CharField("摘要", max_length=64)
    filed_at = models.DateTimeField("提交时间", db_index=True)
    status = models.CharField("状态", max_length=8, choices=Status.choices, default=Status.WAITING)
    decided_at = models.DateTimeField("办理时间", null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField("说明", max_length=200, blank=True)
    # Between these two moments a new password can be set, once.
    opens_at = models.DateTimeField("等待期满", null=True)
    ends_at = models.DateTimeField("失效时间", null=True)
    closed_at = models.DateTimeField("终止或完成时间", null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "找回账号"
        constraints = [
            models.UniqueConstraint(
                fields=("account",),
                condition=Q(status="approved"),
                name="recovery_one_approved_per_account",
            ),
            models.CheckConstraint(
                name="recovery_opens_once_approved",
                condition=~Q(status__in=("approved", "used"))
                | Q(account__isnull=False, opens_at__isnull=False, ends_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.receipt

    def may_set_password(self, at: datetime) -> bool:
        return (
            self.status == Recovery.Status.APPROVED
            and self.opens_at is not None
            and self.ends_at is not None
            and self.opens_at <= at < self.ends_at
        )

    def is_over(self, at: datetime) -> bool:
        """Approved, and the time in which it could be used has gone by."""
        return bool(self.status == Recovery.Status.APPROVED and self.ends_at and self.ends_at <= at)
