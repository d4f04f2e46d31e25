"""Measures of the improvement plan, and how officers narrow their list."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from assessments.assessment import MEASURE_FIELDS
from assessments.models import Assessment, Measure
from assessments.standard import Standard
from registry import searching
from registry.access import business_date
from registry.filters import Filters
from registry.forms.fields import DayField
from registry.forms.merging import Merging
from registry.models import Factory
from registry.policy import Tier


class MeasureForm(Merging, forms.ModelForm):
    """One measure; a new one also says for which of the firm's factories."""

    scenario_no = forms.TypedChoiceField(
        label="典型场景", coerce=int, empty_value=None, required=False
    )

    class Meta:
        model = Measure
        fields = MEASURE_FIELDS
        widgets = {
            "gap": forms.Textarea(attrs={"rows": 2}),
            "action": forms.Textarea(attrs={"rows": 2}),
            "result": forms.Textarea(attrs={"rows": 2}),
        }
        field_classes = {"due_on": DayField}
        labels = {"gap": "要补的差距", "status": "进展情况"}
        help_texts = {
            "owner": "写部门或岗位，不写个人姓名",
            "investment": "没有投资可以不填",
            "result": "完成后写明结果",
        }
        error_messages = {
            "investment": {"invalid": "投资请填写数字，单位是万元"},
        }

    def __init__(
        self, *args: Any, edition: Standard, factories: QuerySet[Factory], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scenario_no"].choices = [  # type: ignore[attr-defined]
            ("", "不对应典型场景"),
            *(
                (stage, [(s.no, s.label) for s in found])
                for stage, found in groupby(edition.scenarios, key=lambda s: s.stage)
            ),
        ]
        if self.instance.pk is None:
            self.fields["factory"] = forms.ModelChoiceField(
                factories, label="工厂", empty_label="请选择"
            )
            self.fields["gap_code"] = forms.CharField(
                required=False, max_length=60, widget=forms.HiddenInput
            )
            self.order_fields(["factory", *MEASURE_FIELDS])


class MeasureFilter(Filters):
    """The plan by words, progress and whether it is late on a day that the page gives."""

    q = django_filters.CharFilter(
        label="工厂或企业名称",
        method="by_name",
        widget=forms.TextInput(attrs={"placeholder": "工厂或企业名称"}),
    )
    status = django_filters.ChoiceFilter(
        label="进展", choices=Measure.Status.choices, empty_label="全部进展"
    )
    overdue = django_filters.ChoiceFilter(
        label="期限", choices=(("yes", "已逾期"),), empty_label="全部期限", method="by_overdue"
    )

    class Meta:
        model = Measure
        fields = ("q", "status", "overdue")

    @property
    def on(self) -> date:
        return business_date(self.request.received_at)

    def by_name(self, queryset: Any, name: str, value: str) -> Any:
        return searching.of_factories(queryset, value)

    def by_overdue(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.overdue(self.on)


class LockedFilter(Filters):
    """Finished self-assessments by a name."""

    q = django_filters.CharFilter(
        label="工厂或企业名称",
        method="by_name",
        widget=forms.TextInput(attrs={"placeholder": "工厂或企业名称", "type": "search"}),
    )

    reached = django_filters.ChoiceFilter(
        label="自评达到", field_name="reached_tier", choices=Tier.choices, empty_label="全部等级"
    )

    class Meta:
        model = Assessment
        fields: list[str] = []

    def by_name(self, queryset: Any, name: str, value: str) -> Any:
        return searching.of_factories(queryset, value)
