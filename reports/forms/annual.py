"""What is filled in for an annual report by firm and office, and how lists of them are narrowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.forms import BoundField

from registry import searching
from registry.access import Request, business_date
from registry.filters import Filters, tier_filter
from registry.forms.fields import DayField
from registry.models import Authority
from reports import annual
from reports.models import AnnualRemark, AnnualReport, AnnualReportQuerySet, stands
from tiers.filters import areas_of

WHY = re.compile(r"why-[a-z0-9.-]{1,60}")
HAPPENED = [("no", "没有"), ("yes", "有")]
MOST_SCENARIOS = 20
SPARE_REMARKS = 4


def textarea(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def figure(label: str = "", **kwargs: Any) -> forms.DecimalField:
    """A number as it is typed; what is missing the act says."""
    return forms.DecimalField(
        label=label,
        required=False,
        max_digits=16,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "maxlength": 20, "size": 8}),
        error_messages={"invalid": "请填写数字，例如 85 或 12.5"},
        **kwargs,
    )


def words(label: str, rows: int = 3, length: int = 1000, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=length, widget=textarea(rows), **kwargs
    )


@dataclass(frozen=True)
class KpiRow:
    line: annual.Line
    value: BoundField
    na: BoundField
    unit: BoundField | None


HINTS = {
    "promotion": "向上下游企业、同行推广了哪些场景和做法；没有的写“无”",
    "problems": "建设和运行中的困难，需要支持的事项；没有的写“无”",
    "plan": "下一年度拟建设的场景、投入和目标",
}


class ReportForm(forms.Form):
    """The whole report but its scenarios. ``known`` is what it is compared with."""

    declared = forms.BooleanField(
        label="本企业承诺：以上内容和佐证材料真实、准确、完整",
        required=False,
        widget=forms.CheckboxInput(attrs={"form": "report"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        report: AnnualReport,
        held: Mapping[str, Any],
        known: Mapping[str, Any],
        remarks: Sequence[AnnualRemark] = (),
    ) -> None:
        self.report, self.held, self.known = report, held, known
        self.remarks = remarks
        self.kpis = annual.kpis_of(report)
        self.doubts: list[annual.Doubt] = []
        super().__init__(data, initial={"seen": report.version, **_initial(held)})
        self._add_figures()
        self._add_kpis()
        self._add_changes()
        for remark in remarks:
            self._add_reply(remark)
        for name in data or ():
            if WHY.fullmatch(name):
                self._add_why(name)

    def _add_figures(self) -> None:
        for name, (label, _) in annual.FIGURES.items():
            self.fields[name] = figure(label)
        for name, label in annual.TEXTS.items():
            self.fields[name] = words(label, help_text=HINTS[name])
            self.fields[name].required = False

    def _add_kpis(self) -> None:
        for kpi in self.kpis:
            key = f"kpi-{kpi.id}"
            self.fields[key] = figure(kpi.name)
            self.fields[f"{key}-na"] = forms.BooleanField(label="不适用", required=False)
            if kpi.change:
                self.fields[f"{key}-unit"] = forms.CharField(
                    label="单位",
                    required=False,
                    max_length=20,
                    widget=forms.TextInput(attrs={"size": 6, "placeholder": "单位"}),
                )

    def _add_changes(self) -> None:
        for kind in annual.CHANGES:
            self.fields[f"{kind}-happened"] = forms.ChoiceField(
                label="当年有没有发生",
                choices=HAPPENED,
                required=False,
                widget=forms.RadioSelect,
            )
            self.fields[f"{kind}-on"] = DayField(label="日期", required=False)
            self.fields[f"{kind}-text"] = words("情况", 2, 500)

    def _add_reply(self, remark: AnnualRemark) -> None:
        key = f"reply-{remark.pk}"
        self.fields[f"{key}-outcome"] = forms.ChoiceField(
            label="答复",
            choices=AnnualRemark.Outcome.choices,
            required=False,
            widget=forms.RadioSelect,
            initial=remark.outcome,
        )
        self.fields[key] = words("改了什么，或不改的理由", 2, 500, initial=remark.answer)

    def _add_why(self, name: str) -> None:
        code = name.removeprefix("why-")
        said = self.held.get("why", {}).get(code, "")
        self.fields[name] = words("说明原因", 2, 500, initial=said)

    def ask(self, found: list[annual.Doubt]) -> None:
        """Offer a place to explain each doubt."""
        self.doubts = found
        for doubt in found:
            if f"why-{doubt.code}" not in self.fields:
                self._add_why(f"why-{doubt.code}")

    def content(self, scenarios: list[dict[str, Any]]) -> dict[str, Any]:
        """What was typed, as it is kept; of a form that is wrong, what was right."""
        return {
            "figures": {name: self._typed(name) for name in annual.FIGURES},
            "kpis": {kpi.id: self._kpi(f"kpi-{kpi.id}") for kpi in self.kpis},
            "scenarios": scenarios,
            "texts": {name: self._typed(name).strip() for name in annual.TEXTS},
            "changes": {
                kind: {
                    "happened": self._typed(f"{kind}-happened"),
                    "on": self._typed(f"{kind}-on"),
                    "text": self._typed(f"{kind}-text").strip(),
                }
                for kind in annual.CHANGES
            },
            "why": {
                name.removeprefix("why-"): self._typed(name).strip()
                for name in self.fields
                if name.startswith("why-") and self._typed(name).strip()
            },
        }

    def _kpi(self, key: str) -> dict[str, Any]:
        return {
            "value": self._typed(key),
            "unit": self._typed(f"{key}-unit").strip(),
            "na": bool(self.cleaned_data.get(f"{key}-na")),
        }

    def _typed(self, name: str) -> str:
        value = self.cleaned_data.get(name)
        return "" if value is None else str(value)

    def replies(self) -> dict[int, annual.Reply]:
        return {
            remark.pk: annual.Reply(
                self._typed(f"reply-{remark.pk}-outcome"), self._typed(f"reply-{remark.pk}")
            )
            for remark in self.remarks
        }

    # --- for the template

    @property
    def figure_rows(self) -> Iterator[tuple[BoundField, str, str]]:
        """Each figure with its unit and last year's."""
        earlier = self.known.get("figures", {})
        for name, (_, unit) in annual.FIGURES.items():
            yield self[name], unit, earlier.get(name, {}).get("value", "")

    @property
    def kpi_rows(self) -> list[KpiRow]:
        held = self.content([]) if self.is_bound and hasattr(self, "cleaned_data") else self.held
        return [
            KpiRow(
                line,
                self[f"kpi-{line.kpi.id}"],
                self[f"kpi-{line.kpi.id}-na"],
                self[f"kpi-{line.kpi.id}-unit"] if line.kpi.change else None,
            )
            for line in annual.lines(self.kpis, held, self.known)
        ]

    @property
    def text_rows(self) -> list[BoundField]:
        return [self[name] for name in annual.TEXTS]

    @property
    def change_rows(self) -> list[tuple[str, BoundField, BoundField, BoundField]]:
        return [
            (label, self[f"{kind}-happened"], self[f"{kind}-on"], self[f"{kind}-text"])
            for kind, label in annual.CHANGES.items()
        ]

    @property
    def why_rows(self) -> list[tuple[annual.Doubt, BoundField]]:
        return [(doubt, self[f"why-{doubt.code}"]) for doubt in self.doubts]

    @property
    def reply_rows(self) -> list[tuple[AnnualRemark, BoundField, BoundField]]:
        return [
            (remark, self[f"reply-{remark.pk}-outcome"], self[f"reply-{remark.pk}"])
            for remark in self.remarks
        ]


