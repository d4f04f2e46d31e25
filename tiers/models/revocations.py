"""Revocation of a title as a procedure (撤销), with its files, and a title given up (主动放弃)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from registry.access import ScopedQuerySet
from registry.models import Authority, User
from tiers.models.certifications import Certification


class RevocationQuerySet(ScopedQuerySet):
    """The firm's own, and those of the issuing office to itself and the offices above it."""

    enterprise_lookup = "certification__factory__enterprise"

    def open(self) -> Self:
        return self.filter(outcome="")

    def standing(self) -> Self:
        """Not decided yet, or appealed against and not answered."""
        return self.filter(Q(outcome="") | Q(appealed_at__isnull=False, finding=""))


class Revocation(models.Model):
    """From the notice to the firm to the answer on its appeal. Written by ``tiers.revocation`` and
    ``tiers.appeals``; who proposes, who decides and who answers an appeal are different people.
    """

    class Outcome(models.TextChoices):
        REVOKED = "revoked", "撤销认定"
        KEPT = "kept", "不予撤销"

    class Finding(models.TextChoices):
        UPHELD = "upheld", "复核成立，恢复认定"
        DISMISSED = "dismissed", "复核不成立，维持撤销"

    certification = models.ForeignKey(
        Certification, models.PROTECT, related_name="revocations", verbose_name="认定"
    )
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="认定部门"
    )
    policy = models.CharField("规则版本", max_length=40)
    ground = models.CharField("情形代码", max_length=20)
    ground_name = models.CharField("撤销情形", max_length=80)
    facts = models.TextField("事实和依据")
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_name = models.CharField("提出人", max_length=90)
    proposed_at = models.DateTimeField("告知时间")
    statement_until = models.DateField("陈述申辩截止日期")
    hearing_until = models.DateField("申请听证截止日期")

    statement = models.TextField("陈述申辩", blank=True)
    hearing_asked = models.BooleanField("要求听证", default=False)
    stated_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    stated_at = models.DateTimeField("陈述时间", null=True, blank=True)
    waived_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    waived_at = models.DateTimeField("放弃时间", null=True, blank=True)

    hearing_on = models.DateField("听证日期", null=True, blank=True)
    hearing_place = models.CharField("听证地点", max_length=120, blank=True)
    hearing_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    hearing_who = models.CharField("听证参加人", max_length=300, blank=True)
    hearing_record = models.TextField("听证情况", blank=True)
    heard_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    heard_at = models.DateTimeField("听证登记时间", null=True, blank=True)

    outcome = models.CharField("决定", max_length=10, choices=Outcome.choices, blank=True)
    reason = models.CharField("决定理由", max_length=300, blank=True)
    document_no = models.CharField("决定文号", max_length=120, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    decided_name = models.CharField("决定人", max_length=90, blank=True)
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    # What the titles were that fell, so that an appeal can give them back.
    fallen = models.JSONField("撤销前的认定", default=list, blank=True)

    appeal_until = models.DateField("申请复核截止日期", null=True, blank=True)
    appeal = models.TextField("复核理由", blank=True)
    appealed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    appealed_at = models.DateTimeField("申请复核时间", null=True, blank=True)
    finding = models.CharField("复核结论", max_length=10, choices=Finding.choices, blank=True)
    answer = models.CharField("复核答复", max_length=300, blank=True)
    answer_document_no = models.CharField("复核文号", max_length=120, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    answered_name = models.CharField("复核人", max_length=90, blank=True)
    answered_at = models.DateTimeField("复核答复时间", null=True, blank=True)

    objects = RevocationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "撤销程序"
        constraints = [
            models.UniqueConstraint(
                fields=("certification",),
                condition=Q(outcome=""),
                name="revocation_one_open_per_title",
            ),
            models.CheckConstraint(
                name="revocation_decided_by_a_second_person",
                condition=Q(outcome="", decided_by__isnull=True)
                | ~Q(outcome="") & ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="revocation_appeal_answered_by_a_third_person",
                condition=Q(finding="", answered_by__isnull=True)
                | ~Q(finding="")
                & ~Q(answered_by=F("proposed_by"))
                & ~Q(answered_by=F("decided_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certification} 撤销程序"

    @property
    def heard_until(self) -> date:
        """The last day on which the firm may still be heard without having asked for it."""
        return max(self.statement_until, self.hearing_until)

    @property
    def hears(self) -> bool:
        """A hearing was asked for, and not given up since."""
        return self.hearing_asked and self.waived_at is None

    @property
    def involved(self) -> set[int]:
        """Who has had a hand in it and therefore answers no appeal."""
        people = (self.proposed_by_id, self.hearing_by_id, self.heard_by_id, self.decided_by_id)
        return {one for one in people if one}

    def state_on(self, on: date) -> tuple[str, str]:
        """Code and word of how far it is on a day."""
        if self.outcome == self.Outcome.KEPT:
            return ("closed", "不予撤销")
        if self.finding:
            upheld = self.finding == self.Finding.UPHELD
            return ("done", "复核成立，已恢复") if upheld else ("revoked", "复核维持撤销")
        if self.appealed_at:
            return ("in_progress", "复核中")
        if self.outcome:
            return ("revoked", "已撤销")
        if self.hears and self.heard_at is None:
            return ("pending", "待听证")
        if self.waived_at or on > self.heard_until:
            return ("pending", "待决定")
        return ("in_progress", "听取陈述申辩")


def file_path(one: RevocationFile, filename: str) -> str:
    """A name of our making: nothing the sender typed becomes a path."""
    return f"revocations/{uuid.uuid4().hex}"


class RevocationFileQuerySet(ScopedQuerySet):
    enterprise_lookup = "revocation__certification__factory__enterprise"
    authority_lookup = "revocation__authority"


class RevocationFile(models.Model):
    """A file that came with one stage of it."""

    class Stage(models.TextChoices):
        EVIDENCE = "evidence", "告知"
        STATEMENT = "statement", "陈述申辩"
        HEARING = "hearing", "听证"
        APPEAL = "appeal", "申请复核"

    revocation = models.ForeignKey(Revocation, models.PROTECT, related_name="files")
    stage = models.CharField("阶段", max_length=10, choices=Stage.choices)
    file = models.FileField("文件", upload_to=file_path)
    name = models.CharField("文件名", max_length=150)
    size = models.PositiveBigIntegerField("字节数")
    content_type = models.CharField("内容类型", max_length=100)
    sha256 = models.CharField("摘要", max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField("时间")

    objects = RevocationFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "撤销程序材料"

    def __str__(self) -> str:
        return self.name


class SurrenderQuerySet(ScopedQuerySet):
    enterprise_lookup = "certification__factory__enterprise"
    authority_lookup = "certification__issuer"

    def waiting(self) -> Self:
        return self.filter(confirmed_at__isnull=True, taken_back_at__isnull=True)


class Surrender(models.Model):
    """A firm's word that it gives a title up; the title ends when the issuing office confirms."""

    certification = models.ForeignKey(
        Certification, models.PROTECT, related_name="surrenders", verbose_name="认定"
    )
    reason = models.CharField("放弃原因", max_length=300)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("声明人", max_length=90)
    at = models.DateTimeField("声明时间")
    taken_back_at = models.DateTimeField("撤回时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)

    objects = SurrenderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "主动放弃"
        constraints = [
            models.UniqueConstraint(
                fields=("certification",),
                condition=Q(confirmed_at__isnull=True, taken_back_at__isnull=True),
                name="surrender_one_waiting_per_title",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certification} 主动放弃"
