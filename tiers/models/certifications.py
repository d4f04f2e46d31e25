"""Titles with their dates, and what an office found about an honour that may give one."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from registry.access import ScopedQuerySet
from registry.models import Authority, Factory, Honour, User
from registry.names import Searchable, SearchField
from registry.policy import Tier
from tiers.models.applications import Application

if TYPE_CHECKING:
    from tiers.models.suspensions import Suspension


class Standing(models.TextChoices):
    """What a title is on a given day. Computed from its dates; no job has to run for it."""

    UPCOMING = "upcoming", "尚未生效"
    VALID = "valid", "有效"
    SUSPENDED = "suspended", "暂停"
    EXPIRED = "expired", "已到期"
    REVOKED = "revoked", "已撤销"
    SURRENDERED = "surrendered", "已放弃"
    SUPERSEDED = "superseded", "已换发"
    MOVED_OUT = "moved_out", "迁出终止"


#: Ends by an act, before the last day; a renewal to come falls with its title.
ENDED_EARLY = (Standing.REVOKED, Standing.SURRENDERED, Standing.MOVED_OUT)


class CertificationQuerySet(ScopedQuerySet):
    enterprise_lookup = "factory__enterprise"
    authority_lookup = "factory__authority"

    def with_standing(self, on: date) -> Self:
        """Each title with its ``standing`` on a day, to filter by; ``standing_on`` says the same
        of one title.
        """
        return self.annotate(standing=_standing(on))

    def with_pause(self, on: date) -> Self:
        """Each title with whether a suspension runs on a day (``paused``), for
        ``standing_paused``: quicker put together than all standings, where none is asked for.
        """
        return self.annotate(paused=_suspended(on))

    def ending_within(self, days: int, on: date) -> Self:
        """Running, not yet succeeded, and with no more than so many days left."""
        soon = self.running(on).filter(ends_on__lte=on + timedelta(days=days + 1))
        return soon.exclude(ending=Standing.SUPERSEDED)

    def below(self, path: str) -> Self:
        """Titles of factories below the authority, and those it issued before one moved away."""
        return self.filter(
            Q(factory__authority__path__startswith=path) | Q(issuer__path__startswith=path)
        )

    def running(self, on: date) -> Self:
        """Begun and not ended on a day, suspended or not: no second title fits beside one."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=on), valid_from__lte=on)

    def in_force(self, on: date) -> Self:
        """Titles in force on a day: computed from the dates, never from what a job has recorded.
        One that is suspended that day is not.
        """
        return self.running(on).exclude(_suspended(on))

    def suspended(self, on: date) -> Self:
        return self.running(on).filter(_suspended(on))

    def ended(self, on: date) -> Self:
        return self.filter(ends_on__lte=on)

    def published(self) -> Self:
        """On the public register: acknowledged where the rules ask for filing, else determined."""
        return self.filter(published_on__isnull=False)

    def unfiled(self) -> Self:
        """Titles that their rules want filed and that stand on no live list."""
        waiting = self.filter(published_on__isnull=True, must_file=True, ending="")
        return waiting.exclude(filing_entries__live=True)

    def to_collect_by(self, user: User) -> Self:
        """What this officer's authority has determined and not yet put on a list."""
        return self.unfiled().filter(issuer=user.authority_id)

    def for_list(self) -> Self:
        return self.select_related(
            "factory__enterprise", "factory__authority", "factory__division"
        ).prefetch_related("suspensions")


def _suspended(on: date) -> Exists:
    runs = Q(ends_on__isnull=True) | Q(ends_on__gt=on)
    rows = Certification.suspensions.field.model.objects  # type: ignore[attr-defined]
    return Exists(rows.filter(runs, certification=OuterRef("pk"), from_on__lte=on))


