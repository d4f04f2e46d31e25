"""How the lists of notices, the objections to them and determinations are narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q

from registry.filters import HIDDEN, Filters, Tabbed, tab_filter, tier_filter, words_filter
from tiers.filters.cases import cases_named
from tiers.models import Determination, Notice, NoticeEntry, Objection

OBJECTION_TABS = {"open": "未办结", "mine": "分给我的", "all": "全部"}


class NoticeFilter(Filters):
    q = words_filter("公示标题、企业、工厂")
    tier = tier_filter("round__tier")
    status = django_filters.ChoiceFilter(
        label="状态", choices=Notice.Status.choices, empty_label="全部状态"
    )
    own = django_filters.BooleanFilter(label="本部门公示的", method="by_own", widget=HIDDEN)

    class Meta:
        model = Notice
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        named = NoticeEntry.objects.filter(application__in=cases_named(value).values("pk"))
        return rows.filter(Q(title__icontains=value) | Q(pk__in=named.values("notice")))

    def by_own(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(authority=self.request.user.authority_id) if value else rows


class ObjectionFilter(Tabbed):
    """Objections by what is open about them: neither who objects nor what he says."""

    tab = tab_filter(OBJECTION_TABS)
    q = words_filter("异议编号、企业、工厂")
    finding = django_filters.ChoiceFilter(
        label="处理结论", choices=Objection.Finding.choices, empty_label="全部结论"
    )

    class Meta:
        model = Objection
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        named = Q(application__in=cases_named(value).values("pk"))
        return rows.filter(named | Q(number__icontains=value))

    def by_tab(self, rows: Any, name: str, value: str) -> Any:
        match value:
            case "open":
                return rows.open()
            case "mine":
                return rows.open().filter(handler=self.request.user)
        return rows


class DeterminationFilter(Filters):
    q = words_filter("公告标题、文号")
    tier = tier_filter("round__tier")
    year = django_filters.NumberFilter(
        label="认定年份",
        field_name="decided_on__year",
        min_value=2000,
        max_value=2100,
        widget=forms.NumberInput(attrs={"placeholder": "认定年份"}),
    )

    class Meta:
        model = Determination
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(title__icontains=value) | Q(document_no__icontains=value))
