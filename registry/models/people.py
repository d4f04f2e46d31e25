"""People who sign in, and their claims to act for an enterprise."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from registry.access import OFFICERS, Role, ScopedQuerySet, Seat
from registry.models.enterprises import Enterprise
from registry.models.places import Authority

if TYPE_CHECKING:
    from registry.models.delegations import Delegation
    from registry.models.tokens import ApiToken

#: What a person has on loan while he stands in for somebody; it must never reach his own row.
ON_LOAN = {"role", "authority", "authority_id"}


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
    seat = models.CharField("席位", max_length=8, choices=Seat.choices, default=Seat.EDITOR)
    # What he was told on behalf of a firm he has left is no longer his to read.
    left_at = models.DateTimeField("离开上一家企业的时间", null=True, blank=True, editable=False)
    password_at = models.DateTimeField("密码设置时间", null=True, blank=True, editable=False)
    password_given = models.BooleanField("密码由他人设置", default=False, editable=False)
    # An account of the demo world, whose password stands in the README (``registry.factors``).
    made_for_demo = models.BooleanField("演示账号", default=False, editable=False)

    #: The delegation he acts by in this request (``registry.delegation``); never stored.
    standing_in: Delegation | None = None
    #: The token by which an application asks in his name (``registry.tokens``); never stored.
    token: ApiToken | None = None

    objects: ClassVar[UserManager[Any]] = UserManager()
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "用户"
        constraints = [
            models.CheckConstraint(
                name="user_has_one_place",
                condition=Q(
                    role__in=(*OFFICERS, Role.DEPARTMENT, Role.GROUP),
                    authority__isnull=False,
                    enterprise__isnull=True,
                )
                | Q(role=Role.ENTERPRISE, authority__isnull=True)
                | Q(role__in=("", Role.EXPERT), authority__isnull=True, enterprise__isnull=True),
            ),
            models.CheckConstraint(
                name="user_manager_has_a_firm",
                condition=~Q(seat=Seat.MANAGER) | Q(enterprise__isnull=False),
                violation_error_message="只有企业的人员能担任管理员",
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="user_one_name_in_any_case",
                violation_error_message="这个用户名已有人使用（不分大小写），请换一个",
            ),
        ]

    def __str__(self) -> str:
        """The name that stands under an act; for a stand-in with whom he stands in for."""
        own = self.name or self.username
        return f"{own}（代{self.standing_in.giver.name}）" if self.standing_in else own

    def set_password(self, raw_password: str | None) -> None:
        if self.pk and self.has_usable_password():
            PastPassword.objects.create(user_id=self.pk, encoded=self.password)
        super().set_password(raw_password)

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Full-width letters look the same and would be another name.
        self.username = self.normalize_username(self.username)
        fields = kwargs.get("update_fields")
        if self.standing_in is not None and (fields is None or ON_LOAN & set(fields)):
            raise RuntimeError("a person who stands in for another is not saved as that other")
        super().save(*args, **kwargs)

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

    @property
    def seat_name(self) -> str:
        """The seat in the words of the person's own place: a firm's editors fill in forms."""
        if self.role == Role.ENTERPRISE and self.seat == Seat.EDITOR:
            return "填报人员"
        return str(Seat(self.seat).label)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class PastPassword(models.Model):
    """A hash of a password that somebody has had, so that it is not taken again."""

    user = models.ForeignKey(User, models.CASCADE, related_name="past_passwords")
    encoded = models.CharField(max_length=128)

    class Meta:
        verbose_name = verbose_name_plural = "用过的密码"

    def __str__(self) -> str:
        return f"{self.user_id}"


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


class InvitationQuerySet(ScopedQuerySet):
    authority_lookup = "enterprise__authority"

    def open_on(self, day: date) -> InvitationQuerySet:
        return self.filter(used_at=None, revoked_at=None, ends_on__gte=day)


class Invitation(models.Model):
    """A manager's word that somebody may join his firm: by a code, once, and until a day."""

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="invitations", verbose_name="企业"
    )
    name = models.CharField("姓名", max_length=40)
    contact = models.CharField("手机号或邮箱", max_length=100)
    seat = models.CharField("席位", max_length=8, choices=Seat.choices)
    code_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField("邀请时间")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    ends_on = models.DateField("最后有效日")
    used_at = models.DateTimeField("加入时间", null=True, blank=True)
    used_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField("撤回时间", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "人员邀请"
        constraints = [
            models.CheckConstraint(
                name="invitation_used_by_somebody",
                condition=Q(used_at__isnull=True, used_by__isnull=True)
                | Q(used_at__isnull=False, used_by__isnull=False, revoked_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.enterprise}邀请"

    def state(self, on: date) -> str:
        """open, used, revoked or ended: the last follows from the day alone."""
        if self.used_at:
            return "used"
        if self.revoked_at:
            return "revoked"
        return "open" if on <= self.ends_on else "ended"
