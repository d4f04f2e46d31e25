"""Formal check (形式审查): an office's answer to each question about a case."""

from __future__ import annotations

from typing import Self

from django.db import models

from registry.access import OFFICERS, ScopedQuerySet
from registry.models import Authority, User
from tiers.models.applications import Application


class FormalAnswerQuerySet(ScopedQuerySet):
    authority_lookup = "authority"

    def visible_to(self, user: User) -> Self:
        """Business of the office that checks: findings may name firms that other offices do not
        see.
        """
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.below(user.authority_path)


class FormalAnswer(models.Model):
    """What an officer answered to one question; changed by ``tiers.formal_check`` until the step
    is completed. A case that came back is asked anew.
    """

    class Answer(models.TextChoices):
        YES = "yes", "符合"
        NO = "no", "不符合"
        NONE = "na", "不适用"

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="formal_answers", verbose_name="申报"
    )
    submission = models.PositiveSmallIntegerField("第几次提交")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+")
    edition = models.CharField("问题版本", max_length=40)
    question = models.CharField("问题", max_length=40)
    answer = models.CharField("回答", max_length=4, choices=Answer.choices)
    note = models.CharField("说明", max_length=500, blank=True)
    # What the machine found when it was answered; empty for questions that only people can answer.
    finding = models.JSONField("机检结果", default=dict)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("审查人", max_length=90)
    at = models.DateTimeField("时间")
    version = models.PositiveIntegerField("版本", default=1)

    objects = FormalAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "形式审查"
        constraints = [
            models.UniqueConstraint(
                fields=("application", "submission", "question"), name="formal_answer_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.question} {self.get_answer_display()}"
