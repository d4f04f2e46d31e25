"""Central state-owned groups: which firms belong to them, and the advanced factories they certify
among those.
"""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from registry.access import Role, ScopedQuerySet
from registry.models import Authority, Enterprise, Factory, User
from tiers.models.certifications import Certification


class AffiliationQuerySet(ScopedQuerySet):
    authority_lookup = "enterprise__authority"

    def visible_to(self, user: User) -> Self:
        """The firm's own, those of the group, and to offices those of their firms."""
        if user.is_authenticated and user.role == Role.GROUP:
            return self.filter(group=user.authority_id)
        found: Self = super().visible_to(user)
        return found

    def standing(self) -> Self:
        return self.filter(status__in=(Affiliation.Status.WAITING, Affiliation.Status.CONFIRMED))

    def confirmed(self) -> Self:
        return self.filter(status=Affiliation.Status.CONFIRMED)


class Affiliation(models.Model):
    """A firm's word that it belongs to a group, and the group's answer. Changed by
    ``tiers.groups``.
    """

    class Status(models.TextChoices):
        WAITING = "pending", "待集团确认"
        CONFIRMED = "confirmed", "已确认"
        REFUSED = "refused", "未确认"
        ENDED = "closed", "已解除"

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="affiliations", verbose_name="企业"
    )
    group = models.ForeignKey(
        Authority, models.PROTECT, related_name="affiliations", verbose_name="中央企业集团"
    )
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.WAITING)
    declared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    declared_name = models.CharField("声明人", max_length=90)
    declared_at = models.DateTimeField("声明时间")
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField("办理时间", null=True)
    reason = models.CharField("原因", max_length=200, blank=True)

    objects = AffiliationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "所属中央企业集团"
        constraints = [
            models.UniqueConstraint(
                fields=("enterprise",),
                condition=Q(status__in=("pending", "confirmed")),
                name="affiliation_one_standing_per_firm",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} – {self.group}"


class GroupListQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """The group's own people; everybody else sees the titles."""
        if not user.is_authenticated or user.role != Role.GROUP:
            return self.none()
        return self.filter(group=user.authority_id)


class GroupList(models.Model):
    """Factories that a group certifies by one document: entered by one person, confirmed by
    another, which gives the titles.
    """

    group = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="中央企业集团"
    )
    document_no = models.CharField("认定文号", max_length=80)
    dated = models.DateField("文件日期")
    # Everybody who ever put something down for it, and in whose place.
    preparers = models.ManyToManyField(User, related_name="+", verbose_name="准备人")
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    prepared_name = models.CharField("准备人", max_length=90)
    prepared_at = models.DateTimeField("准备时间")
    version = models.PositiveIntegerField("版本", default=0)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_name = models.CharField("确认人", max_length=90, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    dropped_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    dropped_at = models.DateTimeField("取消时间", null=True)

    objects = GroupListQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "集团认定名单"
        constraints = [
            models.CheckConstraint(
                name="group_list_confirmed_by_a_second_person",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, dropped_at__isnull=True)
                & ~Q(confirmed_by=F("prepared_by")),
            )
        ]

    def __str__(self) -> str:
        return self.document_no

    @property
    def is_open(self) -> bool:
        return self.confirmed_at is None and self.dropped_at is None

    @property
    def state(self) -> tuple[str, str]:
        """Code and word of how far it is."""
        if self.confirmed_at:
            return ("done", "已认定")
        return ("withdrawn", "已取消") if self.dropped_at else ("pending", "待确认")


class GroupListItem(models.Model):
    """A factory on such a list, with the title that came of it."""

    group_list = models.ForeignKey(GroupList, models.CASCADE, related_name="items")
    factory = models.ForeignKey(Factory, models.PROTECT, related_name="+", verbose_name="工厂")
    certification = models.OneToOneField(
        Certification, models.PROTECT, null=True, related_name="+", verbose_name="认定"
    )

    class Meta:
        verbose_name = verbose_name_plural = "集团认定的工厂"
        constraints = [
            models.UniqueConstraint(
                fields=("group_list", "factory"), name="group_list_names_a_factory_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.group_list} {self.factory}"
