"""What an officer fills in to decide a case at its step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from registry import policy
from registry.forms.fields import DayField
from registry.models import User
from registry.policy import StepKind, Tier
from tiers import quota, reasons
from tiers.forms.returns import ItemRows, rows_in
from tiers.hindrances import closed_reason
from tiers.models import Application
from tiers.progress import action_label
from tiers.returns import Target
from tiers.workflow import Action, allowed_actions

DETERMINATION = ("document_no", "decided_on", "performance_confirmed")
OFF_QUOTA = ("off_quota", "ground")


class PassForm(forms.Form):
    """What is said to all the cases that are passed on together."""

    opinion = forms.CharField(
        label="办理意见（企业可见）",
        error_messages={"required": "请填写办理意见"},
        help_text="写给勾选的每一件申报",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DecisionForm(forms.Form):
    """``seen`` is how many decisions the case had when the officer opened it: he decides that state
    of it and no later one."""

    outcome = forms.ChoiceField(
        label="办理结果", error_messages={"required": "请选择办理结果"}, widget=forms.RadioSelect
    )
    opinion = forms.CharField(
        label="办理意见（企业可见）",
        required=False,
        help_text="不予认定须写明理由；退回补正的理由逐项写，这里可以补充",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    document_no = forms.CharField(label="认定文件文号", required=False, max_length=80)
    decided_on = DayField(
        "认定日期",
        required=False,
    )
    performance_confirmed = forms.BooleanField(label="已核实主要技术经济指标", required=False)
    off_quota = forms.ChoiceField(label="名额", required=False)
    ground = forms.CharField(
        label="不占名额的依据",
        required=False,
        max_length=200,
        help_text="选了不占名额的类别时填写，例如文件名称和文号",
    )
    seen = forms.IntegerField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("required", "invalid"), "请重新打开这件申报再办理"),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        application: Application,
        by: User,
        on: date,
        targets: Iterable[Target],
        again: bool = False,
    ) -> None:
        """``again`` shows what was sent once more, unjudged: a row was added, nothing decided."""
        texts = reasons.in_use(by.authority)
        rows = rows_in(data, texts) if data is not None else []
        if data is not None and "more" in data:
            rows = [*(rows or [{}]), {}]
        bound = data is not None and not again
        super().__init__(data if bound else None, initial=_sent(data))
        self.application = application
        self.targets = list(targets)
        self.rows = ItemRows(rows, targets=self.targets, reasons=texts, bound=bound)
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
        kinds = application.round.off_quota_kinds
        if application.step != StepKind.RECOMMEND or not kinds or quota.standing_of(application):
            for name in OFF_QUOTA:
                del self.fields[name]
        else:
            self.fields["off_quota"].choices = [  # type: ignore[attr-defined]
                ("", "占用本单位名额"),
                *((kind, f"不占名额：{kind}") for kind in kinds),
            ]

    def is_valid(self) -> bool:
        """With the items too, where the case is sent back."""
        whole = super().is_valid()
        returns = whole and self.action == Action.SEND_BACK
        return (self.rows.is_valid() or not returns) and whole

    @property
    def action(self) -> Action:
        return Action(self.cleaned_data["outcome"])

    @property
    def details(self) -> dict[str, Any]:
        """What ``workflow.act`` is told; the parts of a determination only where there is one."""
        given = {
            "opinion": self.cleaned_data["opinion"],
            **{
                name: self.cleaned_data[name]
                for name in (*DETERMINATION, *OFF_QUOTA)
                if name in self.fields
            },
        }
        if self.action != Action.COMPLETE:
            given = {"opinion": given["opinion"]}
        if self.action == Action.SEND_BACK:
            given["items"] = self.rows.remarks
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
            for name in (*DETERMINATION, *OFF_QUOTA)
            if name in self.fields
        ]

    @property
    def returnable(self) -> dict[str, str]:
        """What can be sent back, by item of the form or by file, if this officer may do so."""
        if Action.SEND_BACK not in self.actions:
            return {}
        return {t.value if t.evidence else t.key: t.value for t in self.targets}


def _sent(data: QueryDict | None) -> dict[str, Any]:
    """The plain fields as they came, to be shown again."""
    return {name: data[name] for name in data} if data else {}


def typed_in(data: QueryDict, known: Mapping[str, Target]) -> list[tuple[str, str]]:
    """What an officer typed, in words, to copy where it can no longer be decided."""
    opinion = DecisionForm.base_fields["opinion"].label
    found = [(opinion, data.get("opinion", "")), ("认定文件文号", data.get("document_no", ""))]
    for number, row in enumerate(rows_in(data, {}), start=1):
        target = known.get(row["target"])
        words = "，".join(word for word in (target.label if target else "", row["reason"]) if word)
        found.append((f"退回事项 {number}", "\n".join(t for t in (words, row["text"]) if t)))
    return [(str(label), text) for label, text in found if text]


def label_at(action: Action, application: Application) -> str:
    return action_label(action, application.step, Tier(application.tier))


def consequence_of(action: Action, application: Application) -> str:
    """What the outcome brings about, for the firm and for the office."""
    match action:
        case Action.SEND_BACK:
            again = "企业再次提交后，从第一个环节重新办理；"
            return f"退给企业逐项修改并答复。{again}各部门的限期扣除已用的工作日，接着计算。"
        case Action.REJECT:
            return "本件办结，须写明理由，企业能看到。企业可以重新申报。"
    if application.step != StepKind.DETERMINE:
        return "转入下一个环节，须写明意见。"
    rule = policy.get(application.round.policy).tiers[Tier(application.tier)]
    term = f"有效期 {rule.term_years} 年。" if rule.term_years else ""
    after = "认定后待报备，备案确认后列入公开名录。" if rule.filing else "认定后列入公开名录。"
    return f"{term}{after}"
