"""What stands around every page: which shell, which menu, whose account, how much is waiting.

Whatever needs the session or the database is lazy: a page that prints none of it asks for none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from registry import policy
from registry.access import OFFICERS, Duty, Role, Seat, may_change
from registry.listing import counted_each
from registry.models import Claim, Notification, Recovery, User
from tiers.models import Application, Consultation, FilingList, FirmChange, MoveCheck

#: Up to here the menu says how much waits; what it leads to counts further.
MOST = 99
Waiting = Callable[[User], QuerySet[Any]]
Visitor = User | AnonymousUser
Menu = tuple[tuple[str, str], ...]
#: Pages that are reached through an entry and whose addresses begin otherwise.
BENEATH = {
    "tiers:round_list": ("tiers:notice_list", "tiers:objection_list"),
    "tiers:title_list": ("tiers:delisting_list",),
}


@dataclass(frozen=True)
class Entry:
    """One menu entry as the page prints it."""

    label: str
    url: str
    current: bool = False
    count: int = 0  # one more than ``MOST`` stands for any more

    @property
    def number(self) -> str:
        return f"{MOST}+" if self.count > MOST else str(self.count)


def unread_messages(user: User) -> QuerySet[Any]:
    return Notification.objects.visible_to(user).unread()


def cases_waiting(user: User) -> QuerySet[Any]:
    return Application.objects.awaiting(user)


def lists_waiting(user: User) -> QuerySet[Any]:
    return FilingList.objects.awaiting(user)


def consultations_waiting(user: User) -> QuerySet[Any]:
    return Consultation.objects.awaiting(user)


def changes_waiting(user: User) -> QuerySet[Any]:
    if user.role not in OFFICERS:
        return FirmChange.objects.none()
    reports = FirmChange.objects.awaiting(user).values_list("pk")
    return reports.union(MoveCheck.objects.awaiting(user).values_list("pk"), all=True)


def people_waiting(user: User) -> QuerySet[Any]:
    if user.role not in OFFICERS:
        return Claim.objects.none()
    claims = Claim.objects.visible_to(user).pending().values_list("pk")
    return claims.union(Recovery.objects.awaiting(user).values_list("pk"), all=True)


PUBLIC = (
    ("首页", "tiers:home"),
    ("名录查询", "tiers:register_search"),
    ("证书查验", "tiers:verify"),
    ("公示公告", "tiers:notice_list"),
    ("办理时效", "tiers:handling_times"),
    ("政策与标准", "assessments:rules"),
)
FIRM = (
    ("企业首页", "reports:home"),
    ("我的工厂", "registry:factory_list"),
    ("工厂自评", "assessments:assessment_list"),
    ("我的申报", "tiers:application_list"),
    ("称号", "tiers:title_list"),
    ("年度报告", "reports:annual_list"),
    ("提升计划", "assessments:plan_list"),
    ("企业信息", "registry:enterprise"),
    ("企业变更", "tiers:change_list"),
    ("人员", "registry:people"),
    ("站内信", "registry:inbox"),
)
WAITING = (
    ("登记进度", "registry:waiting"),
    ("凭邀请码加入", "registry:join"),
    ("站内信", "registry:inbox"),
)
COUNTY = (
    ("工作台", "reports:home"),
    ("待办", "tiers:desk"),
    ("企业", "registry:enterprise_list"),
    ("企业变更", "tiers:change_list"),
    ("称号", "tiers:title_list"),
    ("提升计划", "assessments:plan_list"),
    ("培育库", "tiers:library"),
    ("统计", "reports:title_statistics"),
    ("人员确认", "registry:people"),
    ("站内信", "registry:inbox"),
)
CITY = (
    ("工作台", "reports:home"),
    ("待办", "tiers:desk"),
    ("备案清单", "tiers:filing_list_list"),
    ("称号", "tiers:title_list"),
    ("批次", "tiers:round_list"),
    ("企业", "registry:enterprise_list"),
    ("企业变更", "tiers:change_list"),
    ("提升计划", "assessments:plan_list"),
    ("培育库", "tiers:library"),
    ("统计", "reports:title_statistics"),
    ("人员确认", "registry:people"),
    ("站内信", "registry:inbox"),
)
# Departments and experts see what was sent to them.
DEPARTMENT: Menu = (("征求意见", "tiers:consultation_list"), ("站内信", "registry:inbox"))
GROUP: Menu = (("本集团", "tiers:group_home"), ("站内信", "registry:inbox"))
REVIEWER: Menu = (("评审任务", "tiers:review_list"), ("站内信", "registry:inbox"))
MENUS: dict[str, Menu] = {
    Role.ENTERPRISE: FIRM,
    Role.COUNTY: COUNTY,
    Role.CITY: CITY,
    Role.PROVINCE: CITY,
    Role.DEPARTMENT: DEPARTMENT,
    Role.EXPERT: REVIEWER,
    Role.GROUP: GROUP,
}


def _rules_of(user: User) -> list[policy.Policy]:
    """Every edition of the rules of an officer's province."""
    province = user.authority.province_code if user.authority else ""
    return [rules for rules in policy.all_policies() if rules.province == province]


