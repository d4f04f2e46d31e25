"""What a factory gives others (对外贡献): mother factories, standards, solutions."""

from __future__ import annotations

from typing import Self
from uuid import uuid4

from django.db import models

from registry.access import ScopedQuerySet
from registry.models import Factory, User


def proof_path(one: Contribution, filename: str) -> str:
    """A name that nobody can guess; what the firm called the file stays in the row."""
    return f"contributions/{one.factory_id}/{uuid4().hex}"


class ContributionQuerySet(ScopedQuerySet):
    enterprise_lookup = "factory__enterprise"
    authority_lookup = "factory__authority"

    def public(self) -> Self:
        """Confirmed by the bureau, and shown with the firm's consent."""
        return self.filter(status=Contribution.Status.CONFIRMED, consented=True)


class Contribution(models.Model):
    """One thing that a factory gave others, in its firm's words with proof. Changed by
    ``tiers.contributions``.
    """

    class Kind(models.TextChoices):
        MOTHER_FACTORY = "mother_factory", "母工厂"
        STANDARD = "standard", "国家或行业标准"
        STANDARD_GROUP = "standard_group", "企业标准群"
        SOLUTION = "solution", "解决方案输出"

    class Status(models.TextChoices):
        WAITING = "waiting", "待确认"
        CONFIRMED = "confirmed", "已确认"
        DECLINED = "declined", "未予确认"
        WITHDRAWN = "withdrawn", "已撤回"

    factory = models.ForeignKey(
        Factory, models.PROTECT, related_name="contributions", verbose_name="工厂"
    )
    kind = models.CharField("类别", max_length=16, choices=Kind.choices)
    title = models.CharField("名称", max_length=150)
    year = models.PositiveSmallIntegerField("年份")
    partner = models.CharField("服务对象或编号", max_length=150)
    consented = models.BooleanField("同意公开", default=False)
    file = models.FileField("证明材料", upload_to=proof_path)
    file_name = models.CharField("文件名", max_length=150)
    file_type = models.CharField("内容类型", max_length=100)
    sha256 = models.CharField("SHA-256", max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField("登记时间")
    status = models.CharField("状态", max_length=12, choices=Status.choices, default=Status.WAITING)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_name = models.CharField("确认人", max_length=90, blank=True)
    answered_at = models.DateTimeField("确认时间", null=True)
    answer = models.CharField("未予确认的原因", max_length=200, blank=True)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "对外贡献"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.title}"
