"""How the rows behind the figures are narrowed: the same names on every table and list."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from assessments.models import AssessmentQuerySet
from registry.access import OFFICERS, Request
from registry.filters import HIDDEN, Filters, Tabbed, tab_filter, tier_filter, words_filter
from registry.models import Authority, Industry
from registry.policy import Tier
from reports import coverage, durations, funnel, titles
from reports.intake import KINDS
from reports.models import Batch, Export, FileForm, Summary
from tiers import timing
from tiers.filters import rounds_of
from tiers.models import (
    Application,
    ApplicationQuerySet,
    Certification,
    CertificationQuerySet,
    Standing,
)

STANDINGS = [(titles.RUNNING, "在册（有效和暂停）"), *Standing.choices]


class Worded:
    """Says in words what narrows a list, the hidden names too."""

    def words(self) -> list[str]:
        form: Any = self.form  # type: ignore[attr-defined]
        if not form.is_valid():
            return []
        chosen = {name: value for name, value in form.cleaned_data.items() if value}
        return [f"{form.fields[name].label}：{self.word(name, chosen[name])}" for name in chosen]

    def word(self, name: str, value: Any) -> str:
        choices = dict(getattr(self.form.fields[name], "choices", ()))  # type: ignore[attr-defined]
        return str(choices.get(value, value))


class TitleRows(Worded, Filters):
    """Titles as a table of figures asks for them; ``on`` is the day they are looked at."""

    tier = tier_filter()
    standing = django_filters.ChoiceFilter(
        label="状态", choices=STANDINGS, method="by_standing", empty_label="全部状态"
    )
    at_least = django_filters.ChoiceFilter(
        label="达到该级及以上的工厂", choices=Tier.choices, method="by_at_least", widget=HIDDEN
    )
    ends_by = django_filters.DateFilter(label="到期不晚于", method="by_end", widget=HIDDEN)
    unit = django_filters.CharFilter(label="地区", method="by_unit", widget=HIDDEN)
    industry = django_filters.CharFilter(label="行业", method="by_industry", widget=HIDDEN)
    year = django_filters.NumberFilter(
        label="认定年份", field_name="valid_from__year", widget=HIDDEN
    )
    source = django_filters.ChoiceFilter(
        label="来源", choices=Certification.Source.choices, widget=HIDDEN
    )
    begun = django_filters.NumberFilter(label="在该年认定", method="by_begun", widget=HIDDEN)
    ended = django_filters.NumberFilter(label="在该年终止", method="by_ended", widget=HIDDEN)
    ending = django_filters.ChoiceFilter(
        label="终止情形",
        choices=Certification.Ending.choices,
        method="by_ending",
        widget=HIDDEN,
    )

    class Meta:
        model = Certification
        fields = [
            "tier", "standing", "at_least", "ends_by", "unit", "industry", "year", "source",
            "begun", "ended", "ending",
        ]  # fmt: skip

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def word(self, name: str, value: Any) -> str:
        match name:
            case "unit":
                return titles.unit_name(self.request.user.authority, value)
            case "industry":
                return titles.industry_name(value)
        return super().word(name, value)

    def by_standing(
        self, queryset: CertificationQuerySet, name: str, value: str
    ) -> CertificationQuerySet:
        if value == titles.RUNNING:
            return queryset.running(self.on)
        return queryset.filter(standing=value)

    def by_at_least(
        self, queryset: CertificationQuerySet, name: str, value: str
    ) -> CertificationQuerySet:
        return titles.at_least(queryset, Tier(value), self.on)

    def by_end(
        self, queryset: CertificationQuerySet, name: str, value: date
    ) -> CertificationQuerySet:
        return titles.ending_by(queryset, value)

    def by_unit(
        self, queryset: CertificationQuerySet, name: str, value: str
    ) -> CertificationQuerySet:
        return titles.in_unit(queryset, self.request.user.authority, value)

    def by_industry(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == titles.NONE:
            return queryset.filter(factory__industry=None)
        return queryset.filter(factory__industry__code__startswith=value)

    def by_begun(
        self, queryset: CertificationQuerySet, name: str, value: Any
    ) -> CertificationQuerySet:
        return titles.begun(queryset, int(value), self.on)

    def by_ended(
        self, queryset: CertificationQuerySet, name: str, value: Any
    ) -> CertificationQuerySet:
        return titles.ended(queryset, int(value), self.on)

    def by_ending(
        self, queryset: CertificationQuerySet, name: str, value: str
    ) -> CertificationQuerySet:
        return titles.ended_as(queryset, value)


class AssessedFactories(Worded, Filters):
    """Newest self-assessments, one for each factory, as the figures of coverage ask for them."""

    industry = django_filters.ModelChoiceFilter(
        label="行业",
        queryset=Industry.objects.filter(level="division").order_by("code"),
        method="by_industry",
        empty_label="全部行业",
    )
    level = django_filters.NumberFilter(label="成熟度等级", method="by_level", widget=HIDDEN)
    scenario = django_filters.NumberFilter(label="典型场景", method="by_scenario", widget=HIDDEN)
    ai = django_filters.BooleanFilter(label="应用人工智能", method="as_it_is", widget=HIDDEN)

    def word(self, name: str, value: Any) -> str:
        if name == "ai":
            return "是"
        return str(value) if name == "industry" else super().word(name, value)

    def by_industry(
        self, queryset: AssessmentQuerySet, name: str, value: Industry
    ) -> AssessmentQuerySet:
        return queryset.filter(factory__industry__code__startswith=value.code)

    def by_level(self, queryset: AssessmentQuerySet, name: str, value: Any) -> AssessmentQuerySet:
        return coverage.at_level(queryset, int(value))

    def by_scenario(
        self, queryset: AssessmentQuerySet, name: str, value: Any
    ) -> AssessmentQuerySet:
        with_ai = bool(self.form.cleaned_data.get("ai"))
        return coverage.showing(queryset, int(value), with_ai=with_ai)

    def as_it_is(self, queryset: QuerySet, name: str, value: object) -> QuerySet:
        """Read by ``by_scenario``."""
        return queryset


class CaseRows(Worded, Filters):
    """Cases as the figures of their course and of the time they take ask for them."""

    tier = tier_filter()
    round = django_filters.ModelChoiceFilter(
        label="批次", queryset=rounds_of, empty_label="全部批次"
    )
    status = django_filters.ChoiceFilter(
        label="状态", choices=Application.Status.choices, widget=HIDDEN
    )
    reached = django_filters.CharFilter(label="到达过", method="by_reached", widget=HIDDEN)
    waits = django_filters.CharFilter(label="等待", method="by_waits", widget=HIDDEN)
    age = django_filters.ChoiceFilter(
        label="已等待", choices=list(funnel.AGE_LABELS.items()), method="by_age", widget=HIDDEN
    )
    late = django_filters.BooleanFilter(label="超期", method="by_late", widget=HIDDEN)
    ended = django_filters.BooleanFilter(
        label="近十二个月有认定结果", method="by_ended", widget=HIDDEN
    )
    unit = django_filters.CharFilter(label="地区", method="by_unit", widget=HIDDEN)
    decided = django_filters.CharFilter(label="近十二个月办结", method="by_decided", widget=HIDDEN)

    class Meta:
        model = Application
        fields = [
            "tier", "round", "status", "reached", "waits", "age", "late", "ended", "unit",
            "decided",
        ]  # fmt: skip

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def word(self, name: str, value: Any) -> str:
        match name:
            case "reached" | "waits":
                step = funnel.step_of(value)
                return step.label if step else str(value)
            case "unit":
                return titles.unit_name(self.request.user.authority, value)
            case "late" | "ended":
                return "是"
            case "decided":
                return timing.name_of(value)
        return super().word(name, value)

    def by_reached(
        self, queryset: ApplicationQuerySet, name: str, value: str
    ) -> ApplicationQuerySet:
        step = funnel.step_of(value)
        return queryset.filter(funnel.has_reached(step)) if step else queryset.none()

    def by_waits(self, queryset: ApplicationQuerySet, name: str, value: str) -> ApplicationQuerySet:
        step = funnel.step_of(value)
        return queryset.filter(funnel.waiting_at(step)) if step else queryset.none()

    def by_age(self, queryset: ApplicationQuerySet, name: str, value: str) -> ApplicationQuerySet:
        return queryset.filter(funnel.aged(value, self.on))

    def by_late(self, queryset: ApplicationQuerySet, name: str, value: bool) -> ApplicationQuerySet:
        return queryset.filter(funnel.late_on(self.on)) if value else queryset

    def by_ended(
        self, queryset: ApplicationQuerySet, name: str, value: bool
    ) -> ApplicationQuerySet:
        return durations.ended(queryset, self.on) if value else queryset

    def by_unit(self, queryset: ApplicationQuerySet, name: str, value: str) -> ApplicationQuerySet:
        return titles.in_unit(queryset, self.request.user.authority, value)

    def by_decided(
        self, queryset: ApplicationQuerySet, name: str, value: str
    ) -> ApplicationQuerySet:
        return durations.decided_at(queryset, value, self.on)


# --- what offices keep of their own work ----------------------------------


class BatchFilter(Filters):
    """Workbooks that the office sent in."""

    q = words_filter("文件名、上传人")
    kind = django_filters.ChoiceFilter(
        label="类别",
        choices=[(kind.key, kind.label) for kind in KINDS.values()],
        empty_label="全部类别",
    )
    status = django_filters.ChoiceFilter(
        label="状态", choices=Batch.Status.choices, empty_label="全部状态"
    )

    class Meta:
        model = Batch
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(name__icontains=value) | Q(uploaded_name__icontains=value))


EXPORT_TABS = {"own": "本人", "office": "本部门"}


class ExportFilter(Tabbed):
    """What was taken out: by the person himself, or by anybody of his office."""

    tab = tab_filter(EXPORT_TABS)
    q = words_filter("清单、导出人")
    form_of = django_filters.ChoiceFilter(
        label="格式", field_name="form", choices=FileForm.choices, empty_label="全部格式"
    )
    state = django_filters.ChoiceFilter(
        label="状态", choices=Export.State.choices, empty_label="全部状态"
    )

    class Meta:
        model = Export
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(title__icontains=value) | Q(owner_name__icontains=value))

    def by_tab(self, rows: Any, name: str, value: str) -> Any:
        user = self.request.user
        seen = Export.objects
        found = seen.of_office(user) if value == "office" else seen.visible_to(user)
        return rows.filter(pk__in=found.values("pk"))


def _offices_of(request: Request | None) -> QuerySet[Authority]:
    """The officer's own office and those directly below it."""
    if request is None or getattr(request.user, "role", "") not in OFFICERS:
        return Authority.objects.none()
    own = request.user.authority_id
    offices = Authority.objects.offices()
    return offices.filter(Q(pk=own) | Q(parent=own)).order_by("path")


class SummaryFilter(Filters):
    year = django_filters.NumberFilter(
        label="年份",
        min_value=2000,
        max_value=2100,
        widget=forms.NumberInput(attrs={"placeholder": "年份"}),
    )
    authority = django_filters.ModelChoiceFilter(
        label="报送部门", queryset=_offices_of, to_field_name="code", empty_label="全部部门"
    )
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("open", "未签报"), ("signed", "已签报"), ("returned", "已退回")],
        method="by_state",
        empty_label="全部状态",
    )

    class Meta:
        model = Summary
        fields: list[str] = []

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        match value:
            case "open":
                return rows.unsigned()
            case "signed":
                return rows.standing().filter(signed_at__isnull=False)
        return rows.filter(sent_back_at__isnull=False)
