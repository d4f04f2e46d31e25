"""How documents that one person enters and another confirms are narrowed, and their rows."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q

from registry import searching
from registry.filters import Filters, words_filter
from registry.models import Factory
from tiers import register
from tiers.models import Certification, Delisting, DelistingItem, GroupList, GroupListItem

#: How far such a document is.
STATES = {"pending": "待确认", "done": "已确认", "withdrawn": "已取消"}


def _standing(rows: Any, value: str) -> Any:
    """Those of the documents that are that far."""
    match value:
        case "done":
            return rows.filter(confirmed_at__isnull=False)
        case "withdrawn":
            return rows.filter(dropped_at__isnull=False)
    return rows.filter(confirmed_at__isnull=True, dropped_at__isnull=True)


def _standing_filter() -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label="进展", choices=list(STATES.items()), method="by_state", empty_label="全部进展"
    )


class DelistingFilter(Filters):
    q = words_filter("文件名称、文号、企业")
    state = _standing_filter()

    class Meta:
        model = Delisting
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        titles = register.matching(Certification.objects.order_by(), value)
        named = DelistingItem.objects.filter(certification__in=titles.values("pk"))
        said = Q(document_name__icontains=value) | Q(document_no__icontains=value)
        return rows.filter(said | Q(pk__in=named.values("delisting")))

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return _standing(rows, value)


class DelistingItemFilter(Filters):
    q = words_filter("企业、工厂、证书编号")

    class Meta:
        model = DelistingItem
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        titles = register.matching(Certification.objects.order_by(), value)
        return rows.filter(certification__in=titles.values("pk"))


class GroupListFilter(Filters):
    q = words_filter("认定文号、企业、工厂")
    state = _standing_filter()

    class Meta:
        model = GroupList
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        named = GroupListItem.objects.filter(
            factory__in=searching.of_factories(Factory.objects.order_by(), value, by="pk")
        )
        said = Q(document_no__icontains=value)
        return rows.filter(said | Q(pk__in=named.values("group_list")))

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return _standing(rows, value)


class GroupItemFilter(Filters):
    q = words_filter("企业、工厂")
    state = _standing_filter()

    class Meta:
        model = GroupListItem
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        return searching.of_factories(rows, value)

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(group_list__in=_standing(GroupList.objects.all(), value).values("pk"))
