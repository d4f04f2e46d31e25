"""What is put down for a meeting: the day, who sat in it, its minutes, and a word for each case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField

from registry.forms.fields import DayField
from tiers.meeting import REASON_LIMIT, Outcome, Row, Table, Word


class MeetingForm(forms.Form):
    """Shape only; what a decision needs is for the act to say."""

    held_on = DayField("会议日期", required=False)
    attendees = forms.CharField(
        label="参会人员", required=False, max_length=500, help_text="姓名和职务，用顿号隔开"
    )
    minutes = forms.CharField(
        label="会议纪要",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        held = table.meeting
        self.initial = {
            "held_on": held.held_on if held else None,
            "attendees": held.attendees if held else "",
            "minutes": held.minutes if held else "",
            "seen": held.version if held else 0,
        }
        for row in table.rows:
            self._add(row)

    def _add(self, row: Row) -> None:
        pk, factory = row.application.pk, row.application.factory.name
        self.fields[f"outcome-{pk}"] = forms.ChoiceField(
            choices=[("", "未定"), *Outcome.choices],
            required=False,
            initial=row.item.outcome if row.item else "",
            widget=forms.Select(attrs={"aria-label": f"审定意见：{factory}"}),
        )
        self.fields[f"reason-{pk}"] = forms.CharField(
            required=False,
            max_length=REASON_LIMIT,
            initial=row.item.reason if row.item else "",
            widget=forms.Textarea(attrs={"rows": 1, "aria-label": f"理由：{factory}"}),
        )

    @property
    def lines(self) -> Iterator[tuple[Row, BoundField, BoundField]]:
        """Each case with its controls."""
        for row in self.table.rows:
            pk = row.application.pk
            yield row, self[f"outcome-{pk}"], self[f"reason-{pk}"]

    @property
    def words(self) -> dict[int, Word]:
        """What came for each case that was on the screen; the others are left alone."""
        return {
            pk: Word(self.cleaned_data[f"outcome-{pk}"], self.cleaned_data[f"reason-{pk}"].strip())
            for pk in (row.application.pk for row in self.table.rows)
            if f"outcome-{pk}" in self.data
        }
