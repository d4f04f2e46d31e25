"""Public notices (公示), the cases on them, and the objections (异议) they bring."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS
from registry.models import Authority, User
from tiers.models.applications import Application
from tiers.models.parts import handled_by
from tiers.models.rounds import Round


class NoticeQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """A notice is prepared and closed by one office; what is published anybody may read."""
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.filter(authority=user.authority_id)

    def published(self) -> Self:
        """Everything the public has seen, also what was withdrawn since."""
        return self.filter(published_at__isnull=False)


class Notice(models.Model):
    """A frozen list of cases shown to the public for some working days. Changed by
    ``tiers.notice`` and closed by ``tiers.proceedings``.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "待发布"
        PUBLISHED = "notice", "公示中"
        CLOSED = "done", "已办结"
        WITHDRAWN = "withdrawn", "已撤回"

    round = models.ForeignKey(Round, models.PROTECT, related_name="notices", verbose_name="批次")
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="notices", verbose_name="公示部门"
    )
    title = models.CharField("公示标题", max_length=120)
    status = models.CharField("状态", max_length=12, choices=Status.choices, default=Status.DRAFT)
    # Exactly what was shown, with its digest; never computed again from the cases.
    content = models.JSONField("名单", default=list)
    digest = models.CharField("名单摘要", max_length=64)
    workdays = models.PositiveSmallIntegerField("公示工作日")
    starts_on = models.DateField("公示开始", null=True, blank=True)
    ends_on = models.DateField("公示结束", null=True, blank=True)
    # The office's own telephone and addresses, nobody's in person.
    contact_phone = models.CharField("联系电话", max_length=40)
    contact_email = models.CharField("电子邮箱", max_length=120, blank=True)
    contact_address = models.CharField("通信地址", max_length=200)
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField("准备时间")
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdraw_reason = models.CharField("撤回原因", max_length=200, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    closing = models.JSONField("公示办结记录", default=dict)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        constraints = [
            models.UniqueConstraint(
                fields=("round",), condition=Q(status="draft"), name="notice_one_draft_per_round"
            )
        ]

    def __str__(self) -> str:
        return self.title

    def is_running(self, on: date) -> bool:
        """Whether objections are taken on that day."""
        return (
            self.status == self.Status.PUBLISHED
            and self.ends_on is not None
            and (on <= self.ends_on)
        )


class NoticeEntry(models.Model):
    """One case on one notice, with the line that was shown of it."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="entries")
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="notice_entries", verbose_name="申报"
    )
    # False once the notice is withdrawn: a case stands on at most one live notice.
    live = models.BooleanField("列入公示", default=True)
    frozen = models.JSONField("公示内容", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "公示名单条目"
        constraints = [
            models.UniqueConstraint(
                fields=("application",), condition=Q(live=True), name="notice_entry_on_one_live"
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice} {self.application}"


def proof_path(objection: Objection, filename: str) -> str:
    """A name of our making: nothing the sender typed becomes a path."""
    return f"objections/{uuid.uuid4().hex}"


class ObjectionQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """Officers of the notice's office who have had no part in the case, in their own person;
        nobody else, and nobody in another's place.
        """
        if not user.is_authenticated or user.role not in OFFICERS or user.standing_in:
            return self.none()
        return self.filter(notice__authority=user.authority_id).exclude(handled_by(user))

    def open(self) -> Self:
        return self.filter(finding="")


class Objection(models.Model):
    """A written objection to one case on a notice. Who objects and what he says is sealed: shown
    only by ``tiers.objections.unseal``, each time with a line in the trail.
    """

    class Finding(models.TextChoices):
        UPHELD = "upheld", "成立"
        DISMISSED = "dismissed", "不成立"

    class Way(models.TextChoices):
        ONLINE = "online", "网上提交"
        LETTER = "letter", "书面来件"

    class Relation(models.TextChoices):
        EMPLOYEE = "employee", "本企业职工"
        RIVAL = "rival", "同行企业"
        PARTNER = "partner", "客户或供应商"
        NEIGHBOUR = "neighbour", "周边单位或居民"
        OTHER = "other", "其他"

    number = models.CharField("异议编号", max_length=20, unique=True)
    # Known to the objector alone; with the number it makes the receipt.
    code = models.CharField("回执码", max_length=8)
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections")
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="objections", verbose_name="申报"
    )
    way = models.CharField("方式", max_length=8, choices=Way.choices)
    received_on = models.DateField("收到日期")
    entered_at = models.DateTimeField("登记时间")
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    name = models.CharField("姓名或单位", max_length=60)
    phone = models.CharField("联系电话", max_length=20)
    relation = models.CharField("与被异议企业的关系", max_length=10, choices=Relation.choices)
    ground = models.TextField("异议内容")
    proof = models.FileField("证明材料", upload_to=proof_path, blank=True)
    proof_name = models.CharField("文件名", max_length=150, blank=True)
    proof_type = models.CharField("内容类型", max_length=100, blank=True)
    handler = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    assigned_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    assigned_at = models.DateTimeField("分办时间", null=True, blank=True)
    finding = models.CharField("处理结论", max_length=10, choices=Finding.choices, blank=True)
    answer = models.TextField("对异议人的答复", blank=True)
    # What the firm is told where the objection is upheld; says nothing of who objected.
    reason = models.CharField("不予认定的理由", max_length=300, blank=True)
    handled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    handled_at = models.DateTimeField("办结时间", null=True, blank=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公示异议"

    def __str__(self) -> str:
        return self.number

    @property
    def receipt(self) -> str:
        return f"{self.number}-{self.code}"

    @property
    def state(self) -> tuple[str, str]:
        """Code and word of how far it is; for everybody who may know that it exists."""
        if self.finding:
            return ("done", "已办结")
        return ("in_progress", "处理中") if self.handler_id else ("pending", "待分办")
