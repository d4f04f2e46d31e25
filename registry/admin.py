"""What an administrator keeps: authorities and accounts, with the trail to read. He sees no cases.

Each change writes its line of the trail in the transaction that Django's admin opens.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from registry import audit, delivery, factors, passwords, tokens
from registry.access import Request, Role, Seat
from registry.audit import Verb
from registry.models import ApiToken, AuditEvent, Authority, Delivery, RecordCheck, User
from registry.sealing import Kind

admin.site.site_header = "智能工厂梯度培育管理平台　系统管理"
admin.site.site_title = "系统管理"
admin.site.index_title = "系统管理"
# Who may do what follows from role and place; groups would be a second answer.
admin.site.unregister(Group)

LEVEL_OF = {
    Role.COUNTY: Authority.Kind.COUNTY,
    Role.CITY: Authority.Kind.CITY,
    Role.PROVINCE: Authority.Kind.PROVINCE,
    Role.DEPARTMENT: Authority.Kind.DEPARTMENT,
    Role.GROUP: Authority.Kind.GROUP,
}


@admin.register(Authority)
class AuthorityAdmin(admin.ModelAdmin):
    """Offices in the chain. Code and place in it are fixed once given; nothing is deleted."""

    list_display = ["name", "short_name", "kind", "code", "parent"]
    list_filter = ["kind"]
    list_select_related = ["parent"]
    search_fields = ["name", "code"]
    ordering = ["path"]
    fields = ["code", "name", "short_name", "kind", "parent"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code", "kind", "parent"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Authority, form: Any, change: bool) -> None:
        if not change:
            obj.path = f"{obj.parent.path if obj.parent else '/'}{obj.code}/"
        super().save_model(request, obj, form, change)
        audit.record(
            Verb.AUTHORITY_CHANGE if change else Verb.AUTHORITY_ADD,
            obj,
            by=request.user,
            at=request.received_at,  # type: ignore[attr-defined]
            path=obj.path,
            changed=form.changed_data,
        )


class PlaceRule:
    """One person has one role in one place; said in words before the database says no."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}  # type: ignore[misc]
        role, authority = given.get("role"), given.get("authority")
        if given.get("seat") == Seat.MANAGER and role != Role.ENTERPRISE:
            raise ValidationError({"seat": "管理员席位只给企业人员；主管部门选经办人员或查阅人员"})
        if role not in LEVEL_OF:
            if authority is not None:
                raise ValidationError({"authority": "只有经办人员才有所属部门"})
        elif authority is None:
            raise ValidationError({"authority": "经办人员要选择所属部门"})
        elif authority.kind != LEVEL_OF[role]:
            raise ValidationError({"authority": f"{authority.name}不是{Role(role).label}的部门"})
        return given


class AccountForm(PlaceRule, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User
        fields = "__all__"


class NewAccountForm(PlaceRule, AdminUserCreationForm):
    """Accounts of officers and administrators; a firm's people sign up by themselves."""

    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("username", "name", "phone", "role", "authority", "seat")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: forms.ChoiceField = self.fields["role"]  # type: ignore[assignment]
        role.choices = [
            ("", "平台管理（不办理业务）"),
            *((value, label) for value, label in Role.choices if value != Role.ENTERPRISE),
        ]


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Accounts. A firm's person is bound to his firm by his bureau, not here."""

    form = AccountForm
    add_form = NewAccountForm
    add_form_template = None  # Django's own speaks of options that there are not here
    list_display = ["username", "name", "role", "seat", "authority", "enterprise", "is_active"]
    list_filter = ["role", "seat", "is_active", "is_staff"]
    list_select_related = ["authority", "enterprise"]
    search_fields = ["username", "name", "phone"]
    ordering = ["username"]
    readonly_fields = ["enterprise", "last_login", "date_joined"]
    filter_horizontal = ()
    actions = ["reset_factors"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("本人", {"fields": ["name", "phone", "email"]}),
        ("角色与部门", {"fields": ["role", "authority", "seat", "enterprise"]}),
        (
            "账号",
            {"fields": ["is_active", "is_staff", "is_superuser", "last_login", "date_joined"]},
        ),
    ]
    add_fieldsets = [
        (
            None,
            {
                "fields": [
                    "username", "name", "phone", "role", "authority", "seat",
                    "usable_password", "password1", "password2",
                ]
            },
        )
    ]  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="重置第二重验证（丢失手机、密钥和恢复码时）")
    def reset_factors(self, request: Request, queryset: QuerySet[Any]) -> None:
        for person in queryset:
            try:
                factors.reset(person, by=request.user, at=request.received_at)
            except ValidationError as refusal:
                self.message_user(request, refusal.messages[0], messages.WARNING)
            else:
                told = f"{person.username} 的第二重验证已重置，本人登录后须重新设置"
                self.message_user(request, told, messages.SUCCESS)

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        with transaction.atomic():
            answer = super().user_change_password(request, id, form_url)
            if request.method == "POST" and answer.status_code == HTTPStatus.FOUND:
                person = User.objects.get(pk=id)
                if person.pk != request.user.pk:
                    passwords.given(person, at=request.received_at)  # type: ignore[attr-defined]
                self._trail(Verb.ACCOUNT_CHANGE, person, request, ["password"])
        return answer

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            passwords.given(obj, at=request.received_at)  # type: ignore[attr-defined]
        verb = Verb.ACCOUNT_CHANGE if change else Verb.ACCOUNT_OPEN
        self._trail(verb, obj, request, form.changed_data)

    @staticmethod
    def _trail(verb: Verb, account: User, request: HttpRequest, changed: list[str]) -> None:
        """Name and phone stay out of the trail: it names the fields that changed."""
        audit.record(
            verb,
            account,
            by=request.user,
            at=request.received_at,  # type: ignore[attr-defined]
            name=account.username,
            path=account.authority.path if account.authority else "",
            enterprise_id=account.enterprise_id,
            changed=changed,
            role=account.role,
            seat=account.seat,
        )