def derives(user: User) -> bool:
    return any(rules.deriving_honours for rules in _rules_of(user))


def files_as_county(user: User) -> bool:
    return user.role == Role.COUNTY and any(
        rule.filing is not None and rule.filing.by == Role.COUNTY
        for rules in _rules_of(user)
        for rule in rules.tiers.values()
    )


def opens_rounds_as_county(user: User) -> bool:
    return user.role == Role.COUNTY and any(
        bool(rule.steps) and rule.steps[-1].level == Role.COUNTY
        for rules in _rules_of(user)
        for rule in rules.tiers.values()
    )


def has_experts(user: User) -> bool:
    return user.role == Role.PROVINCE and any(
        rule.review is not None for rules in _rules_of(user) for rule in rules.tiers.values()
    )


def supervises(user: User) -> bool:
    """Whether the officer's office inspects titles in force: the province, and who determines."""
    return any(
        rules.supervision is not None
        and (user.role == Role.PROVINCE or bool(rules.determined_by(user.role)))
        for rules in _rules_of(user)
    )


def reports_yearly(user: User) -> bool:
    return any(rules.annual.factories or rules.annual.summary for rules in _rules_of(user))


#: Entries that stand before 企业 only where the rules of the officer's province call for them.
WHERE_RULED: tuple[tuple[str, str, Callable[[User], bool]], ...] = (
    ("备案清单", "tiers:filing_list_list", files_as_county),
    ("批次", "tiers:round_list", opens_rounds_as_county),
    ("专家库", "tiers:expert_list", has_experts),
    ("对应认定", "tiers:derivation_list", derives),
    ("监督抽查", "tiers:supervision_list", supervises),
    ("年度报告", "reports:annual_list", reports_yearly),
)
COUNTS: dict[str, Waiting] = {
    "registry:inbox": unread_messages,
    "registry:people": people_waiting,
    "tiers:change_list": changes_waiting,
    "tiers:desk": cases_waiting,
    "tiers:consultation_list": consultations_waiting,
    "tiers:filing_list_list": lists_waiting,
}
FOOTER = (*PUBLIC, ("登记存证", "registry:record"), ("数据接口", "api:docs"))


def portal(request: HttpRequest) -> dict[str, object]:
    """The context of base.html. A view may set ``shell`` itself; its word then holds."""
    return {
        "portal": settings.SITE,
        "shell": SimpleLazyObject(lambda: shell_of(request.user)),
        # Whoever is held up at the gate could open none of it.
        "menu": SimpleLazyObject(
            lambda: [] if getattr(request, "held", False) else menu_of(request.user, request.path)
        ),
        "public_menu": SimpleLazyObject(lambda: entries(PUBLIC, request.path)),
        "footer_links": SimpleLazyObject(lambda: entries(FOOTER, request.path)),
        "start": SimpleLazyObject(lambda: start_of(request.user)),
        "account": SimpleLazyObject(lambda: account_of(request.user)),
        "may_change": SimpleLazyObject(lambda: may_change(request.user)),
        "may_confirm_people": SimpleLazyObject(lambda: may_change(request.user, Duty.PEOPLE)),
    }


