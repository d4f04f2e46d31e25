"""The lists that figures open: the rows of the day a figure is of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet

from assessments.listings import ASSESSMENTS
from registry import searching
from registry.access import business_date
from registry.filters import HIDDEN, words_filter
from registry.listing import Column, Kind
from registry.models import User
from reports import coverage, titles
from reports.filters import AssessedFactories, CaseRows, TitleRows
from tiers import register
from tiers.forms.public import DayForm
from tiers.listings import CASES, TITLES
from tiers.models import Application

#: Without what is counted from today: the rows are those of the day that a figure is of.
OF_A_DAY = tuple(one for one in TITLES.columns if one.key != "left")


def _day_filter() -> django_filters.DateFilter:
    """The day stays in the address, and is said with what the list is narrowed by."""
    return django_filters.DateFilter(label="截至", method="as_it_is", widget=HIDDEN)


class TitlesOfDay(TitleRows):
    """As the page of these rows: the day stands in the address."""

    q = words_filter("企业、工厂、编号")
    on = _day_filter()

    def __init__(self, data: Any = None, *args: Any, request: Any, **more: Any) -> None:
        on = _day_asked(data, request)
        more["queryset"] = titles.of(request.user, on)
        super().__init__(data, *args, request=request, on=on, **more)

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        return register.matching(queryset, value)

    def as_it_is(self, queryset: Any, name: str, value: object) -> Any:
        return queryset


class AssessedOnDay(AssessedFactories):
    q = words_filter("企业、工厂")
    on = _day_filter()

    def __init__(self, data: Any = None, *args: Any, request: Any, **more: Any) -> None:
        more["queryset"] = coverage.newest(request.user, _day_asked(data, request))
        super().__init__(data, *args, request=request, **more)

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        return searching.of_factories(queryset, value)


class CasesOfDay(CaseRows):
    q = words_filter("企业、工厂")

    def __init__(self, data: Any = None, *args: Any, request: Any, **more: Any) -> None:
        super().__init__(
            data, *args, request=request, on=business_date(request.received_at), **more
        )

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        return searching.of_factories(queryset, value)


def _day_asked(data: Any, request: Any) -> date:
    form = DayForm(data)
    given: date | None = form.cleaned_data["on"] if form.is_valid() else None
    return given or business_date(request.received_at)


def _submitted(user: User, on: date) -> QuerySet[Any]:
    return Application.objects.visible_to(user).exclude(first_submitted_at=None)


TITLE_ROWS = replace(
    TITLES,
    key="title-rows",
    title="称号名单",
    page="reports:title_rows",
    filterset=TitlesOfDay,
    dress=lambda rows, user, on: rows,
    columns=OF_A_DAY,
)
CASE_ROWS = replace(
    CASES,
    key="case-rows",
    title="申报名单",
    page="reports:case_rows",
    filterset=CasesOfDay,
    rows=_submitted,
    columns=(
        *CASES.columns,
        Column(
            "since",
            "到达日期",
            lambda one: business_date(one.step_since) if one.step_since else None,
            Kind.DATE,
            "step_since",
            empty=True,
        ),
    ),
)
ASSESSED_ROWS = replace(
    ASSESSMENTS,
    key="assessed-rows",
    title="工厂自评名单",
    page="reports:assessment_rows",
    unit="座",
    filterset=AssessedOnDay,
)
