"""Site checks (现场核查): which cases of a round are drawn for one, and what was found there."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models

from registry.access import OFFICERS, ScopedQuerySet
from registry.models import User
from tiers.models.applications import Application
from tiers.models.rounds import Round
from tiers.models.verifications import Verification


class InspectionDrawQuerySet(ScopedQuerySet):
    authority_lookup = "round__authority"

    def visible_to(self, user: User) -> Self:
        """Business of the office that runs the round and of those above it."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.below(user.authority_path)


class InspectionDraw(models.Model):
    """A draw of the cases to be inspected, with all it takes to repeat it: the numbers it was made
    among with their digest, the seed that the server drew after that, and the share.
    """

    round = models.ForeignKey(
        Round, models.PROTECT, related_name="inspection_draws", verbose_name="批次"
    )
    cases = models.JSONField("参加抽取的受理编号")
    digest = models.CharField("名单摘要", max_length=64)
    seed = models.CharField("随机种子", max_length=64)
    share = models.FloatField("抽查比例")
    drawn = models.JSONField("抽中的受理编号")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("抽取人", max_length=90)
    at = models.DateTimeField("抽取时间")

    objects = InspectionDrawQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "现场核查抽取"

    def __str__(self) -> str:
        return f"{self.round} {self.at:%Y-%m-%d}"


class InspectionQuerySet(ScopedQuerySet):
    enterprise_lookup = "application__factory__enterprise"
    authority_lookup = "application__factory__authority"

    def of_enterprise(self, enterprise_id: int) -> Self:
        """What was signed, once the case is decided or with the firm again."""
        found = super().of_enterprise(enterprise_id).exclude(signed_at=None)
        return found.filter(application__status__in=Verification.SHOWN_TO_FIRM)


class Inspection(models.Model):
    """One visit to the factory of a case, for the case as it was sent in that time; fixed once it
    is signed. Changed by ``tiers.inspection``.
    """

    class Chosen(models.TextChoices):
        DRAWN = "drawn", "抽中"
        NAMED = "named", "指定"

    class Result(models.TextChoices):
        FIT = "fit", "符合"
        NEARLY = "nearly", "基本符合"
        UNFIT = "unfit", "不符合"

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="inspections", verbose_name="申报"
    )
    submission = models.PositiveSmallIntegerField("第几次提交")
    chosen = models.CharField("列入方式", max_length=8, choices=Chosen.choices)
    reason = models.CharField("指定原因", max_length=200, blank=True)
    draw = models.ForeignKey(
        InspectionDraw, models.PROTECT, null=True, related_name="inspections", verbose_name="抽取"
    )
    team = models.CharField("核查组", max_length=200, blank=True)
    on = models.DateField("核查日期", null=True)
    result = models.CharField("核查结果", max_length=8, choices=Result.choices, blank=True)
    finding = models.TextField("核查情况", max_length=2000, blank=True)
    # Values as they stood at the signature; what is checked later does not change them.
    found = models.JSONField("逐项核对结果", default=dict)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    signed_name = models.CharField("签名", max_length=90, blank=True)
    signed_at = models.DateTimeField("签名时间", null=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "现场核查"
        constraints = [
            models.UniqueConstraint(
                fields=("application", "submission"), name="inspection_once_per_submission"
            ),
            models.CheckConstraint(
                name="inspection_result_exactly_when_signed",
                condition=models.Q(result="", signed_at__isnull=True)
                | ~models.Q(result="") & models.Q(signed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}现场核查"


def photo_path(photo: InspectionPhoto, filename: str) -> str:
    """A name of our making: nothing the sender typed becomes a path."""
    return f"inspections/{photo.inspection_id}/{uuid.uuid4().hex}"


class InspectionPhotoQuerySet(ScopedQuerySet):
    enterprise_lookup = "inspection__application__factory__enterprise"
    authority_lookup = "inspection__application__factory__authority"

    def of_enterprise(self, enterprise_id: int) -> Self:
        signed = Inspection.objects.of_enterprise(enterprise_id)
        return self.filter(inspection__in=signed, removed_at__isnull=True)

    def live(self) -> Self:
        return self.filter(removed_at__isnull=True)


class InspectionPhoto(models.Model):
    """A photo taken on site. Private: served only by the view that asks ``visible_to``."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="photos")
    file = models.FileField("文件", upload_to=photo_path)
    name = models.CharField("文件名", max_length=150)
    size = models.PositiveBigIntegerField("字节数")
    content_type = models.CharField("内容类型", max_length=100)
    sha256 = models.CharField("摘要", max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("移除时间", null=True)

    objects = InspectionPhotoQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "现场核查照片"

    def __str__(self) -> str:
        return self.name
