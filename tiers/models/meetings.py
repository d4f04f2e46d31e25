"""Meetings (会议审定) at which a round's cases are decided, prepared in silence by one person and
confirmed by another.
"""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, ScopedQuerySet
from registry.models import User
from tiers.models.applications import Application
from tiers.models.rounds import Round


class MeetingQuerySet(ScopedQuerySet):
    authority_lookup = "round__authority"

    def visible_to(self, user: User) -> Self:
        """The office that holds it, and those above; to everybody else it shows by its outcome."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.below(user.authority_path)


class Meeting(models.Model):
    """One meeting on a round. Changed by ``tiers.meeting``, released by ``tiers.proceedings``.

    ``digest`` is of what was confirmed: where the list has changed since, it counts no more.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="meetings", verbose_name="批次")
    held_on = models.DateField("会议日期", null=True)
    attendees = models.CharField("参会人员", max_length=500, blank=True)
    minutes = models.TextField("会议纪要", max_length=5000, blank=True)
    # Everybody who ever put something down for it, and in whose place.
    preparers = models.ManyToManyField(User, related_name="+", verbose_name="准备人")
    prepared_name = models.CharField("准备人", max_length=90)
    prepared_at = models.DateTimeField("准备时间")
    version = models.PositiveIntegerField("版本", default=0)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_name = models.CharField("确认人", max_length=90, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    digest = models.CharField("确认内容摘要", max_length=64, blank=True)
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    released_name = models.CharField("公布人", max_length=90, blank=True)
    released_at = models.DateTimeField("公布时间", null=True)
    # The table as it was released; never worked out again.
    frozen = models.JSONField("会议审定表", default=list)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会议审定"
        constraints = [
            models.UniqueConstraint(
                fields=("round",),
                condition=Q(released_at__isnull=True),
                name="meeting_one_open_per_round",
            )
        ]

    def __str__(self) -> str:
        return f"{self.round}会议审定"


class MeetingItemQuerySet(ScopedQuerySet):
    authority_lookup = "meeting__round__authority"

    def visible_to(self, user: User) -> Self:
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.below(user.authority_path)


class MeetingItem(models.Model):
    """What is prepared for one case, as it was sent in that time."""

    class Outcome(models.TextChoices):
        PASS = "pass", "拟认定"
        REJECT = "reject", "不予认定"
        HOLD = "hold", "暂缓"

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items")
    application = models.ForeignKey(Application, models.PROTECT, related_name="meeting_items")
    submission = models.PositiveSmallIntegerField("第几次提交")
    outcome = models.CharField("审定意见", max_length=8, choices=Outcome.choices)
    reason = models.CharField("理由", max_length=500, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("准备人", max_length=90)
    at = models.DateTimeField("时间")

    objects = MeetingItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审定意见"
        constraints = [
            models.UniqueConstraint(
                fields=("meeting", "application"), name="meeting_item_once_per_case"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.get_outcome_display()}"
