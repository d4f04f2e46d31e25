"""What an officer fills in to open a round and to give it its last day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from registry.forms.fields import DayField
from registry.policy import Tier
from tiers.quota import Places

KIND_LENGTH = 60


class RoundForm(forms.Form):
    tier = forms.ChoiceField(label="等级", widget=forms.RadioSelect)
    title = forms.CharField(
        label="批次名称",
        max_length=80,
        help_text="企业看到的名称，例如“2026年第二批基础级智能工厂申报”",
    )
    opens_on = DayField("开始日期")
    closes_on = DayField(
        "截止日期",
        required=False,
        help_text="当天 24:00 截止。不填为常年受理，以后可以随时关闭",
    )

    recommend_by = DayField(
        "推荐截止日期",
        required=False,
        help_text="推荐单位最迟在这一天推荐并排定次序，不早于申报截止日期。没有推荐环节的等级不填",
    )
    asks = forms.CharField(
        label="申报要求",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="申报通知中对企业和推荐单位的要求，例如申报方向、材料、文号",
    )
    off_quota_kinds = forms.CharField(
        label="不占名额的类别",
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="一行一类，例如“国家级智能制造示范工厂”。没有的不填",
    )

    def __init__(self, *args: Any, tiers: Sequence[Tier], on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"].choices = [(tier.value, tier.label) for tier in tiers]  # type: ignore[attr-defined]
        if len(tiers) == 1:
            self.initial.setdefault("tier", tiers[0])
        self.initial.setdefault("opens_on", on)

    def clean_off_quota_kinds(self) -> list[str]:
        kinds = [line.strip() for line in self.cleaned_data["off_quota_kinds"].splitlines()]
        if long := next((kind for kind in kinds if len(kind) > KIND_LENGTH), None):
            raise forms.ValidationError(f"“{long[:10]}…”太长，每类不超过 {KIND_LENGTH} 个字")
        return [kind for kind in kinds if kind]


class CloseRoundForm(forms.Form):
    closes_on = DayField(
        "最后一天",
        help_text="当天 24:00 前提交的仍然受理，此后不再接受新的申报",
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("closes_on", on)


class ExtendRoundForm(forms.Form):
    closes_on = DayField(
        "新的截止日期",
        help_text="当天 24:00 截止",
    )
    recommend_by = DayField(
        "新的推荐截止日期",
        required=False,
        help_text="不填为不变",
    )
    reason = forms.CharField(
        label="延长原因", max_length=200, help_text="会通知管辖范围内的企业和部门"
    )


class QuotaForm(forms.Form):
    """One number a unit. Left empty everywhere, places are not counted."""

    def __init__(self, *args: Any, rows: Sequence[Places], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for own in rows:
            used = len(own.counted)
            self.fields[f"places-{own.authority.pk}"] = forms.IntegerField(
                label=own.authority.name,
                required=False,
                min_value=used,
                max_value=999,
                initial=own.allotted,
                help_text=f"已推荐 {used} 件" if used else "",
                error_messages={
                    "min_value": f"已推荐 {used} 件，名额不能少于 {used}",
                    "max_value": "名额不能超过 999",
                    "invalid": "名额请填整数",
                },
            )

    @property
    def given(self) -> dict[int, int]:
        """Places by authority id; a unit left empty gets none as soon as another has some."""
        numbers = {
            int(name.removeprefix("places-")): number for name, number in self.cleaned_data.items()
        }
        if all(number is None for number in numbers.values()):
            return {}
        return {pk: number or 0 for pk, number in numbers.items()}


class ReleaseForm(forms.Form):
    reason = forms.CharField(
        label="让出原因",
        max_length=200,
        help_text="本件仍可继续办理；要再推荐时须有空余名额",
    )