@lru_cache(maxsize=16)
def _standing(on: date) -> Case:
    """What a title is on a day; asked for by every list of titles, so put together once a day."""
    runs = Q(ends_on__isnull=True) | Q(ends_on__gt=on)
    return Case(
        When(ending__in=ENDED_EARLY, ends_on=F("valid_from"), then=F("ending")),
        When(valid_from__gt=on, then=Value(Standing.UPCOMING.value)),
        When(_suspended(on) & runs, then=Value(Standing.SUSPENDED.value)),
        When(runs, then=Value(Standing.VALID.value)),
        When(ending__in=(*ENDED_EARLY, Standing.SUPERSEDED), then=F("ending")),
        default=Value(Standing.EXPIRED.value),
        output_field=models.CharField(max_length=12, choices=Standing.choices),
    )


class Certification(Searchable):
    """A title: one factory holds one tier from ``valid_from`` to ``last_day``.

    ``ends_on`` is the first day it is not in force (``last_day`` + 1 until it ends sooner); both
    are empty where the rules set no term. ``ending`` is blank until the end has been recorded;
    recording changes no answer.
    """

    class Source(models.TextChoices):
        APPLICATION = "application", "申报认定"
        DERIVED = "derived", "对应认定"
        IMPORTED = "imported", "历史补录"
        GROUP = "group", "央企集团认定"

    class Ending(models.TextChoices):
        EXPIRED = "expired", "已到期"
        REVOKED = "revoked", "已撤销"
        SURRENDERED = "surrendered", "已放弃"
        SUPERSEDED = "superseded", "已换发"
        MOVED_OUT = "moved_out", "迁出终止"

    number = models.CharField("证书编号", max_length=30, unique=True)
    factory = models.ForeignKey(
        Factory, models.PROTECT, related_name="certifications", verbose_name="工厂"
    )
    tier = models.CharField("等级", max_length=12, choices=Tier.choices)
    source = models.CharField("来源", max_length=12, choices=Source.choices)
    application = models.OneToOneField(
        Application, models.PROTECT, null=True, blank=True, related_name="certification"
    )
    honour = models.ForeignKey(
        Honour,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="certifications",
        verbose_name="既有称号",
    )
    policy = models.CharField("规则版本", max_length=40)
    basis = models.CharField("依据", max_length=300, blank=True)
    issuer = models.ForeignKey(Authority, models.PROTECT, related_name="+", verbose_name="认定部门")
    document_no = models.CharField("认定文号", max_length=80)
    valid_from = models.DateField("认定日期")
    last_day = models.DateField("到期日期", null=True, blank=True)
    ends_on = models.DateField("失效日", null=True, blank=True, db_index=True)
    ending = models.CharField("终止情形", max_length=12, choices=Ending.choices, blank=True)
    ended_at = models.DateTimeField("终止记录时间", null=True, blank=True)
    ending_reason = models.CharField("终止原因", max_length=300, blank=True)
    ending_document_no = models.CharField("撤销文号", max_length=120, blank=True)
    must_file = models.BooleanField("须备案", default=False)
    published_on = models.DateField("列入公开名录日期", null=True, blank=True)
    printed_enterprise = models.CharField("证载企业名称", max_length=120)
    printed_factory = models.CharField("证载工厂名称", max_length=120)
    printed_credit_code = models.CharField("证载统一社会信用代码", max_length=18)
    maturity_level = models.PositiveSmallIntegerField("成熟度等级", null=True, blank=True)
    assessed_on = models.DateField("自评日期", null=True, blank=True)
    # Keys of the standard that the rules name, in its order, with commas between them.
    covers = models.CharField("覆盖环节", max_length=200, blank=True, default="")
    reminded_days = models.PositiveSmallIntegerField("已提醒到期前天数", null=True, blank=True)
    issued_at = models.DateTimeField("认定时间")
    search = SearchField(
        "检索键",
        sources=("printed_factory", "printed_enterprise", "document_no", "ending_document_no"),
    )

    objects = CertificationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "认定结果"
        constraints = [
            models.UniqueConstraint(
                fields=("factory", "tier"),
                condition=Q(ending=""),
                name="certification_one_open_per_tier",
            ),
            models.UniqueConstraint(
                fields=("honour", "tier"),
                condition=Q(honour__isnull=False),
                name="certification_once_per_honour_and_tier",
            ),
            models.CheckConstraint(
                name="certification_derived_from_an_honour",
                condition=Q(source="derived", honour__isnull=False)
                | ~Q(source="derived") & Q(honour__isnull=True),
            ),
            models.CheckConstraint(
                name="certification_ends_after_it_begins",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("valid_from")),
            ),
            models.CheckConstraint(
                name="certification_ending_has_its_day",
                condition=Q(ending="") | Q(ends_on__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=("ending", "ends_on"), name="certification_due"),
            models.Index(fields=("published_on", "tier"), name="certification_public"),
            # In the order in which lists show them.
            models.Index(fields=("-valid_from", "-id"), name="certification_newest"),
        ]

    def __str__(self) -> str:
        return self.number

    def is_in_force(self, on: date) -> bool:
        return self.standing_on(on) == Standing.VALID

    def standing_on(self, on: date) -> Standing:
        """What the title is on a day. ``ending`` only says why it ended, never that it has."""
        found = self.standing_unsuspended(on)
        if found == Standing.VALID and self.suspension_on(on):
            return Standing.SUSPENDED
        return found

    def standing_paused(self, on: date) -> Standing:
        """The same of a title that was read ``with_pause``."""
        found = self.standing_unsuspended(on)
        paused: bool = self.paused  # type: ignore[attr-defined]
        return Standing.SUSPENDED if paused and found == Standing.VALID else found

    def standing_unsuspended(self, on: date) -> Standing:
        """The same where no suspension runs."""
        if self.ending in ENDED_EARLY and self.ends_on == self.valid_from:
            return Standing(self.ending)  # a renewal that fell before it began was never in force
        if on < self.valid_from:
            return Standing.UPCOMING
        if self.ends_on is None or on < self.ends_on:
            return Standing.VALID
        return Standing(self.ending) if self.ending else Standing.EXPIRED

    def runs_on(self, on: date) -> bool:
        """Begun and not ended on that day, suspended or not."""
        return self.valid_from <= on and (self.ends_on is None or on < self.ends_on)

    def suspension_on(self, on: date) -> Suspension | None:
        """The suspension that runs on a day. Lists fetch them all at once, by ``for_list``."""
        return next((one for one in self.suspensions.all() if one.runs_on(on)), None)

    @property
    def suspensions_run(self) -> list[Suspension]:
        """Suspensions that have run, run or will; without those lifted before their first day."""
        return [one for one in self.suspensions.all() if not one.never_ran]

    def days_left(self, on: date) -> int | None:
        """Days it runs after this one; None where there is no end or it does not run."""
        if self.ends_on is None or not self.runs_on(on):
            return None
        return (self.ends_on - on).days - 1


class HonourCheckQuerySet(ScopedQuerySet):
    enterprise_lookup = "honour__enterprise"
    authority_lookup = "honour__enterprise__authority"

    def below(self, path: str) -> Self:
        return self.filter(honour__in=Honour.objects.below(path))


class HonourCheck(models.Model):
    """What an office found (复核表) when it looked at a factory whose honour may give a tier. The
    latest counts.
    """

    honour = models.ForeignKey(Honour, models.PROTECT, related_name="checks")
    tier = models.CharField("等级", max_length=12, choices=Tier.choices)
    passed = models.BooleanField("符合")
    finding = models.CharField("复核意见", max_length=300)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("经办人", max_length=90)
    place_name = models.CharField("经办单位", max_length=120)
    at = models.DateTimeField("时间")

    objects = HonourCheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "称号复核"
        indexes = [models.Index(fields=("honour", "tier"), name="honour_check_latest")]

    def __str__(self) -> str:
        return f"{self.honour} {self.get_tier_display()}"