class ReadOnly(admin.ModelAdmin):
    """Rows that the portal writes and nobody edits."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    """Letters on their way out, to see what has stopped and send it once more. Neither text nor
    address is shown.
    """

    list_display = ["number", "event", "channel", "status", "attempts", "queued_at", "last_error"]
    list_filter = ["status", "channel"]
    list_select_related = ["notification"]
    date_hierarchy = "queued_at"
    ordering = ["-queued_at", "-pk"]
    actions = ["send_again"]
    fields = [
        "event", "channel", "status", "attempts", "queued_at", "next_try_at", "sent_at",
        "last_error",
    ]  # fmt: skip

    @admin.display(description="编号", ordering="pk")
    def number(self, letter: Delivery) -> int:
        return letter.pk

    @admin.display(description="事件")
    def event(self, letter: Delivery) -> str:
        return letter.notification.event_label

    @admin.action(description="重新发送已停止的消息")
    def send_again(self, request: Request, queryset: QuerySet[Any]) -> None:
        try:
            count = delivery.retry(queryset, by=request.user, at=request.received_at)
        except ValidationError as refusal:
            self.message_user(request, refusal.messages[0], messages.WARNING)
        else:
            self.message_user(request, f"{count} 条已重新排队，一分钟内发出", messages.SUCCESS)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """Tokens of the API, to read and to end; only their owners make any."""

    list_display = ["name", "prefix", "owner", "scope", "ends_on", "last_used_at", "revoked_at"]
    list_select_related = ["owner"]
    search_fields = ["name", "prefix", "owner__username"]
    exclude = ["digest"]
    ordering = ["-made_at"]
    actions = ["end"]

    @admin.action(description="停用所选令牌")
    def end(self, request: Request, queryset: QuerySet[Any]) -> None:
        standing = [token for token in queryset if token.revoked_at is None]
        for token in standing:
            tokens.revoke(token, by=request.user, at=request.received_at)
        self.message_user(request, f"已停用 {len(standing)} 个令牌", messages.SUCCESS)


class VerbFilter(admin.SimpleListFilter):
    """Acts by their words instead of their codes."""

    title = "操作"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Verb.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(RecordCheck)
class RecordCheckAdmin(ReadOnly):
    """How the register was found when it was compared with what was sealed of it."""

    list_display = ["at", "outcome", "rows", "head"]
    fields = ("at", "outcome", "rows", "head", "root", "named")
    readonly_fields = fields
    ordering = ["-at", "-pk"]

    @admin.display(description="结果")
    def outcome(self, check: RecordCheck) -> str:
        return f"发现 {check.count} 处与存证不符" if check.count else "没有发现问题"

    @admin.display(description="与存证不符的记录")
    def named(self, check: RecordCheck) -> str:
        lines = [
            (f"{table} {key}", Kind(kind).label, detail)
            for kind, table, key, detail in check.faults
        ]
        return format_html_join(mark_safe("<br>"), "{}：{}　{}", lines) or "—"


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    """The trail, to read only."""

    list_display = ["at", "actor_name", "act", "target_name", "request_id"]
    list_filter = [VerbFilter]
    search_fields = ["target_name", "actor_name", "request_id", "=target_id"]
    date_hierarchy = "at"
    ordering = ["-at", "-pk"]
    show_full_result_count = False

    @admin.display(description="操作", ordering="verb")
    def act(self, event: AuditEvent) -> str:
        return str(Verb(event.verb).label) if event.verb in Verb.values else event.verb
