"""What an officer fills in to decide a case at its step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from registry import policy
from registry.models import User
from registry.policy import StepKind, Tier
from tiers.models import Application
from tiers.progress import action_label
from tiers.workflow import Action, allowed_actions, closed_reason

DETERMINATION = ("document_no", "decided_on", "performance_confirmed")


class DecisionForm(forms.Form):
    """``seen`` is how many decisions the case had when the officer opened it: he decides that state
    of it and no later one."""

    outcome = forms.ChoiceField(
        label="办理结果", error_messages={"required": "请选择办理结果"}, widget=forms.RadioSelect
    )
    opinion = forms.CharField(
        label="办理意见（企业可见）",
        required=False,
        help_text="退回补正、不予认定须写明理由",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    document_no = forms.CharField(label="认定文件文号", required=False, max_length=80)
    decided_on = forms.DateField(
        label="认定日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "认定日期请按 2026-03-31 的格式填写"},
    )
    performance_confirmed = forms.BooleanField(label="已核实主要技术经济指标", required=False)
    seen = forms.IntegerField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("required", "invalid"), "请重新打开这件申报再办理"),
    )

    def __init__(
        self, *args: Any, application: Application, by: User, on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.application = application
        self.actions = allowed_actions(application, by)
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            (action.value, label_at(action, application)) for action in self.actions
        ]
        self.initial.setdefault("seen", application.decisions.count())
        self.initial.setdefault("decided_on", on)
        self.fields["decided_on"].widget.attrs["max"] = f"{on:%Y-%m-%d}"
        if application.step != StepKind.DETERMINE:
            for name in DETERMINATION:
                del self.fields[name]

    @property
    def action(self) -> Action:
        return Action(self.cleaned_data["outcome"])

    @property
    def details(self) -> dict[str, Any]:
        """What ``workflow.act`` is told; the parts of a determination only where there is one."""
        given = {
            "opinion": self.cleaned_data["opinion"],
            **{name: self.cleaned_data[name] for name in DETERMINATION if name in self.fields},
        }
        if self.action != Action.COMPLETE:
            given = {"opinion": given["opinion"]}
        return given

    @property
    def outcomes(self) -> list[Mapping[str, Any]]:
        """The radios of the action panel, each with what follows from it."""
        return [
            {
                "value": action.value,
                "label": label_at(action, self.application),
                "consequence": consequence_of(action, self.application),
                "disabled_reason": closed_reason(self.application, action),
                "checked": self["outcome"].value() == action.value,
            }
            for action in self.actions
        ]

    @property
    def field_groups(self) -> list[dict[str, Any]]:
        """The fields below the radios, shown with the outcome they belong to."""
        every = " ".join(self.actions)
        return [{"for": every, "field": self["opinion"]}] + [
            {"for": Action.COMPLETE, "field": self[name]}
            for name in DETERMINATION
            if name in self.fields
        ]


def label_at(action: Action, application: Application) -> str:
    return action_label(action, application.step, Tier(application.tier))


def consequence_of(action: Action, application: Application) -> str:
    """What the outcome brings about, for the firm and for the office."""
    match action:
        case Action.SEND_BACK:
            return "退给企业修改，须写明意见。企业再次提交后，从第一个环节重新办理并重新计算限期。"
        case Action.REJECT:
            return "本件办结，须写明理由，企业能看到。企业可以重新申报。"
    if application.step != StepKind.DETERMINE:
        return "转入下一个环节，须写明意见。"
    rule = policy.get(application.round.policy).tiers[Tier(application.tier)]
    term = f"有效期 {rule.term_years} 年。" if rule.term_years else ""
    after = "认定后待报备，备案确认后列入公开名录。" if rule.filing else "认定后列入公开名录。"
    return f"{term}{after}"
