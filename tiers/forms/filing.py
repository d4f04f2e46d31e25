"""What offices fill in for a filing list: earlier determinations, document number, answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from registry import creditcode, policy
from registry.forms.fields import DayField
from registry.models import Division, Industry, User
from tiers import coverage
from tiers.earlier import Earlier
from tiers.filing import mended
from tiers.models import FilingEntry

MORE_ROWS = 5
MOST_ROWS = 60
LEVELS = [("", "请选择"), *((n, f"{n} 级") for n in range(1, 6))]


class StrikeForm(forms.Form):
    reason = forms.CharField(
        label="移出原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3})
    )


class FileForm(forms.Form):
    """``seen`` is the digest of the list that the officer read through before he files it."""

    document_no = forms.CharField(
        label="报备文件文号", max_length=80, help_text="按文件原样填写，含年份和序号"
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def see(self, contents: str) -> None:
        """Pressed again, the officer has read the list as it is shown now."""
        self.data = {**self.data.dict(), "seen": contents}  # type: ignore[attr-defined]


class CoversField(forms.MultipleChoiceField):
    """Parts of a factory, ticked; kept as ``Certification.covers``."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value: Any) -> Any:
        return [part for part in value.split(",") if part] if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return coverage.joined(super().clean(value))


class EarlierForm(forms.Form):
    """One row: a factory determined before the portal existed. A row left empty is passed over."""

    use_required_attribute = False

    credit_code = forms.CharField(label="统一社会信用代码", max_length=40)
    enterprise_name = forms.CharField(label="企业名称", max_length=120)
    factory_name = forms.CharField(label="工厂名称", max_length=120)
    division = forms.ChoiceField(label="所在县（市、区）")
    industry = forms.ChoiceField(label="所属行业", required=False)
    decided_on = DayField("认定日期")
    document_no = forms.CharField(label="认定文号", max_length=80)
    maturity_level = forms.TypedChoiceField(label="成熟度等级", choices=LEVELS, coerce=int)
    assessed_on = DayField("自评日期")
    last_day = DayField("文件载明的到期日期", required=False)
    covers = CoversField(label="覆盖环节", required=False, help_text="文件没有写的不选")

    def __init__(
        self,
        *args: Any,
        divisions: Mapping[str, Division],
        industries: Mapping[str, Industry],
        parts: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known = {"division": divisions, "industry": industries}
        choices = [("", "请选择"), *((code, row.name) for code, row in divisions.items())]
        self.fields["division"].choices = choices  # type: ignore[attr-defined]
        choices = [("", "不填"), *((code, str(row)) for code, row in industries.items())]
        self.fields["industry"].choices = choices  # type: ignore[attr-defined]
        self.fields["covers"].choices = list(parts.items())  # type: ignore[attr-defined]

    def clean_credit_code(self) -> str:
        return creditcode.clean(self.cleaned_data["credit_code"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        decided, assessed = data.get("decided_on"), data.get("assessed_on")
        if decided and assessed and assessed > decided:
            self.add_error("assessed_on", "自评日期晚于认定日期，请核对两个日期")
        return data

    @property
    def earlier(self) -> Earlier:
        data = self.cleaned_data
        return Earlier(
            **{
                **data,
                "division": self.known["division"][data["division"]],
                "industry": self.known["industry"].get(data["industry"]),
            }
        )


class EarlierRows(forms.BaseFormSet):
    """Several rows at a time, taken all or none."""

    def clean(self) -> None:
        if not any(self.errors) and not self.filled:
            raise ValidationError("还没有填写，请至少填写一行")

    @property
    def filled(self) -> list[EarlierForm]:
        return [form for form in self.forms if form.has_changed()]

    def take_refusals(self, refusal: ValidationError) -> None:
        """Put each refusal of ``earlier.add_earlier`` at the row it speaks of."""
        for error in refusal.error_list:
            number = int(str(error.code).removeprefix("row"))
            said = error.messages[0].partition("：")[2]
            self.filled[number - 1].add_error(None, said)


EarlierFormSet: type[EarlierRows] = forms.formset_factory(  # type: ignore[assignment]
    EarlierForm, formset=EarlierRows, extra=MORE_ROWS, max_num=MOST_ROWS, validate_max=True
)


def choices_for(user: User, on: date) -> dict[str, Any]:
    """The places, industries and parts of a factory the rows offer, read once for all rows."""
    divisions = Division.objects.filter(authority__path__startswith=user.authority_path).exclude(
        level__in=(Division.Level.PROVINCE, Division.Level.PLACEHOLDER)
    )
    industries = Industry.objects.filter(level="division").order_by("code")
    return {
        "divisions": {row.code: row for row in divisions},
        "industries": {row.code: row for row in industries},
        "parts": coverage.names(policy.current(user.authority_path.split("/")[1], on).code),
    }


def with_more_rows(data: Mapping[str, Any], choices: Mapping[str, Any]) -> EarlierRows:
    """The rows as they were typed, unchecked, and some empty ones below."""
    prefix = EarlierFormSet.get_default_prefix()
    given = str(data.get(f"{prefix}-TOTAL_FORMS", ""))
    rows = min(int(given) if given.isdigit() else 0, MOST_ROWS)
    formset = EarlierFormSet(form_kwargs=dict(choices))
    formset.extra = min(rows + MORE_ROWS, MOST_ROWS)
    for form in formset.forms[:rows]:
        form.initial = {
            name: field.widget.value_from_datadict(data, {}, form.add_prefix(name)) or ""
            for name, field in form.fields.items()
        }
    return formset


class AnswerForm(forms.Form):
    """The recipient's word on every entry of a list, and on the list as a whole."""

    FINE, FAULTY = "fine", "faulty"
    VERDICTS = ((FINE, "无意见"), (FAULTY, "有意见"))

    answer = forms.CharField(
        label="总的意见", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, entries: Iterable[FilingEntry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries: Sequence[FilingEntry] = list(entries)
        for entry in self.entries:
            name = entry.frozen.get("factory", "")
            self.fields[f"verdict_{entry.pk}"] = forms.ChoiceField(
                label=f"{name}：核对结果",
                choices=self.VERDICTS,
                initial=self.FINE,
                widget=forms.RadioSelect,
                error_messages={"required": f"请选择“{name}”有没有意见"},
            )
            self.fields[f"remark_{entry.pk}"] = forms.CharField(
                label=f"{name}：退回意见", required=False, max_length=300
            )

    def clean(self) -> dict[str, Any]:
        for entry in self.entries:
            faulty = self.cleaned_data.get(f"verdict_{entry.pk}") == self.FAULTY
            remark = self.cleaned_data.get(f"remark_{entry.pk}")
            name = entry.frozen.get("factory", "")
            if faulty and not remark:
                self.add_error(f"remark_{entry.pk}", f"请写明“{name}”的退回意见")
            if remark and not faulty:
                self.add_error(
                    f"verdict_{entry.pk}", f"“{name}”写了意见，请改选“有意见”，或清空意见"
                )
        return self.cleaned_data

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "entry": entry,
                "verdict": self[f"verdict_{entry.pk}"],
                "remark": self[f"remark_{entry.pk}"],
                "mended": mended(entry, as_filed=True),
            }
            for entry in self.entries
        ]

    @property
    def remarks(self) -> dict[int, str]:
        """Entry key to the reason it is sent back for; empty when the list is acknowledged."""
        return {
            entry.pk: self.cleaned_data[f"remark_{entry.pk}"]
            for entry in self.entries
            if self.cleaned_data[f"verdict_{entry.pk}"] == self.FAULTY
        }

    @property
    def faulty(self) -> list[tuple[FilingEntry, str]]:
        return [
            (entry, self.remarks[entry.pk]) for entry in self.entries if entry.pk in self.remarks
        ]
