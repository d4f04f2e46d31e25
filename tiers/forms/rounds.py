"""What an officer fills in to open a round and to give it its last day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from registry.policy import Tier


class DayInput(forms.DateInput):
    """The browser's own calendar, which wants ISO dates."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


BAD_DAY = {"invalid": "日期请按 2026-03-31 的格式填写"}


class RoundForm(forms.Form):
    tier = forms.ChoiceField(label="等级", widget=forms.RadioSelect)
    title = forms.CharField(
        label="批次名称",
        max_length=80,
        help_text="企业看到的名称，例如“2026年第二批基础级智能工厂申报”",
    )
    opens_on = forms.DateField(label="开始日期", widget=DayInput, error_messages=BAD_DAY)
    closes_on = forms.DateField(
        label="截止日期",
        required=False,
        widget=DayInput,
        error_messages=BAD_DAY,
        help_text="当天 24:00 截止。不填为常年受理，以后可以随时关闭",
    )

    def __init__(self, *args: Any, tiers: Sequence[Tier], on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"].choices = [(tier.value, tier.label) for tier in tiers]  # type: ignore[attr-defined]
        if len(tiers) == 1:
            self.initial.setdefault("tier", tiers[0])
        self.initial.setdefault("opens_on", on)


class CloseRoundForm(forms.Form):
    closes_on = forms.DateField(
        label="最后一天",
        widget=DayInput,
        error_messages=BAD_DAY,
        help_text="当天 24:00 前提交的仍然受理，此后不再接受新的申报",
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("closes_on", on)
