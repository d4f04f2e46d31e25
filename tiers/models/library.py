"""The cultivation library (培育库): factories that a bureau helps to climb, and what it did."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Subquery, Value, When

from assessments.models import Assessment
from registry.access import OFFICERS, Role, ScopedQuerySet
from registry.models import Authority, Factory, User
from registry.policy import Tier
from tiers.models.applications import Application
from tiers.models.certifications import Certification


class Stage(models.IntegerChoices):
    """How far a candidate has come; who has reached one stage has reached those before it."""

    ENTERED = 0, "列入"
    ASSESSED = 1, "已自评"
    CLOSED = 2, "自评达标"
    APPLIED = 3, "已申报"
    TITLED = 4, "已认定"


#: From the lowest tier up, each with itself and all above it.
UPWARD = {tier: [one.value for one in Tier if one.rank >= tier.rank] for tier in Tier}


class CandidateQuerySet(ScopedQuerySet):
    enterprise_lookup = "factory__enterprise"

    def standing(self) -> Self:
        """Still in the library."""
        return self.filter(left_on__isnull=True)

    def due(self, on: date) -> Self:
        """Whose next contact is today or was missed."""
        return self.standing().filter(next_contact_on__lte=on)

    def with_stage(self, on: date) -> Self:
        """Each with its ``stage``, read from what firm and offices have done up to that day."""
        titles = Certification.objects.running(on).filter(factory=OuterRef("factory"))
        cases = Application.objects.filter(factory=OuterRef("factory"), tier=OuterRef("tier"))
        sent = cases.filter(first_submitted_at__isnull=False).filter(
            Q(status__in=Application.OPEN) | Q(first_submitted_at__gte=OuterRef("entered_at"))
        )
        locked = Assessment.objects.filter(factory=OuterRef("factory"), locked_at__isnull=False)
        newest = locked.order_by("-locked_at", "-pk").values("reached_tier")[:1]
        rows = self.annotate(assessed_tier=Subquery(newest))
        return rows.annotate(
            stage=Case(
                When(leaving=Candidate.Leaving.REACHED, then=Value(Stage.TITLED)),
                *(
                    When(Q(tier=tier) & Exists(titles.filter(tier__in=UPWARD[tier])),
                         then=Value(Stage.TITLED))
                    for tier in Tier
                ),
                When(Exists(sent), then=Value(Stage.APPLIED)),
                *(
                    When(tier=tier, assessed_tier__in=UPWARD[tier], then=Value(Stage.CLOSED))
                    for tier in Tier
                ),
                When(assessed_tier__isnull=False, then=Value(Stage.ASSESSED)),
                default=Value(Stage.ENTERED),
                output_field=IntegerField(),
            )
        )  # fmt: skip

    def for_list(self) -> Self:
        return self.select_related(
            "factory__enterprise", "factory__authority", "authority", "owner"
        )


class Candidate(models.Model):
    """A factory in the library of one bureau: the tier it is to reach, by which year, who sees to
    it. It changes no right of the factory. Written by ``tiers.library``.
    """

    class Source(models.TextChoices):
        HAND = "hand", "主管部门列入"
        SUGGESTED = "suggested", "按系统建议列入"
        RULE = "rule", "申报未通过，按规定转入"

    class Leaving(models.TextChoices):
        REACHED = "reached", "达到目标等级"
        DROPPED = "dropped", "移出"

    factory = models.ForeignKey(
        Factory, models.PROTECT, related_name="candidacies", verbose_name="工厂"
    )
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="培育部门"
    )
    tier = models.CharField("目标等级", max_length=12, choices=Tier.choices)
    year = models.PositiveSmallIntegerField("目标年份")
    source = models.CharField("列入方式", max_length=10, choices=Source.choices)
    # The case whose refusal brought it in, where the rules of the province say so.
    application = models.OneToOneField(
        Application, models.PROTECT, null=True, related_name="candidacy", verbose_name="申报"
    )
    note = models.CharField("培育方向", max_length=300, blank=True)
    # Empty where nobody of the bureau sees to it: it came by rule, or its officer has left.
    owner = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="负责人"
    )
    next_contact_on = models.DateField("下次联系日期", null=True, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    entered_name = models.CharField("列入人", max_length=120)
    entered_at = models.DateTimeField("列入时间")
    leaving = models.CharField("移出情形", max_length=8, choices=Leaving.choices, blank=True)
    left_on = models.DateField("移出日期", null=True)
    left_at = models.DateTimeField("移出时间", null=True)
    left_name = models.CharField("移出人", max_length=120, blank=True)
    leaving_reason = models.CharField("移出原因", max_length=200, blank=True)
    version = models.PositiveIntegerField("版本", default=0)

    objects = CandidateQuerySet.as_manager()

    #: Set by ``with_stage``.
    stage: int

    class Meta:
        verbose_name = verbose_name_plural = "培育库工厂"
        constraints = [
            models.UniqueConstraint(
                fields=("factory",),
                condition=Q(left_on__isnull=True),
                name="candidate_stands_once_per_factory",
            ),
            models.CheckConstraint(
                name="candidate_leaves_on_a_day",
                condition=Q(leaving="", left_on__isnull=True, left_at__isnull=True)
                | ~Q(leaving="") & Q(left_on__isnull=False, left_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=("next_contact_on",),
                condition=Q(left_on__isnull=True),
                name="candidate_by_next_contact",
            )
        ]

    def __str__(self) -> str:
        return f"{self.factory.name} {self.year}年{self.get_tier_display()}"

    @property
    def is_standing(self) -> bool:
        return self.left_on is None


class CandidateStepQuerySet(ScopedQuerySet):
    authority_lookup = "candidate__authority"

    def visible_to(self, user: User) -> Self:
        """A bureau's own notes: its officers' and those above, never the firm's."""
        if getattr(user, "role", "") not in OFFICERS:
            return self.none()
        found: Self = super().visible_to(user)
        return found


class CandidateStep(models.Model):
    """What the bureau did for a candidate on a day, and what was agreed on. Never changed."""

    class Kind(models.TextChoices):
        VISIT = "visit", "上门走访"
        CALL = "call", "电话联系"
        TRAINING = "training", "组织培训"
        MATCHING = "matching", "供需对接"
        DIAGNOSIS = "diagnosis", "诊断服务"
        POLICY = "policy", "政策宣讲"
        OTHER = "other", "其他"

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="steps")
    kind = models.CharField("方式", max_length=10, choices=Kind.choices)
    done_on = models.DateField("日期")
    content = models.CharField("情况", max_length=500)
    next_step = models.CharField("下一步", max_length=200, blank=True)
    next_contact_on = models.DateField("下次联系日期", null=True, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("登记人", max_length=120)
    at = models.DateTimeField("登记时间")

    objects = CandidateStepQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "培育工作记录"
        ordering = ("-done_on", "-pk")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.done_on}"


#: The offices that keep a library of their own.
KEEPERS = (Role.COUNTY, Role.CITY)
