"""Changes that a firm reports (变更申报): name, place, merger, split, a halt of production."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import ScopedQuerySet
from registry.models import Authority, Division, Enterprise, Factory, Succession, User
from tiers.models.certifications import Certification


class FirmChangeQuerySet(ScopedQuerySet):
    def of_enterprise(self, enterprise_id: int) -> Self:
        """Its own, and those by which another firm went over to it."""
        return self.filter(Q(enterprise=enterprise_id) | Q(succession__successor=enterprise_id))

    def below(self, path: str) -> Self:
        """Of the office that decides, those that answer for the firm, and those that issued a title
        of the factory.
        """
        issued = Certification.objects.filter(issuer__path__startswith=path).values("factory")
        return self.filter(
            Q(factory__in=issued)
            | Q(authority__path__startswith=path)
            | Q(enterprise__in=Enterprise.objects.below(path).values("pk"))
        )

    def pending(self) -> Self:
        return self.filter(status=FirmChange.Status.PENDING)

    def awaiting(self, user: User) -> Self:
        """What this officer's own office has to decide."""
        return (
            self.pending().filter(authority=user.authority_id) if user.authority_id else self.none()
        )


class FirmChange(models.Model):
    """One report, with what is to become of the firm. Nothing public changes before it is
    confirmed. Written by ``tiers.firm_changes``.
    """

    class Kind(models.TextChoices):
        RENAME = "rename", "企业更名"
        FACTORY_RENAME = "factory_rename", "工厂更名"
        MOVE = "move", "工厂搬迁"
        ABSORPTION = "absorption", "吸收合并"
        MERGER = "merger", "新设合并"
        SPLIT_OFF = "split_off", "派生分立"
        SPLIT_UP = "split_up", "新设分立"
        HALT = "halt", "停产"

    class Status(models.TextChoices):
        PENDING = "pending", "待确认"
        CONFIRMED = "confirmed", "已确认"
        REFUSED = "refused", "不予确认"
        WITHDRAWN = "withdrawn", "已撤回"

    SUCCESSIONS = (Kind.ABSORPTION, Kind.MERGER, Kind.SPLIT_OFF, Kind.SPLIT_UP)
    OF_A_FACTORY = (Kind.FACTORY_RENAME, Kind.MOVE, Kind.HALT)

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="changes", verbose_name="企业"
    )
    factory = models.ForeignKey(
        Factory, models.PROTECT, null=True, related_name="changes", verbose_name="工厂"
    )
    kind = models.CharField("变更事项", max_length=16, choices=Kind.choices)
    on = models.DateField("变更日期")
    document = models.CharField("依据", max_length=120)
    note = models.CharField("说明", max_length=500, blank=True)
    # The new name of firm or factory; of a merger or split, the other firm's.
    name = models.CharField("名称", max_length=120, blank=True)
    credit_code = models.CharField("承继企业统一社会信用代码", max_length=18, blank=True)
    division = models.ForeignKey(
        Division, models.PROTECT, null=True, related_name="+", verbose_name="地点"
    )
    address = models.CharField("地址", max_length=200, blank=True)
    # What goes over, with the names it takes: [{"id": 1, "was": "一厂", "name": ""}].
    factories = models.JSONField("划入的工厂", default=list)
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="确认部门"
    )
    status = models.CharField(
        "状态", max_length=10, choices=Status.choices, default=Status.PENDING, db_index=True
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("申报人", max_length=90)
    at = models.DateTimeField("申报时间")
    # The name under which it was reported, whatever becomes of it.
    firm_name = models.CharField("申报时的企业名称", max_length=120)
    factory_name = models.CharField("申报时的工厂名称", max_length=120, blank=True)
    reason = models.CharField("不予确认的原因", max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_name = models.CharField("办理人", max_length=90, blank=True)
    decided_at = models.DateTimeField("办理时间", null=True)
    succession = models.ForeignKey(Succession, models.PROTECT, null=True, related_name="+")

    objects = FirmChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "企业变更申报"
        constraints = [
            models.UniqueConstraint(
                fields=("enterprise", "kind", "credit_code"),
                condition=Q(status="pending", factory__isnull=True),
                name="firm_change_pending_once",
            ),
            models.UniqueConstraint(
                fields=("factory", "kind"),
                condition=Q(status="pending", factory__isnull=False),
                name="firm_change_pending_once_per_factory",
            ),
            models.CheckConstraint(
                name="firm_change_refused_with_reason",
                condition=~Q(status="refused") | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.firm_name}{self.get_kind_display()}"

    @property
    def is_succession(self) -> bool:
        return self.kind in self.SUCCESSIONS

    @property
    def at_once(self) -> bool:
        """It needed nobody's confirmation."""
        return self.status == self.Status.CONFIRMED and self.decided_by_id is None


def proof_path(proof: ChangeProof, filename: str) -> str:
    """A name of our making: nothing the sender typed becomes a path."""
    return f"changes/{proof.change_id}/{uuid.uuid4().hex}"


class ChangeProof(models.Model):
    """A file that proves a change. Private: served only with the report it belongs to."""

    change = models.ForeignKey(FirmChange, models.PROTECT, related_name="proofs")
    file = models.FileField("文件", upload_to=proof_path)
    name = models.CharField("文件名", max_length=150)
    size = models.PositiveBigIntegerField("字节数")
    content_type = models.CharField("内容类型", max_length=100)
    sha256 = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "变更证明材料"

    def __str__(self) -> str:
        return self.name
