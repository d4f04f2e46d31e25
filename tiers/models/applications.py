"""Applications and the decisions on them."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from assessments.models import Assessment
from registry import workdays
from registry.access import OFFICERS, ScopedQuerySet
from registry.models import Authority, Factory, User
from registry.policy import LEVELS, StepKind, Tier
from tiers.models.rounds import Round

#: With so many working days left a case counts as due soon (临期).
SOON = 3


class Action(models.TextChoices):
    """The five things that can be done to an application."""

    SUBMIT = "submit", "提交申报"
    WITHDRAW = "withdraw", "撤回申报"
    COMPLETE = "complete", "办结"
    SEND_BACK = "send_back", "退回补正"
    REJECT = "reject", "不予认定"


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

    def overdue(self, on: date) -> Self:
        """What waits at a step whose last day has passed."""
        return self.filter(status=Application.Status.IN_PROGRESS, due_on__lt=on)

    def due_soon(self, on: date) -> Self:
        """What waits at a step with few working days left (临期)."""
        return self.filter(
            status=Application.Status.IN_PROGRESS, due_on__range=(on, workdays.add(on, SOON))
        )

    def lagging_below(self, user: User, on: date) -> Self:
        """What is overdue at the offices below this officer's own."""
        if user.role not in OFFICERS:
            return self.none()
        below = LEVELS[: LEVELS.index(user.role)]
        return self.visible_to(user).overdue(on).filter(step_level__in=below)

    def for_list(self) -> Self:
        return self.select_related(
            "factory__enterprise", "factory__authority", "factory__division", "round"
        )

    def with_version(self) -> Self:
        """``version``: how many decisions there are; ``sent_assessment``: what was sent in last."""
        sent = Decision.objects.filter(application=models.OuterRef("pk"), action=Action.SUBMIT)
        return self.annotate(
            version=models.Count("decisions"),
            sent_assessment=models.Subquery(sent.order_by("-at", "-pk").values("assessment")[:1]),
        )

    def for_page(self) -> Self:
        """With everything that a page about one case reads of it."""
        return self.select_related(
            "round__authority",
            "assessment__factory__authority",
            "certification",
            "keeper",
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
    overdue_told_at = models.DateTimeField("超期报上级时间", null=True, blank=True)
    submissions = models.PositiveSmallIntegerField("提交次数", default=0)
    first_submitted_at = models.DateTimeField("首次提交", null=True, blank=True)
    submitted_at = models.DateTimeField("最近提交", null=True, blank=True)
    declared_by = models.CharField("承诺人", max_length=40, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("建立时间")
    # Who sees to it for the firm; changes hands when he leaves, unlike who began it.
    keeper = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="负责人"
    )

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
            models.Index(fields=("status", "step_level", "due_on"), name="application_awaiting"),
            # In the order in which lists show them.
            models.Index(fields=("due_on", "id"), name="application_by_due"),
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
    on_behalf_of = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField("经办人", max_length=90)
    place_name = models.CharField("经办单位", max_length=120)
    # The office that acted, by which its handling times are counted; none for the firm's own acts.
    authority = models.ForeignKey(Authority, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("时间")
    opinion = models.TextField("办理意见", blank=True)
    document_no = models.CharField("文号", max_length=80, blank=True)
    performance_confirmed = models.BooleanField("已核实主要技术经济指标", default=False)
    assessment = models.ForeignKey(Assessment, models.PROTECT, null=True, related_name="+")
    # The facts of firm and factory as they were submitted, in words by their names.
    facts = models.JSONField("提交时的企业和工厂信息", default=dict)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "办理记录"
        indexes = [models.Index(fields=("action", "at"), name="decision_by_time")]

    def __str__(self) -> str:
        return f"{self.action} {self.application}"
