"""From application to title: rounds, applications with their decisions, certifications, filing
lists.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Value, When

from assessments.models import Assessment
from registry.access import OFFICERS, Role, ScopedQuerySet
from registry.models import Authority, Factory, Honour, User
from registry.policy import StepKind, Tier


class Counter(models.Model):
    """The last number given out under a key, e.g. the 受理编号 of one tier in one year."""

    key = models.CharField(max_length=60, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key} {self.last}"


class RoundQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """Officers see the rounds above and below them; a firm those that cover one of its
        factories.
        """
        if not user.is_authenticated:
            return self.none()
        if user.role == Role.ENTERPRISE and user.enterprise_id:
            paths = Factory.objects.filter(enterprise=user.enterprise_id).values_list(
                "authority__path", flat=True
            )
            return self.filter(authority__in=chain_of(list(paths)))
        if user.role in OFFICERS:
            return self.filter(
                Q(authority__path__startswith=user.authority_path)
                | Q(authority__in=chain_of([user.authority_path]))
            )
        return self.none()

    def open_on(self, on: date) -> Self:
        return self.filter(Q(closes_on__isnull=True) | Q(closes_on__gte=on), opens_on__lte=on)

    def covering(self, factory: Factory) -> Self:
        """Rounds opened by an authority in the factory's chain of responsibility."""
        return self.filter(authority__in=chain_of([factory.authority.path]))


def chain_of(paths: list[str]) -> models.QuerySet[Authority]:
    """The authorities that are named in these chains: each one's own and all above it."""
    codes = {code for path in paths for code in path.split("/") if code}
    return Authority.objects.filter(code__in=codes)


