"""What a firm fills in to apply: factory and round, the assessment it rests on, its declaration."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localtime

from assessments.models import Assessment
from registry.models import Factory, User
from registry.policy import Tier
from tiers.models import Application, Round


class FactoryChoice(forms.ModelChoiceField):
    def label_from_instance(self, factory: Factory) -> str:
        place = factory.division.name if factory.division else ""
        return f"{factory.name}（{place}）" if place else factory.name


class RoundChoice(forms.ModelChoiceField):
    def label_from_instance(self, batch: Round) -> str:
        until = f"{batch.closes_on:%Y-%m-%d} 截止" if batch.closes_on else "常年受理"
        return f"{batch.title}（{batch.get_tier_display()}，{batch.authority.name}，{until}）"


class AssessmentChoice(forms.ModelChoiceField):
    def label_from_instance(self, assessment: Assessment) -> str:
        reached = Tier(assessment.reached_tier).label if assessment.reached_tier else "未达到基础级"
        locked = f"{localtime(assessment.locked_at):%Y-%m-%d %H:%M}"
        return f"{locked} 锁定，自评结果：{reached}"


class NewApplicationForm(forms.Form):
    """Which factory applies in which round; both are preset where there is only one."""

    factory = FactoryChoice(
        label="工厂", queryset=Factory.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    round = RoundChoice(
        label="批次", queryset=Round.objects.none(), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args: Any, user: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        factories = Factory.objects.visible_to(user).select_related("division", "authority")
        batches = Round.objects.visible_to(user).batches().open_on(on).select_related("authority")
        for name, queryset in (("factory", factories), ("round", batches)):
            self.fields[name].queryset = queryset.order_by("pk")  # type: ignore[attr-defined]
            only = list(queryset[:2])
            if len(only) == 1:
                self.initial.setdefault(name, only[0])

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        factory, batch = chosen.get("factory"), chosen.get("round")
        if factory and batch and not Round.objects.covering(factory).filter(pk=batch.pk).exists():
            self.add_error("round", "这个批次不面向所选工厂所在地，请选这座工厂能申报的批次")
        return chosen


class ChooseAssessmentForm(forms.Form):
    """The locked assessments of the factory, newest first."""

    assessment = AssessmentChoice(
        label="选用哪一份自评",
        queryset=Assessment.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(self, *args: Any, application: Application, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assessment"].queryset = (  # type: ignore[attr-defined]
            Assessment.objects.visible_to(user)
            .filter(factory=application.factory_id, locked_at__isnull=False)
            .order_by("-locked_at")
        )


class DeclarationForm(forms.Form):
    """The firm's word for what it sends in, with the name of whoever gives it."""

    declared = forms.BooleanField(
        label="我代表本企业承诺：以上内容和佐证材料真实、准确、完整，谁申报谁负责；"
        "如有不实，愿意承担相应责任",
        error_messages={"required": "请勾选真实性承诺，勾选后才能提交申报"},
    )
    declared_by = forms.CharField(
        label="承诺人姓名",
        max_length=40,
        help_text="填写本企业对申报内容负责的人，例如法定代表人或其授权的负责人",
        error_messages={"required": "请填写承诺人姓名"},
    )


def add_refusals(form: forms.Form, refusal: ValidationError) -> None:
    """Put what an act refused into the form: beside the field that its code names, else on top."""
    for field, errors in _by_field(refusal):
        for error in errors:
            form.add_error(field if field in form.fields else None, error)


def _by_field(refusal: ValidationError) -> list[tuple[str | None, list[ValidationError]]]:
    if hasattr(refusal, "error_dict"):
        return [(field, list(errors)) for field, errors in refusal.error_dict.items()]
    return [(error.code, [error]) for error in refusal.error_list]