def _initial(held: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {**held.get("figures", {}), **held.get("texts", {})}
    for name, given in held.get("kpis", {}).items():
        found[f"kpi-{name}"] = given.get("value", "")
        found[f"kpi-{name}-unit"] = given.get("unit", "")
        found[f"kpi-{name}-na"] = given.get("na", False)
    for kind, given in held.get("changes", {}).items():
        found |= {f"{kind}-{key}": given.get(key, "") for key in ("happened", "on", "text")}
    return found


class ScenarioForm(forms.Form):
    no = forms.TypedChoiceField(label="典型场景", coerce=int, empty_value=None, required=False)
    name = forms.CharField(label="实例名称", max_length=80, required=False)
    uses_ai = forms.BooleanField(label="应用人工智能", required=False)
    effect = words("成效", 2, 500)

    def __init__(self, *args: Any, names: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = [(str(no), f"{no} {name}") for no, name in names.items()]
        self.fields["no"].choices = [("", "请选择"), *listed]  # type: ignore[attr-defined]


class _Scenarios(forms.BaseFormSet):
    @property
    def given(self) -> list[dict[str, Any]]:
        """Those with a name or a scenario; a row emptied of both is taken out."""
        rows = [form.cleaned_data for form in self.forms if form.is_valid()]
        return [
            {name: row.get(name) for name in ("no", "name", "uses_ai", "effect")}
            for row in rows
            if row.get("name") or row.get("no")
        ]


Scenarios = forms.formset_factory(
    ScenarioForm, formset=_Scenarios, extra=2, max_num=MOST_SCENARIOS, absolute_max=MOST_SCENARIOS
)


# --- the office ----------------------------------------


class RemarkForm(forms.Form):
    part = forms.ChoiceField(
        label="退回内容", choices=[("", "请选择"), *annual.PARTS.items()], required=False
    )
    text = words("哪里不行、要怎样改", 2, 500)


class _Remarks(forms.BaseFormSet):
    @property
    def given(self) -> list[annual.Remark]:
        rows = [form.cleaned_data for form in self.forms if form.is_valid()]
        return [
            annual.Remark(row.get("part", ""), row.get("text", "").strip())
            for row in rows
            if row.get("part") or row.get("text", "").strip()
        ]


Remarks = forms.formset_factory(
    RemarkForm, formset=_Remarks, extra=SPARE_REMARKS, max_num=12, absolute_max=12
)


class DecisionForm(forms.Form):
    opinion = words("受理意见", 2, 500, help_text="企业能看到")
    due_on = DayField(
        label="重新报送截止", required=False, help_text="退回时填写；原截止日期更晚的按原日期"
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)


class OpenForm(forms.Form):
    year = forms.TypedChoiceField(label="报告年度", coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, f"{year}年") for year in years]  # type: ignore[attr-defined]
        if years:
            self.initial.setdefault("year", years[0])


# --- lists ----------------------------------------

STATES = {
    "owed": "待报送",
    "overdue": "逾期未报",
    "submitted": "待受理",
    "returned": "退回修改",
    "accepted": "已受理",
}


class AnnualFilter(Filters):
    """Reports by year, state, tier and place. A report that is late counts as late and as nothing
    else.
    """

    q = django_filters.CharFilter(
        label="企业、工厂",
        method="by_words",
        widget=forms.TextInput(attrs={"placeholder": "企业、工厂", "type": "search"}),
    )
    year = django_filters.ChoiceFilter(label="年度", choices=(), empty_label="全部年度")
    tier = tier_filter()
    area = django_filters.ModelChoiceFilter(
        label="地区",
        queryset=areas_of,
        to_field_name="code",
        method="by_area",
        empty_label="全部地区",
    )
    by = django_filters.ChoiceFilter(
        label="受理",
        choices=[("own", "本部门受理")],
        method="by_office",
        empty_label="全部受理部门",
    )
    factory = django_filters.NumberFilter(label="工厂", widget=forms.HiddenInput)
    state = django_filters.ChoiceFilter(
        label="状态", choices=list(STATES.items()), method="by_state", widget=forms.HiddenInput
    )

    class Meta:
        model = AnnualReport
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = business_date(self.request.received_at)
        years = self.queryset.order_by("-year").values_list("year", flat=True).distinct()
        self.filters["year"].extra["choices"] = [(str(year), f"{year}年") for year in years]

    def by_words(self, rows: AnnualReportQuerySet, name: str, value: str) -> AnnualReportQuerySet:
        return searching.of_factories(rows, value)

    def by_area(
        self, rows: AnnualReportQuerySet, name: str, value: Authority
    ) -> AnnualReportQuerySet:
        return rows.filter(factory__authority__path__startswith=value.path)

    def by_office(self, rows: AnnualReportQuerySet, name: str, value: str) -> AnnualReportQuerySet:
        request: Request = self.request
        return rows.filter(authority=request.user.authority_id)

    def by_state(self, rows: AnnualReportQuerySet, name: str, value: str) -> AnnualReportQuerySet:
        return rows.filter(stands(value, self.on))
