"""Tokens by which a person's applications use the API."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import Role, ScopedQuerySet, Seat
from registry.models.people import User


class ApiTokenQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """A person's own; a firm's manager sees those of all its people."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(owner=user.pk)
        if user.role == Role.ENTERPRISE and user.seat == Seat.MANAGER and user.enterprise_id:
            mine |= Q(owner__enterprise=user.enterprise_id)
        return self.filter(mine)

    def standing(self) -> Self:
        return self.filter(revoked_at__isnull=True)


class ApiToken(models.Model):
    """What one application has of its owner's eyes, or of his hands too. The token itself is shown
    once and kept nowhere. Changed by ``registry.tokens``.
    """

    class Scope(models.TextChoices):
        READ = "read", "只读取"
        ACT = "act", "读取和办理"

    owner = models.ForeignKey(User, models.PROTECT, related_name="tokens", verbose_name="持有人")
    # The place he had when he made it: should he leave that place, the token is worth nothing.
    place = models.CharField("持有人的单位", max_length=60)
    name = models.CharField("应用名称", max_length=40)
    scope = models.CharField("权限", max_length=4, choices=Scope)
    prefix = models.CharField("开头", max_length=12)
    digest = models.CharField("摘要", max_length=64, unique=True)
    made_at = models.DateTimeField("生成时间")
    ends_on = models.DateField("最后有效日")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"

    def __str__(self) -> str:
        return f"{self.name}（{self.prefix}…）"

    def state(self, on: date) -> str:
        """open, revoked, ended, or lost with its owner's place."""
        if self.revoked_at is not None:
            return "revoked"
        if on > self.ends_on:
            return "ended"
        return "open" if self.owner.is_active and self.place == place_of(self.owner) else "lost"


def place_of(user: User) -> str:
    """A person's place in a word: what he is, and where."""
    return f"{user.role}:{user.authority_id or ''}:{user.enterprise_id or ''}"
