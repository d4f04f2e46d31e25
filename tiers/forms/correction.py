"""What an office fills in to correct an entry of a list that is with it."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from django import forms

from registry.forms.fields import DayField
from registry.forms.merging import Merging
from tiers import correction, coverage
from tiers.earlier import Stated
from tiers.forms.filing import LEVELS, CoversField
from tiers.models import Certification


class CorrectForm(Merging, forms.Form):
    """Asks only for what may be corrected of this title, filled with what is recorded."""

    decided_on = DayField("认定日期", help_text="有效期按认定日期重新计算")
    document_no = forms.CharField(
        label="认定文号", max_length=80, help_text="按文件原样填写，含年份和序号"
    )
    last_day = DayField(
        "文件载明的到期日期", required=False, help_text="文件没有载明时不填，按规则的有效期计算"
    )
    maturity_level = forms.TypedChoiceField(label="成熟度等级", choices=LEVELS, coerce=int)
    assessed_on = DayField("自评日期")
    covers = CoversField(
        label="覆盖环节", required=False, help_text="按认定文件或自评结果选，文件没有写的不选"
    )

    def __init__(self, data: Any, *, title: Certification) -> None:
        self.recorded = correction.stated(title)
        recorded, may = asdict(self.recorded), correction.correctable(title)
        super().__init__(data, initial=recorded, held={name: recorded[name] for name in may})
        self.fields["covers"].choices = list(  # type: ignore[attr-defined]
            coverage.names(title.policy).items()
        )
        for name in set(self.fields) - {*may, "seen"}:
            del self.fields[name]

    @property
    def stated(self) -> Stated:
        given = {name: self.cleaned_data[name] for name in self.fields if name != "seen"}
        return replace(self.recorded, **given)
