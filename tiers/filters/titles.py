"""How the lists of titles, of what firms report, of honours and of experts are narrowed."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from registry import policy, searching
from registry.filters import HIDDEN, Filters, Tabbed, tab_filter, tier_filter, words_filter
from registry.models import Authority, Enterprise, Honour, User
from tiers import register
from tiers.filters.cases import areas_of, offer_areas
from tiers.models import (
    Certification,
    CertificationQuerySet,
    Expert,
    FirmChange,
    Revocation,
    Standing,
    SupervisionCheck,
    Surrender,
)

TITLE_TABS = {
    "all": "全部",
    "valid": "有效",
    "suspended": "暂停中",
    "revoking": "撤销程序中",
    "given_up": "待确认放弃",
    "near": f"{register.NEAR_DAYS} 天内到期",
    "unfiled": "待报备",
    "ended": "已到期或终止",
}
CHANGE_TABS = {"todo": "待办", "all": "全部"}
CHECK_TABS = {"mine": "分派给我的", "open": "未办结", "overdue": "超期", "all": "全部"}


class TitleFilter(Filters):
    """Titles on the officers' list; the queryset comes with its ``standing`` on the day."""

    q = django_filters.CharFilter(
        label="企业、工厂、编号",
        method="by_words",
        widget=forms.TextInput(attrs={"placeholder": "企业、工厂、首字母或编号", "type": "search"}),
    )
    tier = tier_filter()
    status = django_filters.ChoiceFilter(
        label="状态", field_name="standing", choices=Standing.choices, empty_label="全部状态"
    )
    area = django_filters.ModelChoiceFilter(
        label="地区",
        queryset=areas_of,
        to_field_name="code",
        method="by_area",
        empty_label="全部地区",
    )

    class Meta:
        model = Certification
        fields = ["q", "tier", "status", "area"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not offer_areas(self.form.fields["area"], self.request):
            del self.form.fields["area"]

    def by_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return register.matching(queryset, value)

    def by_area(self, queryset: QuerySet, name: str, value: Authority) -> QuerySet:
        return queryset.filter(factory__authority__path__startswith=value.path)


# --- lists that have tabs of their own ------------------------------------


def on_title_tab(
    titles: CertificationQuerySet, tab: str, user: User, on: date
) -> CertificationQuerySet:
    """The titles under one tab of an office's list."""
    match tab:
        case "valid":
            return titles.in_force(on)
        case "suspended":
            return titles.suspended(on)
        case "revoking":
            under_way = Revocation.objects.visible_to(user).standing()
            return titles.filter(pk__in=under_way.values("certification"))
        case "given_up":
            declared = Surrender.objects.visible_to(user).waiting()
            return titles.filter(pk__in=declared.values("certification"))
        case "near":
            return titles.ending_within(register.NEAR_DAYS, on)
        case "unfiled":
            return titles.to_collect_by(user)
        case "ended":
            return titles.ended(on)
    return titles


class TitleListFilter(TitleFilter, Tabbed):
    """Titles as one tab of the office's list shows them."""

    tab = tab_filter(TITLE_TABS)

    def by_tab(self, queryset: Any, name: str, value: str) -> Any:
        return on_title_tab(queryset, value, self.request.user, self.on)


class ChangeFilter(Tabbed):
    """Changes of firms; the office's desk is the tab that shows unless another is asked for."""

    tab = tab_filter(CHANGE_TABS)
    q = words_filter("企业、工厂")
    kind = django_filters.ChoiceFilter(
        label="事项", choices=FirmChange.Kind.choices, empty_label="全部事项"
    )

    class Meta:
        model = FirmChange
        fields: list[str] = []

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        """By the names of the day of the report, or as the firm is found today."""
        told = Q(firm_name__icontains=value) | Q(factory_name__icontains=value)
        firms = searching.firms(Enterprise.objects.order_by(), value)
        return queryset.filter(told | Q(enterprise__in=firms.values("pk")))

    def by_tab(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.awaiting(self.request.user) if value == "todo" else queryset


class CheckFilter(Tabbed):
    """Inspections under the tabs of their list."""

    tab = tab_filter(CHECK_TABS)
    q = words_filter("企业、工厂、证书编号")

    class Meta:
        model = SupervisionCheck
        fields: list[str] = []

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        found = register.matching(Certification.objects.order_by(), value)
        return queryset.filter(certification__in=found.values("pk"))

    def by_tab(self, queryset: Any, name: str, value: str) -> Any:
        match value:
            case "mine":
                return queryset.unfinished().filter(officer=self.request.user)
            case "open":
                return queryset.unfinished()
            case "overdue":
                return queryset.overdue(self.on)
        return queryset


class HonourFilter(Filters):
    q = words_filter("企业、工厂")
    state = django_filters.ChoiceFilter(
        label="核实情况",
        choices=[("open", "待核实"), ("verified", "已核实"), ("withdrawn", "已取消")],
        method="by_state",
        empty_label="全部核实情况",
    )
    # A tab of the page of derivation: honours that can give a tier in the officer's province.
    tab = django_filters.ChoiceFilter(
        choices=[("ready", ""), ("waiting", ""), ("honours", "")], method="by_tab", widget=HIDDEN
    )

    class Meta:
        model = Honour
        fields: list[str] = []

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        firms = searching.firms(Enterprise.objects.order_by(), value)
        return queryset.filter(
            Q(enterprise__in=firms.values("pk")) | Q(factory__name__icontains=value)
        )

    def by_state(self, queryset: Any, name: str, value: str) -> Any:
        if value == "withdrawn":
            return queryset.filter(withdrawn_on__isnull=False)
        return queryset.filter(withdrawn_on__isnull=True, verified_at__isnull=value == "open")

    def by_tab(self, queryset: Any, name: str, value: str) -> Any:
        province = self.request.user.authority_path.split("/")[1]
        rules = [one for one in policy.all_policies() if one.province == province]
        return queryset.filter(kind__in={kind for one in rules for kind in one.deriving_honours})


class ExpertFilter(Filters):
    q = words_filter("姓名、代号、工作单位")

    class Meta:
        model = Expert
        fields: list[str] = []

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(
            Q(user__name__icontains=value) | Q(code__icontains=value) | Q(employer__icontains=value)
        )
