"""How lists of cases and rounds are narrowed, on the page and in the API alike."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from registry import searching
from registry.access import OFFICERS, Request, Role, business_date
from registry.composed import Composed
from registry.filters import Filters, tier_filter, without_tab, words_filter
from registry.models import Authority, User
from registry.policy import StepKind
from registry.searching import Typed
from tiers import returns, timing
from tiers.models import (
    SOON,
    Application,
    ApplicationQuerySet,
    Round,
    codes_of,
)

TABS = {"todo": "待办", "done": "已办", "below": "下级超期", "all": "全部"}
CLOCKS = {"over": "超期", "soon": f"{SOON} 个工作日内到期"}


def tabs_for(user: User) -> dict[str, str]:
    """The tabs of an officer's desk; a county has nobody below it."""
    return {
        name: label
        for name, label in TABS.items()
        if name != "below" or user.role in (Role.CITY, Role.PROVINCE)
    }


#: The order of rounds.
LATEST = ("-opens_on", "-pk")
RETURNS = ("returned", "returned_by", "return_reason", "return_item")


def areas_below(office: int | None) -> QuerySet[Authority]:
    """The authorities directly below one, in the order of their chains."""
    return Authority.objects.offices().filter(parent=office).order_by("path")


def areas_of(request: Request | None) -> QuerySet[Authority]:
    """The authorities directly below the officer's own; none for anybody else."""
    if request is None or getattr(request.user, "role", "") not in OFFICERS:
        return Authority.objects.none()
    return areas_below(request.user.authority_id)


def rounds_of(request: Request | None) -> QuerySet[Round]:
    """The rounds an officer sees, the latest first; none for anybody else."""
    if request is None or getattr(request.user, "role", "") not in OFFICERS:
        return Round.objects.none()
    return Round.objects.visible_to(request.user).batches().order_by(*LATEST)


def offices_of(request: Request | None) -> QuerySet[Authority]:
    """The officer's own office and all below it."""
    if request is None or getattr(request.user, "role", "") not in OFFICERS:
        return Authority.objects.none()
    return Authority.objects.offices().filter(path__startswith=request.user.authority_path)


_AREAS = Composed(lambda _shape, office: areas_below(office).values_list("code", "short_name"))


def offer_areas(field: Any, request: Request | None) -> bool:
    """Read what ``areas_of`` gives to choose from, once; whether there is any."""
    officer = request is not None and getattr(request.user, "role", "") in OFFICERS
    areas = _AREAS.rows(None, request.user.authority_id) if request and officer else []
    field.widget.choices = [("", field.empty_label), *areas]
    return bool(areas)


_ROUNDS = Composed(
    lambda _depth, path, *codes: (
        Round.objects.around(path, codes).batches().order_by(*LATEST).values_list("pk", "title")
    )
)


def offer_rounds(field: Any, user: User) -> None:
    """Read the rounds an officer may choose from when they are printed."""

    @cache
    def choices() -> list[tuple[Any, str]]:
        codes = codes_of([user.authority_path])
        rounds = _ROUNDS.rows(len(codes), user.authority_path, *codes)
        return [("", field.empty_label), *rounds]

    field.widget.choices = choices


def _fitting(typed: Typed) -> QuerySet[Any, Any]:
    """Keys of cases that one part of what was typed leads to."""
    cases = Application.objects.order_by()
    ways = cases.filter(factory__in=searching.factories(typed)).values_list("pk")
    if not typed.number:
        return ways
    return ways.union(cases.filter(number__part=typed.number).values_list("pk"))


def cases_named(value: str) -> QuerySet[Application]:
    """Cases whose firm or factory fits what was typed, now or by a name it bore."""
    return searching.of_factories(Application.objects.order_by(), value)


class ApplicationFilter(Filters):
    """``tab`` is the officer's desk: what waits for him, what he has decided, all he sees."""

    q = django_filters.CharFilter(
        label="企业、工厂、编号",
        method="by_words",
        widget=forms.TextInput(attrs={"placeholder": "企业、工厂、首字母或编号", "type": "search"}),
    )
    tier = tier_filter()
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
        if not offer_areas(self.form.fields["county"], self.request):
            self.form.fields["county"].widget = forms.HiddenInput()
        if not self._is_officer():
            # A desk is an officer's; whoever has none is not asked which tab or round he means.
            for name in ("tab", "round", *RETURNS):
                del self.form.fields[name]
        else:
            offer_rounds(self.form.fields["round"], self.request.user)

    def _is_officer(self) -> bool:
        return getattr(getattr(self.request, "user", None), "role", None) in OFFICERS

    def by_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Part of a name, now or formerly borne, of a number or of a credit code."""
        for part in searching.parts(value):
            queryset = queryset.filter(pk__in=searching.prepared(_fitting, Typed.of(part)))
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
        user = self.request.user
        match value:
            case "todo":
                return queryset.awaiting(user)
            case "below":
                return queryset.lagging_below(user, business_date(self.request.received_at))
            case "done":
                return queryset.handled_by(user)
        return queryset


class RoundFilter(Filters):
    q = words_filter("批次名称")
    tier = tier_filter()

    class Meta:
        model = Round
        fields = ["q", "tier"]

    def by_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(title__icontains=value)
