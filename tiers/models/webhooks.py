"""Addresses to which changes of the public register are pushed, and what goes there."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef

from registry.access import ScopedQuerySet
from registry.models import AuditEvent, User


class SubscriptionQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """A person's own."""
        return self.filter(owner=user.pk) if user.is_authenticated else self.none()

    def running(self) -> Self:
        running = (Subscription.State.PROVING, Subscription.State.OPEN)
        return self.filter(state__in=running, owner__is_active=True)

    def due(self, at: datetime) -> Self:
        waiting = Push.objects.filter(subscription=OuterRef("pk"), status=Push.Status.WAITING)
        return self.running().filter(Exists(waiting), next_try_at__lte=at)


class Subscription(models.Model):
    """One application's address. Changed by ``tiers.webhooks``."""

    class State(models.TextChoices):
        PROVING = "proving", "等待验证"
        OPEN = "open", "推送中"
        PAUSED = "paused", "已暂停"
        STOPPED = "stopped", "推送不成，已停止"

    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="持有人")
    name = models.CharField("应用名称", max_length=40)
    address = models.CharField("接收地址", max_length=300)
    # The portal's own address, as its pages were asked for when this was made.
    origin = models.CharField("平台地址", max_length=200)
    state = models.CharField("状态", max_length=8, choices=State, default=State.PROVING)
    made_at = models.DateTimeField("添加时间")
    proved_at = models.DateTimeField("验证时间", null=True, blank=True)
    failures = models.PositiveSmallIntegerField("连续未成次数", default=0)
    # How often a worker has taken it in hand: one that slept past its turn changes nothing.
    turn = models.PositiveIntegerField("轮次", default=0)
    next_try_at = models.DateTimeField("下次推送")

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "变更推送"
        indexes = [models.Index(fields=("state", "next_try_at"), name="subscription_due")]

    def __str__(self) -> str:
        return self.name


class PushQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(subscription__in=Subscription.objects.visible_to(user))


class Push(models.Model):
    """One thing to hand over, with what came of it last. Those of an address go in their order."""

    class Kind(models.TextChoices):
        CHALLENGE = "challenge", "地址验证"
        TEST = "test", "测试"
        CHANGE = "change", "名录变更"

    class Status(models.TextChoices):
        WAITING = "waiting", "待推送"
        SENT = "sent", "已送达"

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="pushes")
    key = models.UUIDField("编号", unique=True, default=uuid.uuid4)
    kind = models.CharField("类别", max_length=9, choices=Kind)
    sequence = models.PositiveBigIntegerField("序号", null=True)
    content = models.JSONField("内容")
    status = models.CharField("结果", max_length=7, choices=Status, default=Status.WAITING)
    queued_at = models.DateTimeField("进入队列")
    attempts = models.PositiveSmallIntegerField("已推送次数", default=0)
    tried_at = models.DateTimeField("最近推送", null=True)
    code = models.PositiveSmallIntegerField("回答", null=True)
    milliseconds = models.PositiveIntegerField("用时", null=True)
    error = models.CharField("未成原因", max_length=200, blank=True)

    objects = PushQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推送记录"
        constraints = [
            models.UniqueConstraint(fields=("subscription", "sequence"), name="push_once")
        ]
        indexes = [
            models.Index(fields=("subscription", "status", "id"), name="push_waiting"),
            models.Index(fields=("queued_at",), name="push_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"


class PushedChange(models.Model):
    """A line of the trail that has had its turn; the key is the sequence that subscribers see."""

    line = models.OneToOneField(AuditEvent, models.PROTECT, related_name="+")
    at = models.DateTimeField("时间", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "已推送的变更"

    def __str__(self) -> str:
        return str(self.pk)
