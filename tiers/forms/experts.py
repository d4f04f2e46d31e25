"""Forms of the expert review: the pool, declarations, the score sheet, opinions, avoidance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from registry.forms.fields import DayField
from registry.models import Authority, Division
from tiers.experts import Profile, fields_known, worked_for
from tiers.experts.sheet import ScoreSheet
from tiers.models import Assignment, Expert


class ExpertForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=40)
    phone = forms.CharField(label="手机号", max_length=20, required=False)
    title = forms.CharField(label="职称或职务", max_length=60, required=False)
    employer = forms.CharField(
        label="工作单位",
        max_length=120,
        help_text="填写单位全称。与申报企业同名的，抽取时自动回避",
    )
    group = forms.CharField(
        label="所属集团",
        max_length=60,
        required=False,
        help_text="填写集团各企业名称中共有的字样，例如“某某重工”。企业名称含这些字的自动回避",
    )
    division = forms.ModelChoiceField(
        Division.objects.none(),
        label="所在县区",
        required=False,
        empty_label="不填",
        help_text="工厂或企业注册地在同一县区的自动回避",
    )
    consulted = forms.CharField(
        label="服务过的企业",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="一行一家，企业全称后空一格写最近一次服务的年份，例如“某市某某有限公司 2025”",
    )
    term_from = DayField("聘期开始")
    term_until = DayField("聘期结束", help_text="聘期以外不参加抽取")
    fields_of = forms.MultipleChoiceField(
        label="擅长行业",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-columns"}),
        help_text="按国民经济行业大类，可选多个。抽取时优先行业相符的专家",
    )

    def __init__(self, *args: Any, office: Authority, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        prefix = office.province_code[:2]
        counties = Division.objects.filter(level=Division.Level.COUNTY, code__startswith=prefix)
        self.fields["division"].queryset = counties  # type: ignore[attr-defined]
        self.fields["fields_of"].choices = [  # type: ignore[attr-defined]
            (code, f"{code} {name}") for code, name in fields_known().items()
        ]

    def clean_consulted(self) -> list[dict[str, object]]:
        return worked_for(self.cleaned_data["consulted"].splitlines())

    @property
    def profile(self) -> Profile:
        given = self.cleaned_data
        return Profile(
            fields=given["fields_of"],
            **{
                key: given[key]
                for key in (
                    "employer", "term_from", "term_until", "title", "group", "division",
                    "consulted",
                )
            },
        )  # fmt: skip

    @staticmethod
    def of(expert: Expert) -> dict[str, object]:
        """What stands in the form of an expert who is known."""
        lines = [f"{one['name']} {one['year']}" for one in expert.consulted]
        return {
            "name": expert.user.name,
            "phone": expert.user.phone,
            "title": expert.title,
            "employer": expert.employer,
            "group": expert.group,
            "division": expert.division_id,
            "consulted": "\n".join(lines),
            "fields_of": expert.fields,
            "term_from": expert.term_from,
            "term_until": expert.term_until,
        }


class NewExpertForm(ExpertForm):
    username = forms.CharField(
        label="登录用户名",
        max_length=60,
        help_text="保存后显示一次初始密码，请转告专家本人；本人首次登录须修改",
    )
    field_order = ["name", "username"]


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200)


class AvoidanceForm(forms.Form):
    person = forms.CharField(label="申请回避的专家姓名", max_length=40)
    employer = forms.CharField(label="专家工作单位", max_length=120, required=False)
    reason = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明与该专家的利害关系，例如诉讼、竞争、亲属关系",
    )


class AvoidanceDecisionForm(forms.Form):
    granted = forms.ChoiceField(
        label="决定", choices=[("yes", "同意"), ("no", "不同意")], widget=forms.RadioSelect
    )
    expert = forms.ModelChoiceField(
        Expert.objects.none(),
        label="回避的专家",
        required=False,
        empty_label="请选择",
        help_text="同意的须选择；这位专家不会被抽到本件",
    )
    answer = forms.CharField(label="理由", max_length=200, help_text="企业能看到")

    def __init__(self, *args: Any, experts: Iterable[Expert], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Expert.objects.filter(pk__in=[one.pk for one in experts]).select_related("user")
        self.fields["expert"].queryset = rows.order_by("code")  # type: ignore[attr-defined]
        self.fields["expert"].label_from_instance = (  # type: ignore[attr-defined]
            lambda one: f"{one.code} {one.user.name}（{one.employer}）"
        )


class DeclarationForm(forms.Form):
    conflict = forms.ChoiceField(
        label="声明",
        choices=[("no", "没有需要回避的情形，愿意评审"), ("yes", "需要回避")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择是否需要回避"},
    )
    ground = forms.CharField(
        label="回避事由",
        max_length=200,
        required=False,
        help_text="需要回避的填写，例如曾任该企业顾问、与负责人有亲属关系",
    )


class ConclusionForm(forms.Form):
    text = forms.CharField(
        label="评审意见",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="归纳专家意见，说明是否建议进入下一环节",
    )


class MarksForm(forms.Form):
    """The score sheet: one number and one note a dimension, and the opinion on the whole."""

    def __init__(self, *args: Any, sheet: ScoreSheet, task: Assignment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheet = sheet
        for one in sheet.dimensions:
            wrong = {
                "invalid": f"请填 0 到 {one.points} 的整数",
                "min_value": f"请填 0 到 {one.points} 的整数",
                "max_value": f"请填 0 到 {one.points} 的整数",
            }
            self.fields[f"score-{one.key}"] = forms.IntegerField(
                label=f"得分（满分 {one.points} 分）",
                required=False,
                min_value=0,
                max_value=one.points,
                initial=task.scores.get(one.key),
                error_messages=wrong,
            )
            self.fields[f"note-{one.key}"] = forms.CharField(
                label="说明",
                required=False,
                max_length=500,
                initial=task.notes.get(one.key, ""),
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        self.fields["comment"] = forms.CharField(
            label="总体评审意见",
            required=False,
            max_length=2000,
            initial=task.comment,
            widget=forms.Textarea(attrs={"rows": 5}),
            help_text="提交前必须填写：主要优点、不足、是否建议认定",
        )
        self.fields["seen"] = forms.IntegerField(
            widget=forms.HiddenInput, initial=task.version, required=True
        )

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {"of": one, "score": self[f"score-{one.key}"], "note": self[f"note-{one.key}"]}
            for one in self.sheet.dimensions
        ]

    @property
    def given(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        scores = {one.key: cleaned[f"score-{one.key}"] for one in self.sheet.dimensions}
        return {
            "scores": {key: mark for key, mark in scores.items() if mark is not None},
            "notes": {one.key: cleaned[f"note-{one.key}"] for one in self.sheet.dimensions},
            "comment": cleaned["comment"],
            "seen": cleaned["seen"],
        }


def term_of_office(on: date) -> dict[str, date]:
    """The term that is offered: two years from today."""
    return {"term_from": on, "term_until": date(on.year + 2, 12, 31)}
