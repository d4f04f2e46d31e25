"""How lists of cases and rounds are narrowed, on the page and in the API alike."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from registry import policy, searching
from registry.access import OFFICERS, Request, Role, business_date
from registry.models import Authority, Enterprise, Honour, User
from registry.policy import StepKind, Tier
from tiers import register, returns, timing
from tiers.models import (
    SOON,
    Application,
    ApplicationQuerySet,
    Certification,
    CertificationQuerySet,
    Expert,
    FirmChange,
    Revocation,
    Round,
    Standing,
    SupervisionCheck,
    Surrender,
)

TABS = {"todo": "待办", "done": "已办", "below": "下级超期", "all": "全部"}
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
CLOCKS = {"over": "超期", "soon": f"{SOON} 个工作日内到期"}


def tabs_for(user: User) -> dict[str, str]:
    """The tabs of an officer's desk; a county has nobody below it."""
    return {
        name: label
        for name, label in TABS.items()
        if name != "below" or user.role in (Role.CITY, Role.PROVINCE)
    }


RETURNS = ("returned", "returned_by", "return_reason", "return_item")


def areas_of(request: Request | None) -> QuerySet[Authority]:
    """The authorities directly below the officer's own; none for anybody else."""
    if request is None or getattr(request.user, "role", "") not in OFFICERS:
        return Authority.objects.none()
    return Authority.objects.offices().filter(parent=request.user.authority_id).order_by("path")


def rounds_of(request: Request | None) -> QuerySet[Round]:
    """The rounds an officer sees, the latest first; none for anybody else."""
    if request is None or getattr(request.user, "role", "") not in OFFICERS:
        return Round.objects.none()
    return Round.objects.visible_to(request.user).batches().order_by("-opens_on", "-pk")


def offices_of(request: Request | None) -> QuerySet[Authority]:
    """The officer's own office and all below it."""
    if request is None or getattr(request.user, "role", "") not in OFFICERS:
        return Authority.objects.none()
    return Authority.objects.offices().filter(path__startswith=request.user.authority_path)


def without_tab(filterset: django_filters.FilterSet) -> Any:
    """What the filters leave, whichever tab was asked for."""
    found = filterset.queryset.all()
    filterset.form.is_valid()  # what cannot be read as a filter is left out
    for name, value in filterset.form.cleaned_data.items():
        found = found if name == "tab" else filterset.filters[name].filter(found, value)
    return found


def offer_areas(field: Any) -> bool:
    """Read the areas to choose from, once; whether there are any."""
    areas = list(field.queryset.values_list("code", "short_name"))
    field.widget.choices = [("", field.empty_label), *areas]
    return bool(areas)


HIDDEN = forms.HiddenInput


def words_filter(label: str) -> django_filters.CharFilter:
    attrs = {"placeholder": label, "type": "search"}
    return django_filters.CharFilter(
        label=label, method="by_words", widget=forms.TextInput(attrs=attrs)
    )


