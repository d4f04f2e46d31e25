"""What is asked of a table of figures, and what is written in a summary of a year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from assessments.standard import Kpi
from registry.forms.fields import DayField
from registry.forms.merging import Merging
from reports import summaries, titles
from tiers.forms.public import DayForm


class TitleTable(DayForm):
    """The day the figures are of, and what they are grouped by."""

    by = forms.ChoiceField(label="分组", choices=list(titles.BY.items()), required=False)


class SummaryForm(Merging, forms.Form):
    """The words of a summary, a field for every section."""

    def __init__(self, *args: Any, gaps: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sections = {
            key: forms.CharField(
                label=heading,
                help_text=hint,
                max_length=5000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 6}),
            )
            for key, heading, hint in summaries.SECTIONS
        }
        note = forms.CharField(
            label="下级未签报的说明",
            max_length=300,
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=f"还没有签报：{'、'.join(gaps)}。不等其签报的，写明原因，数字按登记数据汇总",
        )
        if not gaps:
            note.widget = forms.HiddenInput()
        self.fields = {**sections, "gaps_note": note, **self.fields}


class SendBackForm(forms.Form):
    reason = forms.CharField(
        label="退回原因和修改要求", max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )
    due_on = DayField(label="重新报送截止日期")


class KpiTable(forms.Form):
    """Which indicator, and of which year: the fixed partition is narrowed by nothing else."""

    kpi = forms.ChoiceField(label="指标", required=False)
    year = forms.TypedChoiceField(label="年份", coerce=int, empty_value=None, required=False)

    def __init__(self, data: Any, *, kpis: Sequence[Kpi], years: Sequence[int]) -> None:
        super().__init__(data)
        self.fields["kpi"].choices = [(one.id, one.name) for one in kpis]  # type: ignore[attr-defined]
        self.fields["year"].choices = [(one, f"{one}年") for one in years]  # type: ignore[attr-defined]
