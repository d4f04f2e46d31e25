"""What a visitor may ask: the search of the public register, and a day on a factory's page."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.http import HttpRequest

from registry.access import business_date
from registry.composed import Composed
from registry.filters import CODED, Filters, LongSelect, offer, offered
from registry.forms.fields import DayField
from registry.listing import By, Order
from registry.models import Authority, Industry
from registry.policy import Tier
from tiers import register
from tiers.models import Certification, CertificationQuerySet, Standing


class DayForm(forms.Form):
    on = DayField("查询日期", required=False)


PROVINCES = Authority.objects.filter(kind=Authority.Kind.PROVINCE).order_by("path")
TRADES = Industry.objects.filter(level="division").order_by("code")


def units_of(province: str | None) -> QuerySet[Authority]:
    """The cities, and the counties and zones that report to a province like one; of one province,
    where one is named.
    """
    above = Authority.Kind.PROVINCE
    units = Authority.objects.filter(parent__kind=above, kind=Authority.Kind.CITY).order_by("path")
    return units.filter(parent__code=province) if province else units


def reporting_units(request: HttpRequest | None) -> QuerySet[Authority]:
    return units_of(request.GET.get("province") if request is not None else None)


def _choices(_shape: None, province: str | None) -> QuerySet[Any, Any]:
    unit = ("code", F("short_name"))
    return offered(
        [(PROVINCES.all(), *unit), (units_of(province), *unit), (TRADES.all(), "pk", CODED)]
    )


CHOICES = Composed(_choices)


class AsOfDay(django_filters.DateFilter):
    field_class = DayField


class RegisterFilter(Filters):
    """The public search. Several tiers and states may be chosen; the address holds the order.

    Everything is asked of one day, today's unless the address names another: standings, and where
    a factory lay. On a day gone by there is nothing that began later.
    """

    ORDERS = (("date", "认定日期"), ("name", "工厂名称拼音"))
    BY = {
        "date": Order((By("valid_from", down=True), By("pk", down=True))),
        "name": Order((By("factory__spoken"), By("valid_from", down=True), By("pk"))),
    }

    q = django_filters.CharFilter(
        label="名称、代码或编号",
        method="by_words",
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "maxlength": 120}),
        help_text="企业、工厂名称（含曾用名）、统一社会信用代码、证书编号或文号，输入一部分即可",
    )
    tier = django_filters.MultipleChoiceFilter(
        label="等级", choices=Tier.choices, widget=forms.CheckboxSelectMultiple
    )
    status = django_filters.MultipleChoiceFilter(
        label="状态",
        field_name="standing",
        choices=Standing.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    province = django_filters.ModelChoiceFilter(
        label="省份",
        queryset=PROVINCES,
        to_field_name="code",
        method="by_place",
        empty_label="全部省份",
        widget=LongSelect,
    )
    city = django_filters.ModelChoiceFilter(
        label="所在地",
        queryset=reporting_units,
        to_field_name="code",
        method="by_place",
        empty_label="全部地区",
        widget=LongSelect,
    )
    industry = django_filters.ModelChoiceFilter(
        label="行业",
        queryset=TRADES,
        method="by_industry",
        empty_label="全部行业",
        widget=LongSelect,
    )
    year = django_filters.NumberFilter(
        label="认定年份",
        field_name="valid_from",
        lookup_expr="year",
        min_value=2000,
        max_value=2100,
    )
    on = AsOfDay(label="查询日期", method="as_it_is", help_text="查某一天的状态，留空查今天")
    sort = django_filters.ChoiceFilter(
        label="排序",
        choices=ORDERS,
        method="in_order",
        empty_label=None,
        widget=forms.HiddenInput,
    )

    class Meta:
        model = Certification
        fields = ["q", "tier", "status", "province", "city", "industry", "year", "on", "sort"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        province = self.request.GET.get("province") or None
        offer(self.form, ("province", "city", "industry"), lambda: CHOICES.rows(None, province))
        self.today = business_date(self.request.received_at)

    @property
    def day(self) -> date:
        """The day that is asked about."""
        self.form.is_valid()
        asked: date | None = self.form.cleaned_data.get("on")
        return asked or self.today

    @property
    def order(self) -> Order:
        """The order that is asked for; the newest first unless another is."""
        self.form.is_valid()
        return self.BY[self.form.cleaned_data.get("sort") or "date"]

    def filter_queryset(self, queryset: CertificationQuerySet) -> CertificationQuerySet:
        titles = queryset
        if self.form.cleaned_data.get("status"):
            titles = titles.with_standing(self.day)
        if self.day < self.today:
            titles = titles.filter(valid_from__lte=self.day)
        found: CertificationQuerySet = super().filter_queryset(titles)
        return found

    def by_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return register.matching(queryset, value)

    def by_place(
        self, queryset: CertificationQuerySet, name: str, value: Authority
    ) -> CertificationQuerySet:
        return register.lying_in(queryset, value, self.day)

    def by_industry(self, queryset: QuerySet, name: str, value: Industry) -> QuerySet:
        return queryset.filter(factory__industry__code__startswith=value.code)

    def in_order(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """By day, or as the factories' names are spoken."""
        return queryset.order_by(*self.BY[value].terms())

    def as_it_is(self, queryset: QuerySet, name: str, value: object) -> QuerySet:
        """The day narrows in :meth:`filter_queryset`."""
        return queryset
