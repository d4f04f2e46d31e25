"""Departments asked about a case (征求意见): what was sent to each, and what it said."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from assessments.models import Evidence
from registry.access import OFFICERS, Role, ScopedQuerySet
from registry.models import Authority, User
from tiers.models.applications import Application


class ConsultationQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """To a department what was sent to it, to officers what their own office has asked."""
        if not user.is_authenticated:
            return self.none()
        if user.role == Role.DEPARTMENT and user.authority_id:
            return self.filter(department=user.authority_id)
        if user.role in OFFICERS:
            return self.filter(asked_by__path__startswith=user.authority_path)
        return self.none()

    def with_answer(self) -> Self:
        """With the latest word of each department: ``answer``, "" where it has not spoken."""
        latest = DepartmentOpinion.objects.filter(consultation=OuterRef("pk")).order_by("-pk")
        return self.annotate(answer=Subquery(latest.values("answer")[:1]))

    def unanswered(self) -> Self:
        return self.filter(opinions__isnull=True)

    def open(self) -> Self:
        """Whose case still waits for the departments."""
        return self.filter(closed_at__isnull=True)

    def awaiting(self, user: User) -> Self:
        """What a department still has to answer."""
        if user.role != Role.DEPARTMENT:
            return self.none()
        return self.visible_to(user).open().unanswered()


class Consultation(models.Model):
    """One department asked about one case. ``content`` is all it will ever see of it."""

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="consultations", verbose_name="申报"
    )
    submission = models.PositiveSmallIntegerField("第几次提交")
    department = models.ForeignKey(
        Authority, models.PROTECT, related_name="consultations", verbose_name="征求意见部门"
    )
    asked_by = models.ForeignKey(Authority, models.PROTECT, related_name="+")
    content = models.JSONField("发出的内容")
    digest = models.CharField("内容摘要", max_length=64)
    due_on = models.DateField("答复期限")
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sent_by_name = models.CharField("发出人", max_length=90)
    sent_at = models.DateTimeField("发出时间")
    reminded_at = models.DateTimeField("最近催办", null=True, blank=True)
    # 逾期未答复视为无意见: a person's word, never the portal's.
    waived_at = models.DateTimeField("视为无意见的时间", null=True, blank=True)
    waived_by_name = models.CharField("视为无意见的经办人", max_length=90, blank=True)
    waive_reason = models.CharField("视为无意见的理由", max_length=200, blank=True)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "征求意见"
        constraints = [
            models.UniqueConstraint(
                fields=("application", "submission", "department"), name="consultation_once"
            ),
            models.CheckConstraint(
                name="consultation_waived_with_reason",
                condition=Q(waived_at__isnull=True) | ~Q(waive_reason=""),
            ),
        ]
        indexes = [models.Index(fields=("department", "due_on"), name="consultation_by_due")]

    def __str__(self) -> str:
        return f"{self.application} – {self.department}"

    def is_overdue(self, on: date) -> bool:
        return on > self.due_on


def proof_path(opinion: DepartmentOpinion, filename: str) -> str:
    """A name of our making: nothing the sender typed becomes a path."""
    return f"consultations/{opinion.consultation_id}/{uuid.uuid4().hex}"


class DepartmentOpinionQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(consultation__in=Consultation.objects.visible_to(user).values("pk"))


class DepartmentOpinion(models.Model):
    """A department's word on a case. An amendment is a further row; the latest stands."""

    class Answer(models.TextChoices):
        NONE = "none", "无意见"
        OBJECTION = "objection", "有意见"

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="opinions")
    answer = models.CharField("意见", max_length=10, choices=Answer.choices)
    ground = models.TextField("理由和依据", blank=True)
    # The kind of event (standard's veto kinds) that bars a determination until it is lifted.
    veto = models.CharField("否决事项", max_length=20, blank=True)
    file = models.FileField("证明材料", upload_to=proof_path, blank=True)
    name = models.CharField("文件名", max_length=150, blank=True)
    size = models.PositiveBigIntegerField("字节数", default=0)
    content_type = models.CharField("内容类型", max_length=100, blank=True)
    sha256 = models.CharField("摘要", max_length=64, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("答复人", max_length=90)
    at = models.DateTimeField("时间")
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    lifted_by_name = models.CharField("解除人", max_length=90, blank=True)
    lifted_at = models.DateTimeField("解除时间", null=True, blank=True)
    lift_reason = models.CharField("解除理由", max_length=500, blank=True)

    objects = DepartmentOpinionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "部门意见"
        constraints = [
            models.CheckConstraint(
                name="opinion_objection_has_ground",
                condition=Q(answer="none", veto="") | Q(answer="objection") & ~Q(ground=""),
            ),
            models.CheckConstraint(
                name="opinion_lifted_with_reason",
                condition=Q(lifted_at__isnull=True) | ~Q(lift_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consultation} {self.get_answer_display()}"

    @property
    def bars(self) -> bool:
        """Whether it stands in the way of a determination."""
        return bool(self.veto) and self.lifted_at is None


class SentFileQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(consultation__in=Consultation.objects.visible_to(user).values("pk"))


class SentFile(models.Model):
    """A file of the self-assessment that one department may open, because it was sent to it."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="files")
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="+")
    label = models.CharField("证明什么", max_length=300)
    name = models.CharField("文件名", max_length=150)
    sha256 = models.CharField("摘要", max_length=64)
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sent_by_name = models.CharField("发出人", max_length=90)
    sent_at = models.DateTimeField("发出时间")

    objects = SentFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "随附的佐证材料"
        constraints = [
            models.UniqueConstraint(fields=("consultation", "evidence"), name="sent_file_once")
        ]

    def __str__(self) -> str:
        return self.name
