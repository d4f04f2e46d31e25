"""Filing lists (备案清单) and their entries."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, ScopedQuerySet
from registry.models import Authority, User
from registry.policy import Tier
from tiers.models.certifications import Certification


class FilingListQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """Lists are business between offices: the filer's officers, and the recipient's once
        filed.
        """
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        own = Q(authority__path=user.authority_path)
        received = Q(recipient__path=user.authority_path, filed_at__isnull=False)
        return self.filter(own | received)

    def awaiting(self, user: User) -> Self:
        """What this person's office has to do: acknowledge what came in, mend what came back."""
        if user.role not in OFFICERS:
            return self.none()
        path = user.authority_path
        return self.filter(
            Q(recipient__path=path, status=FilingList.Status.FILED)
            | Q(authority__path=path, status=FilingList.Status.RETURNED)
        )


class FilingList(models.Model):
    """A list of titles that one authority reports to the one above (备案清单). Changed by
    ``tiers.filing``.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "整理中"
        FILED = "filed", "待备案确认"
        RETURNED = "returned", "退回补正"
        ACKNOWLEDGED = "acknowledged", "已备案"

    number = models.CharField("清单编号", max_length=30, unique=True)
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="filing_lists", verbose_name="报备部门"
    )
    recipient = models.ForeignKey(
        Authority, models.PROTECT, related_name="received_lists", verbose_name="备案部门"
    )
    tier = models.CharField("等级", max_length=12, choices=Tier.choices)
    status = models.CharField("状态", max_length=12, choices=Status.choices, default=Status.DRAFT)
    document_no = models.CharField("文号", max_length=80, blank=True)
    digest = models.CharField("清单摘要", max_length=64, blank=True)
    times_filed = models.PositiveSmallIntegerField("报备次数", default=0)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("建立时间")
    filed_at = models.DateTimeField("报备时间", null=True, blank=True)
    answered_at = models.DateTimeField("回复时间", null=True, blank=True)
    answer = models.TextField("回复意见", blank=True)

    objects = FilingListQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "备案清单"
        constraints = [
            models.UniqueConstraint(
                fields=("authority", "tier"),
                condition=Q(status="draft"),
                name="filing_one_draft_per_authority_and_tier",
            )
        ]

    def __str__(self) -> str:
        return self.number


class FilingEntryQuerySet(ScopedQuerySet):
    enterprise_lookup = "certification__factory__enterprise"

    def visible_to(self, user: User) -> Self:
        return self.filter(filing_list__in=FilingList.objects.visible_to(user))

    def kept(self) -> Self:
        return self.filter(live=True)


class FilingEntry(models.Model):
    """One title on one list, with its particulars as they were when the list was filed."""

    filing_list = models.ForeignKey(FilingList, models.PROTECT, related_name="entries")
    certification = models.ForeignKey(Certification, models.PROTECT, related_name="filing_entries")
    # False once struck: a title stands on at most one live list.
    live = models.BooleanField("列入清单", default=True)
    strike_reason = models.CharField("移出原因", max_length=200, blank=True)
    remark = models.CharField("退回意见", max_length=300, blank=True)
    # As it stood when the list was filed the time before, and what the receiver then said of it.
    frozen_before = models.JSONField("上次报备时的内容", default=dict)
    remark_before = models.CharField("上次退回意见", max_length=300, blank=True)
    # Drawn by the digest when the list is filed, where the receiver checks a share again.
    to_recheck = models.BooleanField("抽检", default=False)
    recheck_passed = models.BooleanField("抽检符合", null=True, blank=True)
    recheck_finding = models.CharField("抽检情况", max_length=300, blank=True)
    frozen = models.JSONField("报备时的内容", default=dict)

    objects = FilingEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "备案清单条目"
        constraints = [
            models.UniqueConstraint(
                fields=("certification",),
                condition=Q(live=True),
                name="filing_entry_on_one_live_list",
            ),
            models.UniqueConstraint(
                fields=("filing_list", "certification"), name="filing_entry_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filing_list} {self.certification}"
