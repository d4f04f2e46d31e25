"""Who and where: official code lists, authorities, enterprises with their factories, people,
trail, messages.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from registry import creditcode
from registry.access import OFFICERS, Role, ScopedQuerySet


class Division(models.Model):
    """A place in the official division list (GB/T 2260), for addresses only."""

    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        PREFECTURE = "prefecture", "设区市"
        COUNTY = "county", "县（市、区）"
        ZONE = "zone", "功能区"
        PLACEHOLDER = "placeholder", "统计用占位"

    code = models.CharField("代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=60)
    level = models.CharField("级别", max_length=12, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    authority = models.ForeignKey(
        "Authority",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="divisions",
        verbose_name="主管部门",
    )

    class Meta:
        verbose_name = verbose_name_plural = "行政区划"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Industry(models.Model):
    """A node of the industry classification (GB/T 4754-2017), sections B, C and D."""

    code = models.CharField("代码", max_length=4, primary_key=True)
    name = models.CharField("名称", max_length=80)
    level = models.CharField("级别", max_length=12)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )

    class Meta:
        verbose_name = verbose_name_plural = "行业分类"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Authority(models.Model):
    """A body in the chain of responsibility. ``path`` spells that chain from the root, not
    division codes.
    """

    class Kind(models.TextChoices):
        PROVINCE = "province", "省级"
        CITY = "city", "市级"
        COUNTY = "county", "县级"
        GROUP = "group", "中央企业集团"
        DEPARTMENT = "department", "征求意见部门"

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=80)
    short_name = models.CharField("简称", max_length=40)
    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    path = models.CharField("归属链", max_length=100, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "主管部门"
        ordering = ("path",)

    def __str__(self) -> str:
        return self.name

    @property
    def province_code(self) -> str:
        return self.path.split("/")[1]


class EnterpriseQuerySet(ScopedQuerySet):
    enterprise_lookup = "pk"

    def below(self, path: str) -> EnterpriseQuerySet:
        """Firms whose seat or any of whose factories lies below the authority."""
        # A subquery, because a join on factories would repeat a firm once per factory.
        with_factory = Factory.objects.filter(authority__path__startswith=path).values("enterprise")
        return self.filter(Q(authority__path__startswith=path) | Q(pk__in=with_factory))

    def matching(self, text: str) -> EnterpriseQuerySet:
        """Firms by part of a name they bear or bore, or by the beginning of their credit code."""
        name, code = creditcode.tidy_name(text), creditcode.tidy(text)
        formerly = EnterpriseName.objects.filter(name__icontains=name).values("enterprise")
        return self.filter(
            Q(name__icontains=name) | Q(pk__in=formerly) | Q(credit_code__startswith=code)
        )


class Enterprise(models.Model):
    """A legal person, known by its unified social credit code; may exist before anybody signs up
    for it.
    """

    class Size(models.TextChoices):
        LARGE = "large", "大型"
        MEDIUM = "medium", "中型"
        SMALL = "small", "小型"
        MICRO = "micro", "微型"

    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("企业名称", max_length=120, db_index=True)
    seat = models.ForeignKey(
        Division, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="注册地"
    )
    authority = models.ForeignKey(
        Authority,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="enterprises",
        verbose_name="属地主管部门",
    )
    address = models.CharField("注册地址", max_length=200, blank=True)
    industry = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所属行业"
    )
    size = models.CharField("企业规模", max_length=8, choices=Size.choices, blank=True)
    above_scale = models.BooleanField("规模以上工业企业", null=True, blank=True)
    created_at = models.DateTimeField("登记时间")

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "企业"

    def __str__(self) -> str:
        return self.name


class EnterpriseName(models.Model):
    """A name the enterprise bore before a rename, so that a search by the old one still finds
    it.
    """

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="former_names")
    name = models.CharField("曾用名", max_length=120, db_index=True)
    until = models.DateField("更名日期")

    class Meta:
        verbose_name = verbose_name_plural = "曾用名"

    def __str__(self) -> str:
        return self.name


class FactoryQuerySet(ScopedQuerySet):
    pass


class Factory(models.Model):
    """The certified subject. Its authority follows its place, its owner is the enterprise."""

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="factories", verbose_name="企业"
    )
    name = models.CharField("工厂名称", max_length=120)
    division = models.ForeignKey(
        Division, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所在地"
    )
    address = models.CharField("工厂地址", max_length=200, blank=True)
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="factories", verbose_name="主管部门"
    )
    industry = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所属行业"
    )
    products = models.CharField("主要产品", max_length=200, blank=True)
    created_at = models.DateTimeField("登记时间")

    objects = FactoryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "工厂"
        constraints = [
            models.UniqueConstraint(
                fields=("enterprise", "name"),
                name="factory_name_once_per_enterprise",
                violation_error_message="这家企业已登记过同名工厂，请换一个能区分的名称",
            )
        ]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who signs in: the only table that holds personal data (name, phone, e-mail)."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("手机号", max_length=20, blank=True)
    role = models.CharField("角色", max_length=12, choices=Role.choices, blank=True)
    authority = models.ForeignKey(
        Authority,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name="所属部门",
    )
    enterprise = models.ForeignKey(
        Enterprise,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name="所属企业",
    )

    objects: ClassVar[UserManager[Any]] = UserManager()
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "用户"
        constraints = [
            models.CheckConstraint(
                name="user_has_one_place",
                condition=Q(role__in=OFFICERS, authority__isnull=False, enterprise__isnull=True)
                | Q(role=Role.ENTERPRISE, authority__isnull=True)
                | Q(role="", authority__isnull=True, enterprise__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def authority_path(self) -> str:
        """The chain below which an officer sees; an empty one would match every row, so it
        raises.
        """
        if self.authority is None or not self.authority.path:
            raise RuntimeError(f"user {self.pk} has no authority to see by")
        return self.authority.path

    @property
    def place_name(self) -> str:
        """The body this person acts for, as it is shown on the screen."""
        place = self.authority or self.enterprise
        return place.name if place else ""

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class ClaimQuerySet(ScopedQuerySet):
    def pending(self) -> ClaimQuerySet:
        return self.filter(status=Claim.Status.PENDING)


class Claim(models.Model):
    """A person's word that he acts for an enterprise, until its bureau confirms or refuses him."""

    class Kind(models.TextChoices):
        NEW = "new", "新登记企业"
        EXISTING = "existing", "认领已有企业"

    class Status(models.TextChoices):
        PENDING = "pending", "待确认"
        CONFIRMED = "confirmed", "已确认"
        REFUSED = "refused", "未通过"

    user = models.ForeignKey(User, models.PROTECT, related_name="claims", verbose_name="申请人")
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="claims", verbose_name="企业"
    )
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="claims", verbose_name="确认部门"
    )
    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    status = models.CharField(
        "状态", max_length=9, choices=Status.choices, default=Status.PENDING, db_index=True
    )
    reason = models.CharField("说明", max_length=200, blank=True)
    made_at = models.DateTimeField("申请时间")
    decided_at = models.DateTimeField("办理时间", null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "人员确认"
        constraints = [
            models.UniqueConstraint(
                fields=("user",), condition=Q(status="pending"), name="claim_one_pending_per_user"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.enterprise}"


class HonourQuerySet(ScopedQuerySet):
    enterprise_lookup = "enterprise"
    authority_lookup = "enterprise__authority"

    def below(self, path: str) -> HonourQuerySet:
        return self.filter(enterprise__in=Enterprise.objects.below(path))

    def standing(self) -> HonourQuerySet:
        """Honours that an office has verified and nobody has withdrawn."""
        return self.filter(verified_at__isnull=False, withdrawn_on__isnull=True)


class Honour(models.Model):
    """A title from an older or parallel scheme (既有称号), with the document that gave it."""

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="honours", verbose_name="企业"
    )
    factory = models.ForeignKey(
        Factory, models.PROTECT, null=True, blank=True, related_name="honours", verbose_name="工厂"
    )
    kind = models.CharField("称号", max_length=60)
    document_no = models.CharField("文号", max_length=80)
    awarded_on = models.DateField("授予日期")
    note = models.CharField("说明", max_length=200, blank=True)
    # What a firm says of itself gives no title: an office of the honour's own level verifies it.
    verified_at = models.DateTimeField("核实时间", null=True, blank=True)
    verified_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_on = models.DateField("取消日期", null=True, blank=True)
    withdrawal_document_no = models.CharField("取消文号", max_length=80, blank=True)
    withdrawal_reason = models.CharField("取消原因", max_length=200, blank=True)

    objects = HonourQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "既有称号"
        constraints = [
            models.UniqueConstraint(
                fields=("enterprise", "kind", "document_no"),
                condition=Q(factory__isnull=True),
                name="honour_recorded_once_per_enterprise",
            ),
            models.UniqueConstraint(
                fields=("factory", "kind", "document_no"),
                condition=Q(factory__isnull=False),
                name="honour_recorded_once_per_factory",
            ),
            models.CheckConstraint(
                name="honour_withdrawn_with_its_document",
                condition=Q(withdrawn_on__isnull=True) | ~Q(withdrawal_document_no=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.document_no}"


class VetoEventQuerySet(HonourQuerySet):
    pass


class VetoEvent(models.Model):
    """A dated event that bars a title for the look-back of the rules (一票否决事项)."""

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="veto_events", verbose_name="企业"
    )
    kind = models.CharField("类别", max_length=20)
    grade = models.CharField("等级", max_length=20)
    happened_on = models.DateField("发生日期")
    note = models.CharField("说明", max_length=300, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("登记时间")

    objects = VetoEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "一票否决事项"

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_on}"


class AuditEventQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> AuditEventQuerySet:
        if not user.is_authenticated:
            return self.none()
        if user.role == Role.ENTERPRISE and user.enterprise_id:
            return self.filter(enterprise_id=user.enterprise_id)
        if user.role in OFFICERS:
            return self.filter(authority_path__startswith=user.authority_path)
        return self.none()

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("the audit trail is append-only")

    def delete(self) -> NoReturn:
        raise TypeError("the audit trail is append-only")


class AuditEvent(models.Model):
    """One line of the trail: who did what to which thing. Names are kept as text; no key points at
    the target.
    """

    at = models.DateTimeField("时间", db_index=True)
    recorded_at = models.DateTimeField("入库时间", db_default=Now())
    actor_id = models.BigIntegerField("操作人编号", null=True)
    actor_name = models.CharField("操作人", max_length=120)
    verb = models.CharField("操作", max_length=40, db_index=True)
    target_type = models.CharField("对象类别", max_length=40)
    target_id = models.CharField("对象编号", max_length=40)
    target_name = models.CharField("对象", max_length=200)
    authority_path = models.CharField("归属链", max_length=100, blank=True, db_index=True)
    enterprise_id = models.BigIntegerField("企业编号", null=True, db_index=True)
    data = models.JSONField("内容", default=dict)
    request_id = models.CharField("请求编号", max_length=40, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "操作留痕"
        indexes = [models.Index(fields=("target_type", "target_id"), name="audit_by_target")]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("the audit trail is append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("the audit trail is append-only")


class NotificationQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> NotificationQuerySet:
        return self.filter(recipient=user) if user.is_authenticated else self.none()

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """A message to one person (站内信), written in the transaction of the fact it tells of."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    text = models.CharField("内容", max_length=300)
    link = models.CharField("链接", max_length=200, blank=True)
    key = models.CharField("唯一键", max_length=120, unique=True, null=True)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "站内信"
        indexes = [models.Index(fields=("recipient", "read_at"), name="notification_unread")]

    def __str__(self) -> str:
        return self.text
