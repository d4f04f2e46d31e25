"""What is filled in to ask departments about a case, and what a department answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from assessments.forms.questions import UPLOAD_ACCEPT
from registry.forms.fields import DayField
from tiers.consultation import GROUND_LENGTH, Answer


class SendForm(forms.Form):
    due_on = DayField(
        "答复期限",
        error_messages={"required": "请填写答复期限"},
        help_text="各部门当天 24:00 前答复",
    )

    def __init__(self, *args: Any, due_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("due_on", due_on)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明理由", "max_length": "理由不超过 200 个字"},
    )


class ReplyForm(forms.Form):
    answer = forms.ChoiceField(
        label="意见",
        choices=Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择无意见或有意见"},
    )
    ground = forms.CharField(
        label="理由和依据",
        required=False,
        max_length=GROUND_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="有意见的必填，写明事实、时间和文件依据",
    )
    veto = forms.ChoiceField(
        label="是否属于一票否决事项",
        required=False,
        help_text="选了事项的，省级主管部门解除前不能认定",
    )
    file = forms.FileField(
        label="证明材料",
        required=False,
        help_text="PDF、Word、Excel、JPG 或 PNG，不超过 20 MB",
        widget=forms.FileInput(attrs={"accept": UPLOAD_ACCEPT}),
    )

    def __init__(self, *args: Any, vetoes: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not vetoes:
            del self.fields["veto"]
            return
        self.fields["veto"].choices = [  # type: ignore[attr-defined]
            ("", "不属于"),
            *vetoes.items(),
        ]