class Round(models.Model):
    """A batch (批次) of applications for one tier, under one edition of the rules, opened by one
    authority.

    A round without a closing day takes applications all the time.
    """

    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="rounds", verbose_name="开放部门"
    )
    tier = models.CharField("等级", max_length=12, choices=Tier.choices)
    policy = models.CharField("规则版本", max_length=40)
    title = models.CharField("批次名称", max_length=80)
    opens_on = models.DateField("开始日期")
    closes_on = models.DateField("截止日期", null=True, blank=True)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("建立时间")

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申报批次"
        constraints = [
            models.CheckConstraint(
                name="round_closes_after_it_opens",
                condition=Q(closes_on__isnull=True) | Q(closes_on__gte=models.F("opens_on")),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self, on: date) -> bool:
        return self.opens_on <= on and (self.closes_on is None or on <= self.closes_on)


class ApplicationQuerySet(ScopedQuerySet):
    enterprise_lookup = "factory__enterprise"
    authority_lookup = "factory__authority"

    def shown_to_officers(self) -> Self:
        """A draft is the firm's own, and so is one it withdrew before it was ever submitted."""
        return self.exclude(first_submitted_at__isnull=True)

    def awaiting(self, user: User) -> Self:
        """What this officer's desk has to act on now: his level's step, below his own authority."""
        if user.role not in OFFICERS:
            return self.none()
        return self.visible_to(user).filter(
            status=Application.Status.IN_PROGRESS, step_level=user.role
        )

    def handled_by(self, user: User) -> Self:
        """What this officer has decided himself."""
        mine = Decision.objects.filter(by=user).values("application")
        return self.visible_to(user).filter(pk__in=mine)

    def open(self) -> Self:
        return self.filter(status__in=Application.OPEN)

    def for_list(self) -> Self:
        return self.select_related(
            "factory__enterprise", "factory__authority", "factory__division", "round"
        )

    def for_page(self) -> Self:
        """With everything that a page about one case reads of it."""
        return self.select_related(
            "round",
            "assessment__factory__authority",
            "certification",
            "factory__division",
            "factory__industry",
            "factory__enterprise__seat",
            "factory__enterprise__industry",
            "factory__authority__parent__parent",
        )


class Application(models.Model):
    """One factory asking for one tier. Changed by ``tiers.workflow.act`` and by nothing else."""

    class Status(models.TextChoices):
        DRAFT = "draft", "填写中"
        IN_PROGRESS = "in_progress", "办理中"
        RETURNED = "returned", "退回补正"
        CERTIFIED = "certified", "已认定"
        REJECTED = "rejected", "不予认定"
        WITHDRAWN = "withdrawn", "已撤回"

    OPEN = (Status.DRAFT, Status.IN_PROGRESS, Status.RETURNED)

    number = models.CharField("受理编号", max_length=30, unique=True, null=True)
    round = models.ForeignKey(
        Round, models.PROTECT, related_name="applications", verbose_name="批次"
    )
    factory = models.ForeignKey(
        Factory, models.PROTECT, related_name="applications", verbose_name="工厂"
    )
    tier = models.CharField("等级", max_length=12, choices=Tier.choices)
    assessment = models.ForeignKey(
        Assessment, models.PROTECT, null=True, related_name="applications", verbose_name="自评"
    )
    status = models.CharField("状态", max_length=12, choices=Status.choices, default=Status.DRAFT)
    step = models.CharField("环节", max_length=12, choices=StepKind.choices, blank=True)
    step_level = models.CharField("办理层级", max_length=12, blank=True)
    step_since = models.DateTimeField("进入环节时间", null=True, blank=True)
    due_on = models.DateField("限期", null=True, blank=True)
    submissions = models.PositiveSmallIntegerField("提交次数", default=0)
    first_submitted_at = models.DateTimeField("首次提交", null=True, blank=True)
    submitted_at = models.DateTimeField("最近提交", null=True, blank=True)
    declared_by = models.CharField("承诺人", max_length=40, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("建立时间")

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申报"
        constraints = [
            models.UniqueConstraint(
                fields=("factory", "tier"),
                condition=Q(status__in=("draft", "in_progress", "returned")),
                name="application_one_open_per_factory_and_tier",
            ),
            models.CheckConstraint(
                name="application_step_exactly_when_in_progress",
                condition=Q(status="in_progress") & ~Q(step="") & ~Q(step_level="")
                | ~Q(status="in_progress") & Q(step="") & Q(step_level=""),
            ),
        ]
        indexes = [
            models.Index(fields=("status", "step_level", "due_on"), name="application_awaiting")
        ]

    def __str__(self) -> str:
        return self.number or f"{self.factory.name}（未提交）"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class DecisionQuerySet(ScopedQuerySet):
    enterprise_lookup = "application__factory__enterprise"
    authority_lookup = "application__factory__authority"

    def shown_to_officers(self) -> Self:
        """Not the withdrawal of a draft that no office ever saw."""
        return self.exclude(application__first_submitted_at__isnull=True)


class Decision(models.Model):
    """One act on an application as it was made: by whom, at which step, with what opinion and
    document.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="decisions")
    action = models.CharField("操作", max_length=12)
    step = models.CharField("环节", max_length=12, blank=True)
    step_level = models.CharField("层级", max_length=12, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("经办人", max_length=40)
    place_name = models.CharField("经办单位", max_length=120)
    at = models.DateTimeField("时间")
    opinion = models.TextField("办理意见", blank=True)
    document_no = models.CharField("文号", max_length=80, blank=True)
    performance_confirmed = models.BooleanField("已核实主要技术经济指标", default=False)
    assessment = models.ForeignKey(Assessment, models.PROTECT, null=True, related_name="+")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "办理记录"

    def __str__(self) -> str:
        return f"{self.action} {self.application}"


class Standing(models.TextChoices):
    """What a title is on a given day. Computed from its dates; no job has to run for it."""

    UPCOMING = "upcoming", "尚未生效"
    VALID = "valid", "有效"
    EXPIRED = "expired", "已到期"
    REVOKED = "revoked", "已撤销"
    SUPERSEDED = "superseded", "已换发"


class CertificationQuerySet(ScopedQuerySet):
    enterprise_lookup = "factory__enterprise"
    authority_lookup = "factory__authority"

    def with_standing(self, on: date) -> Self:
        """Each title with its ``standing`` on a day, to filter by; ``standing_on`` says the same
        of one title.
        """
        return self.annotate(
            standing=Case(
                When(ending=Standing.REVOKED, ends_on=F("valid_from"), then=F("ending")),
                When(valid_from__gt=on, then=Value(Standing.UPCOMING.value)),
                When(
                    Q(ends_on__isnull=True) | Q(ends_on__gt=on),
                    then=Value(Standing.VALID.value),
                ),
                When(ending__in=(Standing.REVOKED, Standing.SUPERSEDED), then=F("ending")),
                default=Value(Standing.EXPIRED.value),
                output_field=models.CharField(max_length=12, choices=Standing.choices),
            )
        )

    def ending_within(self, days: int, on: date) -> Self:
        """In force, not yet succeeded, and with no more than so many days left."""
        soon = self.in_force(on).filter(ends_on__lte=on + timedelta(days=days + 1))
        return soon.exclude(ending=Standing.SUPERSEDED)

    def below(self, path: str) -> Self:
        """Titles of factories below the authority, and those it issued before one moved away."""
        return self.filter(
            Q(factory__authority__path__startswith=path) | Q(issuer__path__startswith=path)
        )

    def in_force(self, on: date) -> Self:
        """Titles in force on a day: computed from the dates, never from what a job has recorded."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=on), valid_from__lte=on)

    def ended(self, on: date) -> Self:
        return self.filter(ends_on__lte=on)

    def published(self) -> Self:
        """On the public register: acknowledged where the rules ask for filing, else determined."""
        return self.filter(published_on__isnull=False)

    def unfiled(self) -> Self:
        """Titles that their rules want filed and that stand on no live list."""
        live = FilingEntry.objects.filter(live=True).values("certification")
        return self.filter(published_on__isnull=True, must_file=True, ending="").exclude(
            pk__in=live
        )

    def to_collect_by(self, user: User) -> Self:
        """What this officer's authority has determined and not yet put on a list."""
        return self.unfiled().filter(issuer=user.authority_id)

    def for_list(self) -> Self:
        return self.select_related("factory__enterprise", "factory__authority", "factory__division")


class Certification(models.Model):
    """A title: one factory holds one tier from ``valid_from`` to ``last_day``.

    ``ends_on`` is the first day it is not in force (``last_day`` + 1 until it ends sooner); both
    are empty where the rules set no term. ``ending`` is blank until the end has been recorded;
    recording changes no answer.
    """

    class Source(models.TextChoices):
        APPLICATION = "application", "申报认定"
        DERIVED = "derived", "对应认定"
        IMPORTED = "imported", "历史补录"

    class Ending(models.TextChoices):
        EXPIRED = "expired", "已到期"
        REVOKED = "revoked", "已撤销"
        SUPERSEDED = "superseded", "已换发"

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
    reminded_days = models.PositiveSmallIntegerField("已提醒到期前天数", null=True, blank=True)
    issued_at = models.DateTimeField("认定时间")

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
        ]

    def __str__(self) -> str:
        return self.number

    def is_in_force(self, on: date) -> bool:
        return self.standing_on(on) == Standing.VALID

    def standing_on(self, on: date) -> Standing:
        """What the title is on a day. ``ending`` only says why it ended, never that it has."""
        if self.ending == self.Ending.REVOKED and self.ends_on == self.valid_from:
            return Standing.REVOKED  # a renewal that fell before it began was never in force
        if on < self.valid_from:
            return Standing.UPCOMING
        if self.ends_on is None or on < self.ends_on:
            return Standing.VALID
        return Standing(self.ending) if self.ending else Standing.EXPIRED

    def days_left(self, on: date) -> int | None:
        """Days in force after this one; None where there is no end or it is not in force."""
        if self.ends_on is None or not self.is_in_force(on):
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
    by_name = models.CharField("经办人", max_length=40)
    place_name = models.CharField("经办单位", max_length=120)
    at = models.DateTimeField("时间")

    objects = HonourCheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "称号复核"
        indexes = [models.Index(fields=("honour", "tier"), name="honour_check_latest")]

    def __str__(self) -> str:
        return f"{self.honour} {self.get_tier_display()}"


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
