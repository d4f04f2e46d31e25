"""How re-reviews of former titles and the titles in them are narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from registry import searching
from registry.access import Request
from registry.filters import Filters, tier_filter, words_filter
from tiers.models import Rereview, RereviewItem


class RereviewFilter(Filters):
    q = words_filter("批次名称")
    tier = tier_filter()

    class Meta:
        model = Rereview
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(title__icontains=value)


def _campaigns_of(request: Request | None) -> QuerySet[Rereview]:
    if request is None:
        return Rereview.objects.none()
    found: QuerySet[Rereview] = Rereview.objects.visible_to(request.user)
    return found.order_by("-opens_on", "-pk")


class RereviewItemFilter(Filters):
    q = words_filter("企业、工厂")
    campaign = django_filters.ModelChoiceFilter(
        label="批次", field_name="rereview", queryset=_campaigns_of, empty_label="全部批次"
    )
    outcome = django_filters.ChoiceFilter(
        label="复核意见", choices=RereviewItem.Outcome.choices, empty_label="全部意见"
    )

    class Meta:
        model = RereviewItem
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        return searching.of_factories(rows, value)
