"""What is put down on a list that goes up or comes down, and the places the ministries give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.forms import BoundField

from registry.forms.fields import DayField
from tiers.models import Cultivation, UpwardList
from tiers.upward import REASON_LIMIT, WORDS, Row, Table, Word

Kind = UpwardList.Kind
#: What number and day of the document are called on each list.
DOCUMENTS = {
    Kind.NOMINATION: ("推荐函文号", "推荐函日期"),
    Kind.RESULT: ("国家文件文号", "国家文件日期"),
    Kind.ACCEPTANCE: ("国家文件文号", "国家文件日期"),
}


class PlacesForm(forms.Form):
    places = forms.IntegerField(
        label="国家名额",
        min_value=0,
        max_value=999,
        error_messages={"invalid": "名额请填整数", "max_value": "名额不能超过 999"},
    )
    document_no = forms.CharField(
        label="国家通知文号",
        max_length=80,
        help_text="载明名额的国家通知，例如“工信厅联通装函〔2025〕251号”",
    )


class ReviewForm(forms.Form):
    """What the province found of a candidate before it goes to be accepted."""

    opinion = forms.CharField(
        label="初审意见", max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )
    document_no = forms.CharField(label="报送文号", max_length=80, help_text="报国家验收的文件")
    reviewed_on = DayField("初审日期")

    def __init__(self, *args: Any, one: Cultivation, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {
            "opinion": one.review_opinion,
            "document_no": one.review_document_no,
            "reviewed_on": one.reviewed_on or on,
        }


class UpwardForm(forms.Form):
    """Shape only; what a list needs is for the act to say."""

    document_no = forms.CharField(required=False, max_length=80)
    dated = DayField(required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        held = table.open
        number, day = DOCUMENTS[table.kind]
        self.fields["document_no"].label, self.fields["dated"].label = number, day
        self.initial = {
            "document_no": held.document_no if held else "",
            "dated": held.dated if held else None,
            "seen": held.version if held else 0,
        }
        for row in table.rows:
            self._add(row)

    def _add(self, row: Row) -> None:
        pk, factory = row.application.pk, row.application.factory.name
        self.fields[f"outcome-{pk}"] = forms.ChoiceField(
            choices=[("", "未定"), *WORDS[self.table.kind].items()],
            required=False,
            initial=row.said.outcome,
            widget=forms.Select(attrs={"aria-label": f"结论：{factory}"}),
        )
        if self.table.kind == Kind.NOMINATION:
            self.fields[f"rank-{pk}"] = forms.IntegerField(
                required=False,
                min_value=1,
                max_value=999,
                initial=row.said.rank,
                widget=forms.TextInput(
                    attrs={
                        "class": "form-control form-control-sm rank",
                        "inputmode": "numeric",
                        "autocomplete": "off",
                        "aria-label": f"优先次序：{factory}",
                    }
                ),
                error_messages=dict.fromkeys(
                    ("invalid", "min_value", "max_value"), f"{factory}：优先次序请填从 1 起的整数"
                ),
            )
        self.fields[f"reason-{pk}"] = forms.CharField(
            required=False,
            max_length=REASON_LIMIT,
            initial=row.said.reason,
            widget=forms.Textarea(attrs={"rows": 1, "aria-label": f"理由：{factory}"}),
        )

    @property
    def lines(self) -> Iterator[tuple[Row, BoundField, BoundField | None, BoundField]]:
        """Each case with its controls."""
        for row in self.table.rows:
            pk = row.application.pk
            rank = self[f"rank-{pk}"] if f"rank-{pk}" in self.fields else None
            yield row, self[f"outcome-{pk}"], rank, self[f"reason-{pk}"]

    @property
    def words(self) -> dict[int, Word]:
        """What came for each case that was on the screen; the others are left alone."""
        given = self.cleaned_data
        return {
            pk: Word(given[f"outcome-{pk}"], given.get(f"rank-{pk}"), given[f"reason-{pk}"].strip())
            for pk in (row.application.pk for row in self.table.rows)
            if f"outcome-{pk}" in self.data
        }