def shell_of(user: Visitor) -> str:
    """public, firm or officer."""
    if isinstance(user, AnonymousUser) or not user.role:
        return "public"
    return "firm" if user.role == Role.ENTERPRISE else "officer"


def menu_of(user: Visitor, path: str) -> list[Entry]:
    """The entries of this person's role, with the numbers that wait behind them."""
    if isinstance(user, AnonymousUser) or not user.role:
        return entries(PUBLIC, path)
    if _is_waiting(user):
        return entries(WAITING, path, user)
    return entries(_menu_of_role(user), path, user)


def _menu_of_role(user: User) -> Menu:
    menu = MENUS[user.role]
    if user.role not in OFFICERS:
        return menu
    ruled = tuple((label, name) for label, name, applies in WHERE_RULED if applies(user))
    at = [name for _, name in menu].index("registry:enterprise_list")
    return menu[:at] + ruled + menu[at:]


def entries(wanted: Menu, path: str, user: User | None = None) -> list[Entry]:
    found = [(label, name, reverse(name)) for label, name in wanted]
    # The longest address that begins the path is the current one: / begins every path.
    fitting = [
        (len(address), url)
        for _, name, url in found
        for address in (url, *map(reverse, BENEATH.get(name, ())))
        if _covers(address, path)
    ]
    _, current = max(fitting, default=(0, ""))
    named = [name for _, name in wanted if name in COUNTS]
    counts = {name: COUNTS[name](user) for name in named} if user else {}
    waiting = counted_each(counts, most=MOST + 1)
    return [Entry(label, url, url == current, waiting.get(name, 0)) for label, name, url in found]


def _covers(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def start_of(user: Visitor) -> Entry:
    """Where the crumbs begin: the role's start page, or the public one."""
    if isinstance(user, AnonymousUser) or not user.role:
        return Entry("首页", reverse("tiers:home"))
    if _is_waiting(user):
        return Entry("登记进度", reverse("registry:waiting"))
    if user.role == Role.EXPERT:
        return Entry("评审任务", reverse("tiers:review_list"))
    if user.role == Role.GROUP:
        return Entry("本集团", reverse("tiers:group_home"))
    label = "企业首页" if user.role == Role.ENTERPRISE else "工作台"
    return Entry(label, reverse("reports:home"))


def _is_waiting(user: User) -> bool:
    """A firm's person whom the bureau has not confirmed yet."""
    return user.role == Role.ENTERPRISE and not user.enterprise_id


def account_of(user: Visitor) -> dict[str, Any]:
    """The person in the header, or the ways in."""
    if isinstance(user, AnonymousUser):
        return {"login_url": reverse("account_login"), "register_url": reverse("registry:sign_up")}
    return {
        "name": str(user),
        "place": user.place_name,
        "standing_in": user.standing_in,
        "delegations_url": reverse("registry:delegation_list") if user.role in OFFICERS else "",
        "seat": "只读席位" if user.seat == Seat.READER else "",
        "start_url": reverse("reports:home") if user.role else "",
        "logout_url": reverse("account_logout"),
        "password_url": reverse("account_change_password"),
        "security_url": reverse("mfa_index"),
        "messages_url": reverse("registry:message_settings"),
        "sessions_url": reverse("account_sessions"),
        "tokens_url": reverse("registry:token_list"),
        "pushes_url": reverse("tiers:push_list"),
        "admin_url": reverse("admin:index") if user.is_staff else "",
    }
