"""How good a factory is in its own words: assessments, answers, instances, evidence, and plans."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import models

from registry.access import ScopedQuerySet
from registry.models import Factory, User


class FactoryOwnedQuerySet(ScopedQuerySet):
    enterprise_lookup = "factory__enterprise"
    authority_lookup = "factory__authority"


class AssessmentQuerySet(FactoryOwnedQuerySet):
    def for_list(self) -> AssessmentQuerySet:
        return self.select_related("factory__enterprise", "factory__authority").order_by(
            "-started_at", "-pk"
        )

    def shown_to_officers(self) -> AssessmentQuerySet:
        """An officer sees what the firm has finished; a half-filled form is the firm's own."""
        return self.filter(locked_at__isnull=False)


class Assessment(models.Model):
    """One self-assessment of one factory under one edition. Once locked it never changes."""

    factory = models.ForeignKey(
        Factory, models.PROTECT, related_name="assessments", verbose_name="工厂"
    )
    standard = models.CharField("标准版本", max_length=40)
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField("开始时间")
    # Who sees to it until it is locked; changes hands when he leaves, unlike who started it.
    keeper = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="负责人"
    )
    saved_at = models.DateTimeField("保存时间", null=True, blank=True)
    locked_at = models.DateTimeField("锁定时间", null=True, blank=True)
    locked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    # What lists need, written once at the lock; the full result is always recomputed.
    reached_tier = models.CharField("自评达到等级", max_length=12, blank=True)
    maturity_level = models.PositiveSmallIntegerField("成熟度等级", null=True, blank=True)
    maturity_score = models.DecimalField(
        "成熟度得分", max_digits=4, decimal_places=2, null=True, blank=True
    )
    digest = models.CharField("内容摘要", max_length=64, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "自评"
        constraints = [
            models.UniqueConstraint(
                fields=("factory",),
                condition=models.Q(locked_at__isnull=True),
                name="assessment_one_open_per_factory",
            )
        ]

    def __str__(self) -> str:
        return f"{self.factory.name}自评"

    @property
    def is_locked(self) -> bool:
        return self.locked_at is not None


class AssessmentPartQuerySet(ScopedQuerySet):
    enterprise_lookup = "assessment__factory__enterprise"
    authority_lookup = "assessment__factory__authority"

    def shown_to_officers(self) -> AssessmentPartQuerySet:
        return self.filter(assessment__locked_at__isnull=False)


class Answer(models.Model):
    """One answer to one item, with who gave it when, and the version a save must have seen."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="answers")
    item = models.CharField("条目", max_length=60)
    value = models.JSONField("内容")
    version = models.PositiveIntegerField("版本", default=1)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    objects = AssessmentPartQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "作答"
        constraints = [
            models.UniqueConstraint(fields=("assessment", "item"), name="answer_once_per_item")
        ]

    def __str__(self) -> str:
        return f"{self.item} v{self.version}"


class ScenarioInstance(models.Model):
    """One place where the factory runs a typical scenario: 环节—场景—实例."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="instances")
    scenario_no = models.PositiveSmallIntegerField("典型场景")
    name = models.CharField("实例名称", max_length=80)
    problem = models.TextField("解决的问题", max_length=500, blank=True)
    solution = models.TextField("做法", max_length=1000, blank=True)
    equipment = models.CharField("智能制造装备", max_length=300, blank=True)
    software = models.CharField("工业软件", max_length=300, blank=True)
    suppliers = models.CharField("供应商", max_length=300, blank=True)
    uses_ai = models.BooleanField("应用人工智能", default=False)
    effect = models.TextField("成效", max_length=500, blank=True)

    objects = AssessmentPartQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "场景实例"

    def __str__(self) -> str:
        return self.name


def evidence_path(evidence: Evidence, filename: str) -> str:
    """A name of our making: nothing the sender typed becomes a path."""
    return f"evidence/{evidence.assessment_id}/{uuid.uuid4().hex}"


class EvidenceQuerySet(AssessmentPartQuerySet):
    def live(self) -> EvidenceQuerySet:
        return self.filter(removed_at__isnull=True)


class Evidence(models.Model):
    """A file that proves an answer. Private: served only by the view that asks ``visible_to``."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="evidence")
    item = models.CharField("条目", max_length=60)
    file = models.FileField("文件", upload_to=evidence_path)
    name = models.CharField("文件名", max_length=150)
    size = models.PositiveBigIntegerField("字节数")
    content_type = models.CharField("内容类型", max_length=100)
    sha256 = models.CharField("摘要", max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "佐证材料"
        indexes = [models.Index(fields=("assessment", "item"), name="evidence_by_item")]

    def __str__(self) -> str:
        return self.name

    @property
    def previewable(self) -> bool:
        """Whether a browser can show it without running anything of it."""
        return self.content_type in {"application/pdf", "image/png", "image/jpeg"}


class MeasureQuerySet(FactoryOwnedQuerySet):
    def for_list(self) -> MeasureQuerySet:
        return self.select_related("factory__enterprise").order_by("due_on", "pk")

    def overdue(self, on: date) -> MeasureQuerySet:
        """Not done, and due before that day."""
        return self.filter(due_on__lt=on).exclude(status=Measure.Status.DONE)


class Measure(models.Model):
    """A step of the improvement plan (提升计划): which gap, who, by when, with what money."""

    class Status(models.TextChoices):
        PLANNED = "planned", "未开始"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"

    factory = models.ForeignKey(
        Factory, models.PROTECT, related_name="measures", verbose_name="工厂"
    )
    gap = models.CharField("差距", max_length=300)
    gap_code = models.CharField("差距代码", max_length=60, blank=True)
    action = models.CharField("措施", max_length=300)
    owner = models.CharField("责任部门或岗位", max_length=60)
    due_on = models.DateField("完成期限")
    scenario_no = models.PositiveSmallIntegerField("典型场景", null=True, blank=True)
    investment = models.DecimalField(
        "投资（万元）", max_digits=10, decimal_places=2, null=True, blank=True
    )
    status = models.CharField("进展", max_length=8, choices=Status.choices, default=Status.PLANNED)
    result = models.CharField("结果", max_length=300, blank=True)
    created_at = models.DateTimeField("建立时间")

    objects = MeasureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "提升措施"

    def __str__(self) -> str:
        return self.action
