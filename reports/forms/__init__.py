"""What is asked of a table of figures, and what is written in a summary of a year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from assessments import standard
from assessments.standard import Kpi
from registry.forms.fields import DayField
from registry.forms.merging import Merging
from registry.policy import Tier
from reports import grids, summaries, titles
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


class EditionTried(forms.Form):
    """An edition of the conditions to try."""

    edition = forms.ChoiceField(label="要素条件版本")

    def __init__(self, *args: Any, present: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["edition"].choices = [  # type: ignore[attr-defined]
            (one.code, f"{one.title}{'：现行' if one.code == present else ''}")
            for one in reversed(standard.all_standards())
        ]


class ProfileTried(forms.Form):
    """A rule file to try, uploaded or pasted."""

    LIMIT = 200 * 1024

    file = forms.FileField(
        label="上传规则文件",
        required=False,
        help_text="本省规则文件（.toml），写法与平台正在使用的相同",
        widget=forms.ClearableFileInput(attrs={"accept": ".toml,text/plain"}),
    )
    text = forms.CharField(
        label="或粘贴文件内容",
        required=False,
        strip=False,
        max_length=LIMIT,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if upload := given.get("file"):
            given["text"] = self._read(upload)
        elif not (given.get("text") or "").strip():
            raise ValidationError("请上传规则文件，或粘贴它的内容")
        return given

    def _read(self, upload: Any) -> str:
        if upload.size > self.LIMIT:
            raise ValidationError({"file": "规则文件不超过 200 KB，请核对是不是选错了文件"})
        try:
            return str(upload.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise ValidationError({"file": "文件不是 UTF-8 编码的文本，请另存后再上传"}) from None


class GridForm(TitleTable):
    """Everything that may be asked of a table of figures; what cannot be read is left out."""

    tier = forms.ChoiceField(choices=Tier.choices, required=False)
    standing = forms.CharField(required=False)
    industry = forms.RegexField(r"^[0-9]{2,4}$", required=False)
    round = forms.IntegerField(required=False)
    kpi = forms.CharField(required=False)
    year = forms.IntegerField(required=False)

    def asked(self, today: date) -> grids.Asked:
        self.is_valid()
        given = self.cleaned_data
        return grids.Asked(
            on=given.get("on") or today,
            by=given.get("by") or "unit",
            tier=given.get("tier") or "",
            standing=given.get("standing") or "" if "standing" in self.data else None,
            industry=given.get("industry") or "",
            round=given.get("round"),
            kpi=given.get("kpi") or "",
            year=given.get("year"),
        )
