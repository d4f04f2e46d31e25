"""What a firm's manager reports of a change, and what the bureau answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files import File
from django.db.models import QuerySet

from assessments.forms.questions import UPLOAD_ACCEPT
from registry.forms.cascade import CascadeField
from registry.forms.fields import CreditCodeField, DayField, NameField
from registry.models import Enterprise, Factory
from tiers.firm_changes import MAX_PROOFS, Report
from tiers.forms.applications import FactoryChoice
from tiers.models import FirmChange

Kind = FirmChange.Kind


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; what is in them is looked at by the act."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=FilesInput(attrs={"accept": UPLOAD_ACCEPT}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> tuple[File, ...]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given:
            super().clean(None, initial)
            return ()
        return tuple(super(FilesField, self).clean(one, initial) for one in given)


class ReportForm(forms.Form):
    """What every report has; the kinds add their own fields before."""

    on = DayField("变更日期", help_text="证明文件上的日期，不能晚于今天")
    document = forms.CharField(
        label="证明文件",
        max_length=120,
        required=False,
        help_text="名称或文号，例如“准予变更登记通知书（石）登记企变字〔2026〕第12号”",
    )
    proofs = FilesField(
        label="证明材料",
        required=False,
        help_text=f"最多 {MAX_PROOFS} 个文件，PDF、Word、Excel、JPG 或 PNG，每个不超过 20 MB",
    )
    note = forms.CharField(
        label="说明", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, kind: str, enterprise: Enterprise, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.own = enterprise.factories.select_related("division", "authority").order_by("pk")
        for name in ("document", "proofs"):
            self.fields[name].required = kind in (*FirmChange.SUCCESSIONS, Kind.HALT)
        if kind == Kind.RENAME:
            self.fields["document"].required = True
        if "factory" in self.fields:
            self.fields["factory"].queryset = self.own  # type: ignore[attr-defined]

    def report(self) -> Report:
        return Report(kind=self.kind, **self.cleaned_data)


class RenameReport(ReportForm):
    name = NameField(label="新的企业名称", help_text="与变更后的营业执照一致", shortest=4)
    field_order = ("name",)


class FactoryRenameReport(ReportForm):
    factory = FactoryChoice(label="工厂", queryset=Factory.objects.none(), empty_label="请选择")
    name = NameField(label="新的工厂名称")
    field_order = ("factory", "name")


class MoveReport(ReportForm):
    factory = FactoryChoice(label="工厂", queryset=Factory.objects.none(), empty_label="请选择")
    division = CascadeField("divisions", label="新的所在地")
    address = forms.CharField(label="新的工厂地址", max_length=200)
    field_order = ("factory", "division", "address")


class HaltReport(ReportForm):
    factory = FactoryChoice(label="工厂", queryset=Factory.objects.none(), empty_label="请选择")
    field_order = ("factory",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label = "停产日期"
        self.fields["document"].help_text = "停产公告、决定等文件的名称或文号"


class SuccessionReport(ReportForm):
    """合并、分立: the other firm, and for each factory whether it goes and under which name."""

    credit_code = CreditCodeField(label="承继企业的统一社会信用代码")
    name = NameField(
        label="承继企业名称", required=False, shortest=4, help_text="已在本平台登记的企业可以不填"
    )
    division = CascadeField(
        "divisions",
        label="承继企业注册地",
        required=False,
        help_text="已在本平台登记的企业可以不选",
    )
    factories = forms.ModelMultipleChoiceField(
        queryset=Factory.objects.none(),
        label="划入承继企业的工厂",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.kind in (Kind.ABSORPTION, Kind.MERGER):
            del self.fields["factories"]
        else:
            self.fields["factories"].queryset = self.own  # type: ignore[attr-defined]
            self.fields["factories"].required = True
        for factory in self.own:
            self.fields[f"name_{factory.pk}"] = NameField(
                label=f"“{factory.name}”转入后的名称",
                required=False,
                help_text="承继企业有同名工厂时填写，不改名的不填",
            )
        names = [name for name in self.fields if name.startswith("name_")]
        self.order_fields(["credit_code", "name", "division", "factories", *names])

    def report(self) -> Report:
        given = dict(self.cleaned_data)
        names = {
            int(key.removeprefix("name_")): given.pop(key)
            for key in list(given)
            if key.startswith("name_")
        }
        chosen: QuerySet[Factory] | tuple[Factory, ...] = given.pop("factories", ())
        return Report(kind=self.kind, factories=tuple(chosen), names=names, **given)


FORMS: dict[str, type[ReportForm]] = {
    Kind.RENAME: RenameReport,
    Kind.FACTORY_RENAME: FactoryRenameReport,
    Kind.MOVE: MoveReport,
    Kind.HALT: HaltReport,
    **dict.fromkeys(FirmChange.SUCCESSIONS, SuccessionReport),
}


class ConfirmForm(forms.Form):
    """``people`` is asked only where the firm ends."""

    people = forms.ChoiceField(
        label="本企业的人员",
        choices=[
            ("move", "转入承继企业，由其管理员重新安排席位"),
            ("release", "不转入，失去对工厂和称号的权限"),
        ],
        widget=forms.RadioSelect,
        initial="move",
    )

    def __init__(self, *args: Any, ends: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not ends:
            del self.fields["people"]


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label="不予确认的原因",
        max_length=300,
        help_text="企业能看到",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class OfficeMoveForm(forms.Form):
    """A move that the bureau enters itself."""

    division = CascadeField("divisions", label="新的所在地")
    address = forms.CharField(label="新的工厂地址", max_length=200, required=False)
    on = DayField("搬迁日期")
    document = forms.CharField(
        label="搬迁依据", max_length=120, required=False, help_text="工厂有称号的必填"
    )


class MoveCheckForm(forms.Form):
    kept = forms.TypedChoiceField(
        label="复核结论",
        choices=[("yes", "仍符合认定条件，称号保留"), ("no", "不再符合认定条件")],
        coerce=lambda word: word == "yes",
        widget=forms.RadioSelect,
    )
    finding = forms.CharField(
        label="核实情况和理由",
        max_length=300,
        help_text="企业能看到",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
