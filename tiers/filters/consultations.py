"""How the list of what departments are asked is narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q

from registry import searching
from registry.filters import HIDDEN, Tabbed, tab_filter, words_filter
from tiers.filters.cases import cases_named
from tiers.models import Consultation

CONSULTATION_TABS = {"todo": "待答复", "all": "全部"}


class ConsultationFilter(Tabbed):
    """What a department was asked about: what it still has to answer, or all of it."""

    tab = tab_filter(CONSULTATION_TABS)
    q = words_filter("企业、工厂、受理编号")
    late = django_filters.BooleanFilter(label="逾期未答复", method="by_late", widget=HIDDEN)

    class Meta:
        model = Consultation
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        """By the names that were sent, or as the firm and factory are found today."""
        number = searching.number(value)
        named = Q(application__in=cases_named(value).values("pk"))
        return rows.filter(named | Q(content__number__icontains=number) if number else named)

    def by_late(self, rows: Any, name: str, value: bool) -> Any:
        return rows.unanswered().open().filter(due_on__lt=self.on) if value else rows

    def by_tab(self, rows: Any, name: str, value: str) -> Any:
        return rows.open().unanswered() if value == "todo" else rows
