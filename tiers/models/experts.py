"""Experts of a province, the draws that send cases to them, and what they found."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from registry.access import OFFICERS, Role, ScopedQuerySet
from registry.models import Authority, Division, User
from registry.policy import StepKind
from tiers.models.applications import Application
from tiers.models.rounds import Round


class PanelOwnedQuerySet(ScopedQuerySet):
    """Business of the office that runs the round: nobody above, below or beside it sees who
    reviews whom.
    """

    office_lookup = "authority"

    def visible_to(self, user: User) -> Self:
        if not user.is_authenticated or user.role not in OFFICERS:
            return self.none()
        return self.filter(**{self.office_lookup: user.authority_id})


class ExpertQuerySet(PanelOwnedQuerySet):
    pass


class Expert(models.Model):
    """A person whom a province asks to judge cases. ``code`` stands for him where names would tell
    too much.
    """

    user = models.OneToOneField(User, models.PROTECT, related_name="expert")
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="experts", verbose_name="聘请单位"
    )
    code = models.CharField("专家代号", max_length=12)
    # Two-digit codes of the industry list in which he can judge.
    fields = models.JSONField("擅长行业", default=list)
    title = models.CharField("职称或职务", max_length=60, blank=True)
    employer = models.CharField("工作单位", max_length=120)
    # A word that the firms of his group share in their names.
    group = models.CharField("所属集团", max_length=60, blank=True)
    division = models.ForeignKey(
        Division, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所在县区"
    )
    #: [{"name": firm, "year": last year in which he worked for it}]
    consulted = models.JSONField("服务过的企业", default=list)
    term_from = models.DateField("聘期开始")
    term_until = models.DateField("聘期结束")
    retired_at = models.DateTimeField("解聘时间", null=True, blank=True)
    retire_reason = models.CharField("解聘原因", max_length=200, blank=True)
    # The hash of the password he was given: as long as it is his, he has to choose another.
    first_password = models.CharField(max_length=128, blank=True)

    objects = ExpertQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评审专家"
        constraints = [
            models.UniqueConstraint(fields=("authority", "code"), name="expert_code_once"),
            models.CheckConstraint(
                name="expert_term_has_days", condition=Q(term_until__gte=models.F("term_from"))
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PanelQuerySet(PanelOwnedQuerySet):
    office_lookup = "round__authority"

    def standing(self) -> Self:
        return self.filter(superseded_at__isnull=True)


class ReviewPanel(models.Model):
    """One draw: the lists as they were frozen, the seed, and who fell to which case."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="panels", verbose_name="批次")
    number = models.PositiveSmallIntegerField("第几次抽取")
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    reason = models.CharField("重新抽取的原因", max_length=200, blank=True)
    lists = models.JSONField("冻结的名单")
    digest = models.CharField("名单摘要", max_length=64)
    frozen_at = models.DateTimeField("冻结时间")
    frozen_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    seed = models.CharField("随机种子", max_length=64, blank=True)
    result = models.JSONField("抽取结果", default=dict)
    drawn_at = models.DateTimeField("抽取时间", null=True, blank=True)
    drawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    superseded_at = models.DateTimeField("作废时间", null=True, blank=True)

    objects = PanelQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "专家抽取"
        constraints = [
            models.UniqueConstraint(fields=("round", "number"), name="panel_number_once"),
            models.CheckConstraint(
                name="panel_seed_exactly_when_drawn",
                condition=Q(drawn_at__isnull=True, seed="")
                | Q(drawn_at__isnull=False) & ~Q(seed=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round.title}第 {self.number} 次抽取"


class AssignmentQuerySet(PanelOwnedQuerySet):
    office_lookup = "panel__round__authority"

    def visible_to(self, user: User) -> Self:
        """The round's office; to an expert his own, and of others nothing."""
        if user.is_authenticated and user.role == Role.EXPERT:
            return self.filter(expert__user=user).exclude(state=Assignment.State.CANCELLED)
        return super().visible_to(user)

    def in_hand(self) -> Self:
        """Those whose case waits for its review and has not been sent in anew since."""
        return self.filter(
            application__status=Application.Status.IN_PROGRESS,
            application__step=StepKind.REVIEW,
            submission=models.F("application__submissions"),
        )

    def live(self) -> Self:
        """Those that count: neither in conflict nor taken back."""
        return self.exclude(state__in=(Assignment.State.CONFLICT, Assignment.State.CANCELLED))


class Assignment(models.Model):
    """One case in one expert's hands, from the question whether he may to his marks."""

    class State(models.TextChoices):
        ASKED = "asked", "待声明"
        ACCEPTED = "accepted", "评分中"
        GIVEN = "given", "已提交"
        CONFLICT = "conflict", "已回避"
        CANCELLED = "cancelled", "已撤回"

    class Kind(models.TextChoices):
        DRAWN = "drawn", "抽取"
        REPLACEMENT = "replacement", "递补"
        SECOND = "second", "复评"

    panel = models.ForeignKey(ReviewPanel, models.PROTECT, related_name="assignments")
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="assignments", verbose_name="申报"
    )
    # Which sending-in of the case is judged: what was sent in anew is judged anew.
    submission = models.PositiveSmallIntegerField("第几次提交")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="assignments")
    kind = models.CharField("来源", max_length=12, choices=Kind.choices, default=Kind.DRAWN)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.ASKED)
    made_at = models.DateTimeField("分配时间")
    declared_at = models.DateTimeField("声明时间", null=True, blank=True)
    ground = models.CharField("回避事由", max_length=200, blank=True)
    scores = models.JSONField("分项得分", default=dict)
    notes = models.JSONField("分项说明", default=dict)
    comment = models.TextField("评审意见", blank=True)
    version = models.PositiveIntegerField("版本", default=0)
    saved_at = models.DateTimeField("保存时间", null=True, blank=True)
    total = models.PositiveSmallIntegerField("总分", null=True, blank=True)
    given_at = models.DateTimeField("提交时间", null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评审任务"
        constraints = [
            models.UniqueConstraint(
                fields=("application", "submission", "expert"),
                condition=~Q(state="cancelled"),
                name="assignment_once_per_expert",
            ),
            models.CheckConstraint(
                name="assignment_total_exactly_when_given",
                condition=Q(state="given", total__isnull=False, given_at__isnull=False)
                | ~Q(state="given") & Q(total__isnull=True, given_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=("expert", "state"), name="assignment_of_expert")]

    def __str__(self) -> str:
        return f"{self.application} {self.expert.code}"


class AvoidanceRequestQuerySet(PanelOwnedQuerySet):
    enterprise_lookup = "application__factory__enterprise"
    office_lookup = "application__round__authority"

    def visible_to(self, user: User) -> Self:
        """The firm's own, and those of the office's round."""
        if user.is_authenticated and user.role == Role.ENTERPRISE and user.enterprise_id:
            return self.of_enterprise(user.enterprise_id)
        return super().visible_to(user)

    def undecided(self) -> Self:
        return self.filter(decided_at__isnull=True)


class AvoidanceRequest(models.Model):
    """回避申请: a firm asks that somebody be kept from its case; the round's office decides."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="avoidances")
    person = models.CharField("申请回避的专家姓名", max_length=40)
    employer = models.CharField("专家工作单位", max_length=120, blank=True)
    reason = models.CharField("理由", max_length=300)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("申请时间")
    # Set where it was granted against somebody of the pool.
    expert = models.ForeignKey(
        Expert, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="回避的专家"
    )
    granted = models.BooleanField("同意", null=True)
    answer = models.CharField("答复", max_length=200, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)

    objects = AvoidanceRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "回避申请"

    def __str__(self) -> str:
        return f"{self.application}回避申请"


class ReviewOpinionQuerySet(PanelOwnedQuerySet):
    office_lookup = "application__round__authority"


class ReviewOpinion(models.Model):
    """评审意见: what the review comes to for one case, in the words of the round's office."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="review_opinions")
    submission = models.PositiveSmallIntegerField("第几次提交")
    text = models.TextField("评审意见", max_length=2000)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField("填写人", max_length=90)
    at = models.DateTimeField("时间")

    objects = ReviewOpinionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评审意见"
        constraints = [
            models.UniqueConstraint(
                fields=("application", "submission"), name="opinion_once_per_submission"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application}评审意见"
