"""Scenario instances: 环节—场景—实例."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django import forms

from assessments.assessment import INSTANCE_FIELDS
from assessments.models import ScenarioInstance
from assessments.standard import Standard
from registry.forms.merging import Merging


class InstanceForm(Merging, forms.ModelForm):
    """One instance of a typical scenario; the scenarios are those of the edition."""

    scenario_no = forms.TypedChoiceField(label="典型场景", coerce=int)
    uses_ai = forms.TypedChoiceField(
        label="是否应用人工智能技术",
        choices=((1, "是"), (0, "否")),
        coerce=lambda text: text == "1",
        widget=forms.RadioSelect,
        help_text="按“应用人工智能的实例数÷全部实例数”计算占比，卓越级、领航级有比例要求",
    )

    class Meta:
        model = ScenarioInstance
        fields = INSTANCE_FIELDS
        widgets = {
            "problem": forms.Textarea(attrs={"rows": 3}),
            "solution": forms.Textarea(attrs={"rows": 4}),
            "effect": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "name": "能看出在哪条产线或车间做了什么，例如“总装线视觉检测”",
            "problem": "建设前存在的问题",
            "solution": "用什么技术、怎么做的",
            "equipment": "主要智能制造装备，用顿号隔开",
            "software": "主要工业软件，用顿号隔开",
            "suppliers": "装备、软件或系统解决方案供应商",
            "effect": "建设后的变化，尽量写数字",
        }
        error_messages = {"name": {"required": "请填写实例名称"}}

    def __init__(self, *args: Any, edition: Standard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scenario_no"].choices = [  # type: ignore[attr-defined]
            ("", "请选择"),
            *(
                (stage, [(s.no, s.label) for s in found])
                for stage, found in groupby(edition.scenarios, key=lambda s: s.stage)
            ),
        ]
        if not edition.asks_ai:
            del self.fields["uses_ai"]
        elif self.instance.pk:
            self.initial["uses_ai"] = int(self.instance.uses_ai)
        else:
            self.initial.pop("uses_ai", None)
