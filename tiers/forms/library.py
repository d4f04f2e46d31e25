"""Narrowing the cultivation library, and the forms of what a bureau does with it."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from registry import searching
from registry.access import OFFICERS, business_date
from registry.filters import Filters
from registry.forms.fields import DayField
from registry.models import Authority, User
from registry.policy import Tier
from tiers import library
from tiers.filters import areas_of
from tiers.models import Candidate, CandidateStep, Stage

STATES = {"all": "全部", "reached": "达到目标等级", "dropped": "已移出"}
CONTACTS = {"due": "到期或逾期", "week": "七天内", "none": "没有约定"}
NOBODY = "none"
STAGES = {stage.name.lower(): stage for stage in Stage}


def keepers_of(request: HttpRequest | None) -> QuerySet[User]:
    """The colleagues who may see to a candidate; nobody for whoever is no officer."""
    user = getattr(request, "user", None)
    if getattr(user, "role", "") not in OFFICERS:
        return User.objects.none()
    return library.keepers_of(user.authority)  # type: ignore[union-attr]


class CandidateFilter(Filters):
    """The officer's library: who stands in it, unless another state is asked for."""

    q = django_filters.CharFilter(
        label="企业、工厂、信用代码",
        method="by_words",
        widget=forms.TextInput(attrs={"placeholder": "企业、工厂、信用代码", "type": "search"}),
    )
    state = django_filters.ChoiceFilter(
        label="状态", choices=list(STATES.items()), method="as_it_is", empty_label="在库"
    )
    stage = django_filters.ChoiceFilter(
        label="进展至少",
        choices=[(name, f"进展：{stage.label}") for name, stage in STAGES.items()],
        method="by_stage",
        empty_label="全部进展",
    )
    tier = django_filters.ChoiceFilter(
        label="目标等级", choices=Tier.choices, empty_label="全部目标等级"
    )
    year = django_filters.NumberFilter(
        label="目标年份",
        min_value=2000,
        max_value=2100,
        widget=forms.NumberInput(attrs={"placeholder": "目标年份"}),
    )
    county = django_filters.ModelChoiceFilter(
        label="地区",
        queryset=areas_of,
        to_field_name="code",
        method="by_area",
        empty_label="全部地区",
    )
    contact = django_filters.ChoiceFilter(
        label="下次联系",
        choices=list(CONTACTS.items()),
        method="by_contact",
        empty_label="联系时间",
    )
    owner = django_filters.ChoiceFilter(
        label="负责人", method="by_owner", empty_label="全部负责人", choices=()
    )

    class Meta:
        model = Candidate
        fields = ["q", "state", "stage", "tier", "year", "county", "contact", "owner"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on: date = business_date(self.request.received_at)
        county = self.form.fields["county"]
        county.label_from_instance = lambda authority: authority.short_name
        if not county.queryset.exists():
            del self.form.fields["county"]
        people = [(str(one.pk), one.name) for one in keepers_of(self.request)]
        self.form.fields["owner"].choices = [
            ("", "全部负责人"), *people, (NOBODY, "没有负责人"),
        ]  # fmt: skip

    def by_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return searching.of_factories(queryset, value)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        state = self.form.cleaned_data.get("state")
        if state != "all":
            queryset = queryset.filter(leaving=state or "")
        return super().filter_queryset(queryset)

    def as_it_is(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Done above, because it narrows when nothing is asked, too."""
        return queryset

    def by_stage(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.with_stage(self.on).filter(stage__gte=STAGES[value])  # type: ignore[attr-defined]

    def by_area(self, queryset: QuerySet, name: str, value: Authority) -> QuerySet:
        return queryset.filter(factory__authority__path__startswith=value.path)

    def by_contact(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        standing = queryset.standing()  # type: ignore[attr-defined]
        if value == "none":
            return standing.filter(next_contact_on__isnull=True)
        until = self.on if value == "due" else date.fromordinal(self.on.toordinal() + 7)
        return standing.filter(next_contact_on__lte=until)

    def by_owner(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(owner=None if value == NOBODY else value)


class AimForm(forms.Form):
    """What the bureau has in mind with one factory or with several."""

    tier = forms.ChoiceField(label="目标等级", choices=Tier.choices)
    year = forms.TypedChoiceField(label="目标年份", coerce=int, choices=())
    owner = forms.ModelChoiceField(
        label="负责人",
        queryset=User.objects.none(),
        empty_label=None,
        help_text="企业会收到负责人的姓名和电话；到期未联系时提醒负责人",
    )
    next_contact_on = DayField(
        "下次联系日期", required=False, help_text="到这一天还没有登记联系情况，会提醒负责人"
    )
    note = forms.CharField(
        label="培育方向",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="重点补哪些环节、可以提供什么支持。只在主管部门内部可见",
    )

    def __init__(
        self, *args: Any, user: User, on: date, held: Candidate | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        years = [*range(on.year, on.year + library.AHEAD + 1)]
        if held and held.year not in years:
            years.insert(0, held.year)
        year: Any = self.fields["year"]
        year.choices = [(number, f"{number}年") for number in years]
        owner: Any = self.fields["owner"]
        owner.queryset = library.keepers_of(user.authority)
        owner.label_from_instance = lambda one: one.name
        self.fields["next_contact_on"].widget.attrs["min"] = on.isoformat()
        if held:
            names = ("tier", "year", "owner", "next_contact_on", "note")
            self.initial = {name: getattr(held, name) for name in names}
            self.fields["seen"] = forms.IntegerField(widget=forms.HiddenInput, initial=held.version)
        else:
            self.initial = {"year": on.year + 1, "owner": user.pk, **self.initial}

    @property
    def aim(self) -> library.Aim:
        kept = self.cleaned_data
        names = ("tier", "year", "owner", "next_contact_on", "note")
        return library.Aim(**{name: kept[name] for name in names})


class StepForm(forms.Form):
    """One visit, call, training or the like, with what was agreed on."""

    kind = forms.ChoiceField(label="方式", choices=CandidateStep.Kind.choices)
    done_on = DayField("日期")
    content = forms.CharField(
        label="情况",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="做了什么、企业的进展、困难和需求。只在主管部门内部可见，登记后不能修改",
    )
    next_step = forms.CharField(label="下一步", max_length=200, required=False)
    next_contact_on = DayField("下次联系日期", required=False)

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"done_on": on, **self.initial}
        self.fields["done_on"].widget.attrs["max"] = on.isoformat()
        self.fields["next_contact_on"].widget.attrs["min"] = on.isoformat()


class DropForm(forms.Form):
    reason = forms.CharField(
        label="移出原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="企业会收到这条原因",
    )


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(
        label="转交给", queryset=User.objects.none(), empty_label="请选择同事"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.queryset = library.keepers_of(user.authority)
        to.label_from_instance = lambda one: one.name
