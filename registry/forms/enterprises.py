"""Facts of a firm and of its factories, renames, moves and honours."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from registry.forms.cascade import CascadeField
from registry.forms.fields import CreditCodeField, DayField, NameField
from registry.forms.merging import Merging
from registry.models import Enterprise, Factory
from registry.policy import HonourKind

YES_NO = [("", "未填写"), ("yes", "是"), ("no", "否")]
ABROAD = "境外工厂请勾选“工厂在境外”，不用选地点"


class EnterpriseFactsForm(Merging, forms.Form):
    """What a firm may correct by itself."""

    address = forms.CharField(label="注册地址", max_length=200, required=False)
    industry = CascadeField(
        "industries",
        label="所属行业",
        required=False,
        help_text="按国民经济行业分类（GB/T 4754），至少选到大类",
    )
    size = forms.ChoiceField(
        label="企业规模", required=False, choices=[("", "未填写"), *Enterprise.Size.choices]
    )
    above_scale = forms.ChoiceField(label="规模以上工业企业", required=False, choices=YES_NO)

    @staticmethod
    def initial_of(enterprise: Enterprise) -> dict[str, Any]:
        above = {True: "yes", False: "no", None: ""}[enterprise.above_scale]
        return {
            "address": enterprise.address,
            "industry": enterprise.industry,
            "size": enterprise.size,
            "above_scale": above,
        }

    def clean_above_scale(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["above_scale"])


class EnterpriseForm(EnterpriseFactsForm):
    """A firm entered by an officer, with its first factory where he knows it."""

    credit_code = CreditCodeField()
    name = NameField(label="企业名称", help_text="与营业执照一致的全称", shortest=4)
    seat = CascadeField("divisions", label="注册地", help_text="营业执照上的住所所在地")
    factory_name = NameField(
        label="工厂名称",
        required=False,
        help_text="注册地不归本部门管辖的企业，须同时登记本辖区内的工厂",
    )
    factory_place = CascadeField("places-here", label="工厂所在地", required=False)

    field_order = [
        "credit_code", "name", "seat", "address", "industry", "size", "above_scale",
        "factory_name", "factory_place",
    ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("factory_name") and not given.get("factory_place"):
            if "factory_place" not in self.errors:
                self.add_error("factory_place", "填了工厂名称，还要选择工厂所在地")
        elif given.get("factory_place") and not given.get("factory_name"):
            self.add_error("factory_name", "选了工厂所在地，还要填写工厂名称")
        return given


class RenameForm(forms.Form):
    name = NameField(label="新的企业名称", help_text="与变更后的营业执照一致", shortest=4)
    document = forms.CharField(
        label="变更登记依据", max_length=120, help_text="登记通知书的名称或文号"
    )


class FactoryFactsForm(Merging, forms.Form):
    """What may be corrected of a factory without a move."""

    address = forms.CharField(label="工厂地址", max_length=200, required=False)
    industry = CascadeField(
        "industries",
        label="所属行业",
        required=False,
        help_text="按主要产品选，至少选到大类；不选则与企业相同",
    )
    products = forms.CharField(
        label="主要产品", max_length=200, required=False, help_text="几种产品之间用顿号分开"
    )


class FactoryForm(FactoryFactsForm):
    name = NameField(label="工厂名称", help_text="同一企业有几座工厂时，名称要能区分")
    division = CascadeField("divisions", label="所在地", required=False, help_text=ABROAD)
    abroad = forms.BooleanField(label="工厂在境外", required=False)

    field_order = ["name", "division", "abroad", "address", "industry", "products"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("abroad"):
            given["division"] = None
            self.errors.pop("division", None)
        elif not given.get("division") and "division" not in self.errors:
            self.add_error("division", "请选择所在地")
        given.pop("abroad", None)
        return given


class FactoryRenameForm(forms.Form):
    name = NameField(label="新的工厂名称")


class HonourForm(forms.Form):
    """A title of an older or parallel scheme, with the document that gave it."""

    kind = forms.ChoiceField(label="称号")
    document_no = forms.CharField(label="文号", max_length=80, help_text="公布名单的文件的文号")
    awarded_on = DayField("授予日期")
    factory = forms.ModelChoiceField(
        Factory.objects.none(),
        label="授予的工厂",
        required=False,
        empty_label="授予企业，不限于某座工厂",
    )
    note = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(
        self,
        *args: Any,
        kinds: tuple[HonourKind, ...],
        factories: models.QuerySet[Factory],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "请选择"), *((kind.code, kind.name) for kind in kinds)]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]
        self.fields["factory"].queryset = factories  # type: ignore[attr-defined]