class ApplicationFilter(django_filters.FilterSet):
    """``tab`` is the officer's desk: what waits for him, what he has decided, all he sees."""

    q = django_filters.CharFilter(
        label="企业、工厂、编号",
        method="by_words",
        widget=forms.TextInput(attrs={"placeholder": "企业、工厂、首字母或编号", "type": "search"}),
    )
    tier = django_filters.ChoiceFilter(label="等级", choices=Tier.choices, empty_label="全部等级")
    county = django_filters.ModelChoiceFilter(
        label="地区",
        queryset=areas_of,
        to_field_name="code",
        method="by_area",
        empty_label="全部地区",
    )
    status = django_filters.ChoiceFilter(
        label="状态", choices=Application.Status.choices, empty_label="全部状态"
    )
    step = django_filters.ChoiceFilter(
        label="环节", choices=StepKind.choices, empty_label="全部环节"
    )
    round = django_filters.ModelChoiceFilter(
        label="批次", queryset=rounds_of, empty_label="全部批次"
    )
    kind = django_filters.ChoiceFilter(
        label="类别", field_name="round__kind", choices=Round.Kind.choices, empty_label="全部类别"
    )
    clock = django_filters.ChoiceFilter(
        label="时限", choices=list(CLOCKS.items()), method="by_clock", empty_label="全部时限"
    )
    decided = django_filters.CharFilter(
        label="近十二个月办结", method="by_decided", widget=forms.HiddenInput
    )
    tab = django_filters.ChoiceFilter(
        label="事项",
        choices=list(TABS.items()),
        method="by_tab",
        empty_label=None,
        widget=forms.HiddenInput,
    )

    # What the figures of the returns open; asked together, of one return.
    returned = django_filters.NumberFilter(
        label="退回年份",
        method="by_return",
        min_value=2000,
        max_value=2100,
        widget=forms.HiddenInput,
    )
    returned_by = django_filters.ModelChoiceFilter(
        label="退回单位",
        queryset=offices_of,
        to_field_name="code",
        method="as_it_is",
        widget=forms.HiddenInput,
    )
    return_reason = django_filters.CharFilter(
        label="退回理由", method="as_it_is", widget=forms.HiddenInput
    )
    return_item = django_filters.CharFilter(
        label="退回的条件", method="as_it_is", widget=forms.HiddenInput
    )

    class Meta:
        model = Application
        fields = [
            "q", "tier", "county", "status", "step", "round", "kind", "clock", "decided",
            "tab",
            *RETURNS,
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not offer_areas(self.form.fields["county"]):
            self.form.fields["county"].widget = forms.HiddenInput()
        if not self._is_officer():
            # A desk is an officer's; whoever has none is not asked which tab or round he means.
            for name in ("tab", "round", *RETURNS):
                del self.form.fields[name]

    def _is_officer(self) -> bool:
        return getattr(getattr(self.request, "user", None), "role", None) in OFFICERS

    def by_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Part of a name, now or formerly borne, of a number or of a credit code."""
        for part in searching.parts(value):
            found = Application.objects.order_by()
            ways = found.filter(factory__in=searching.factories_fitting(part)).values_list("pk")
            if known := searching.number(part):
                ways = ways.union(found.filter(number__part=known).values_list("pk"))
            queryset = queryset.filter(pk__in=ways)
        return queryset

    def by_return(self, queryset: QuerySet, name: str, value: Decimal) -> QuerySet:
        """Cases of which one return, of that year, was all that was asked for."""
        asked = self.form.cleaned_data
        found = returns.sent_back(
            self.request.user,
            int(value),
            office=asked.get("returned_by"),
            reason=asked.get("return_reason") or "",
            item=asked.get("return_item") or "",
        )
        return queryset.filter(pk__in=found.values("application"))

    def as_it_is(self, queryset: QuerySet, name: str, value: object) -> QuerySet:
        """Read by ``by_return``."""
        return queryset

    def by_area(self, queryset: QuerySet, name: str, value: Authority) -> QuerySet:
        return queryset.filter(factory__authority__path__startswith=value.path)

    def by_clock(self, queryset: ApplicationQuerySet, name: str, value: str) -> ApplicationQuerySet:
        on = business_date(self.request.received_at)
        return queryset.overdue(on) if value == "over" else queryset.due_soon(on)

    def by_decided(
        self, queryset: ApplicationQuerySet, name: str, value: str
    ) -> ApplicationQuerySet:
        """What stands behind one line of the published handling times."""
        behind = timing.decided_at(value, business_date(self.request.received_at))
        return queryset.filter(pk__in=behind.values("application"))

    def untabbed(self) -> ApplicationQuerySet:
        return without_tab(self)

    def by_tab(self, queryset: ApplicationQuerySet, name: str, value: str) -> ApplicationQuerySet:
        match value:
            case "todo":
                return queryset.filter(
                    pk__in=Application.objects.awaiting(self.request.user).values("pk")
                )
            case "below":
                on = business_date(self.request.received_at)
                late = Application.objects.lagging_below(self.request.user, on)
                return queryset.filter(pk__in=late.values("pk"))
            case "done":
                return queryset.filter(
                    pk__in=Application.objects.handled_by(self.request.user).values("pk")
                )
        return queryset


class RoundFilter(django_filters.FilterSet):
    q = words_filter("批次名称")
    tier = django_filters.ChoiceFilter(label="等级", choices=Tier.choices, empty_label="全部等级")

    class Meta:
        model = Round
        fields = ["q", "tier"]

    def by_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(title__icontains=value)


class TitleFilter(django_filters.FilterSet):
    """Titles on the officers' list; the queryset comes with its ``standing`` on the day."""

    q = django_filters.CharFilter(
        label="企业、工厂、编号",
        method="by_words",
        widget=forms.TextInput(attrs={"placeholder": "企业、工厂、首字母或编号", "type": "search"}),
    )
    tier = django_filters.ChoiceFilter(label="等级", choices=Tier.choices, empty_label="全部等级")
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
        if not offer_areas(self.form.fields["area"]):
            del self.form.fields["area"]

    def by_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return register.matching(queryset, value)

    def by_area(self, queryset: QuerySet, name: str, value: Authority) -> QuerySet:
        return queryset.filter(factory__authority__path__startswith=value.path)


# --- lists that have tabs of their own ------------------------------------


class Tabbed(django_filters.FilterSet):
    """A list whose tab stands in its address as a filter."""

    @property
    def on(self) -> date:
        return business_date(self.request.received_at)


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

    tab = django_filters.ChoiceFilter(
        label="事项", choices=list(TITLE_TABS.items()), method="by_tab", widget=HIDDEN
    )

    def by_tab(self, queryset: Any, name: str, value: str) -> Any:
        return on_title_tab(queryset, value, self.request.user, self.on)

    def untabbed(self) -> CertificationQuerySet:
        return without_tab(self)


class ChangeFilter(Tabbed):
    """Changes of firms; the office's desk is the tab that shows unless another is asked for."""

    tab = django_filters.ChoiceFilter(
        label="事项", choices=[("todo", "待办"), ("all", "全部")], method="by_tab", widget=HIDDEN
    )

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

    tab = django_filters.ChoiceFilter(
        label="事项",
        choices=[("mine", "本人检查"), ("open", "在办"), ("overdue", "超期"), ("all", "全部")],
        method="by_tab",
        widget=HIDDEN,
    )

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


class HonourFilter(django_filters.FilterSet):
    q = words_filter("企业、工厂")
    state = django_filters.ChoiceFilter(
        label="核实情况",
        choices=[("open", "待核实"), ("verified", "已核实"), ("withdrawn", "已取消")],
        method="by_state",
        empty_label="全部核实情况",
    )
    # The tab of the page of derivation: honours that can give a tier in the officer's province.
    tab = django_filters.ChoiceFilter(choices=[("honours", "")], method="by_tab", widget=HIDDEN)

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


class ExpertFilter(django_filters.FilterSet):
    q = words_filter("姓名、代号、工作单位")

    class Meta:
        model = Expert
        fields: list[str] = []

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(
            Q(user__name__icontains=value) | Q(code__icontains=value) | Q(employer__icontains=value)
        )
