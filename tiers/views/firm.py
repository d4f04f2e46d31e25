"""What the firm's pages show of a case: rows of a list, the task list, the course of events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.timezone import localtime

from registry import workdays
from registry.access import Role
from registry.policy import Tier
from tiers import clocks
from tiers.chain import handling_authority
from tiers.clocks import Due
from tiers.eligibility import Problem
from tiers.models import Application, Decision
from tiers.progress import action_label, status_label, status_line, step_label
from tiers.workflow import Action

#: Which task of the draft a problem belongs to; the gates of the standard belong to the assessment.
TASK_OF = {
    "assessment_open": "assessment",
    "assessment_edition": "assessment",
    "unconfirmed": "enterprise",
    "veto": "enterprise",
    "ban": "enterprise",
    "prerequisite": "factory",
    "standing_title": "factory",
    "renewal": "renewal",
}
WORDS = {"todo": "未开始", "draft": "填写中", "done": "已完成", "problem": "有问题"}
#: Acts that give the case back, shown with another mark.
BACK = (Action.SEND_BACK, Action.REJECT, Action.WITHDRAW)


@dataclass(frozen=True)
class Row:
    """One case of a list with what is worked out about it."""

    case: Application
    label: str
    line: str
    due: Due


def rows(cases: Iterable[Application], on: date) -> list[Row]:
    return [
        Row(case, status_label(case), status_line(case, on), clocks.due(case, on)) for case in cases
    ]


def tasks(case: Application, problems: Sequence[Problem]) -> list[dict[str, str]]:
    """The draft as a task list: each part with its state and its page.

    What must be known of firm and factory was asked when they were registered; the rest is
    optional and stands as 未填写 in the summary.
    """
    troubled = {task_of(problem) for problem in problems if problem.blocking}
    states = {"enterprise": "done", "factory": "done"}
    if case.round.is_renewal:
        states["renewal"] = "done"
    states["assessment"] = _assessment_state(case)
    states |= {name: "problem" for name in states if name in troubled}
    urls = _places(case, troubled)
    labels = {
        "enterprise": "企业信息",
        "factory": "工厂信息",
        "assessment": "自评",
        "renewal": "逐项复核",
    }
    listed = [_task(labels[name], urls[name], state) for name, state in states.items()]
    check = reverse("tiers:application_check", args=[case.pk])
    return [*listed, _task("核对与承诺", check, "todo")]


def _places(case: Application, troubled: set[str]) -> dict[str, str]:
    """Where each part is filled in, and back again. What is wrong with the firm or the factory
    stands on its page; the form only changes facts.
    """
    firm, factory = case.factory.enterprise_id, case.factory_id
    back = f"?next={reverse('tiers:application', args=[case.pk])}"
    forms = {
        "enterprise": reverse("registry:enterprise_edit", args=[firm]) + back,
        "factory": reverse("registry:factory_edit", args=[factory]) + back,
        "assessment": reverse("tiers:application_assessment", args=[case.pk]),
        "renewal": reverse("tiers:application_renewal", args=[case.pk]),
    }
    pages = {
        "enterprise": reverse("registry:enterprise"),
        "factory": reverse("registry:factory_detail", args=[factory]),
    }
    if case.assessment is not None and not case.assessment.is_locked:
        forms["assessment"] = reverse("assessments:assessment", args=[case.assessment.pk])
    return forms | {name: url for name, url in pages.items() if name in troubled}


def _assessment_state(case: Application) -> str:
    if case.assessment_id:
        return "done"
    return "draft" if case.factory.assessments.filter(locked_at=None).exists() else "todo"


def task_of(problem: Problem) -> str:
    return "assessment" if problem.code.startswith("gate.") else TASK_OF.get(problem.code, "")


def _task(label: str, url: str, state: str) -> dict[str, str]:
    return {"label": label, "url": url, "state": state, "word": WORDS[state]}


def events(case: Application, on: date, *, names: bool = False) -> list[dict[str, str]]:
    """What has happened, newest first, and what comes next. Offices and roles; the names of their
    people only towards officers.
    """
    found = [_decided(case, decision, names=names) for decision in case.decisions.all()]
    for urging in case.urgings.all():
        role = urging.by_name if names else str(Role(urging.side).label)
        who = f"{urging.place_name}　{role}"
        found.append(_event(urging.at, "催办", who, urging.note, "back"))
    if case.overdue_told_at:
        found.append(_event(case.overdue_told_at, "办理超期，已报上级部门", "系统", "", "back"))
    found.sort(key=lambda one: one[0], reverse=True)
    return _next(case) + [shown for _, shown in found]


def told(case: Application, decisions: Sequence[Decision], *, names: bool) -> list[dict[str, str]]:
    """Some of the decisions in the same words, newest first."""
    return [_decided(case, decision, names=names)[1] for decision in reversed(decisions)]


def _decided(
    case: Application, decision: Decision, *, names: bool
) -> tuple[datetime, dict[str, str]]:
    return _event(
        decision.at,
        action_label(decision.action, decision.step, Tier(case.tier)),
        f"{decision.place_name}　{decision.by_name}" if names else actor(decision),
        note(decision),
        "back" if decision.action in BACK else "done",
    )


def _event(
    at: datetime, title: str, who: str, text: str, kind: str
) -> tuple[datetime, dict[str, str]]:
    when = f"{localtime(at):%Y-%m-%d %H:%M}"
    return at, {"when": when, "title": title, "actor": who, "note": text, "kind": kind}


def actor(decision: Decision) -> str:
    """Office and role of whoever acted, not his name."""
    role = Role(decision.step_level) if decision.step_level else Role.ENTERPRISE
    if decision.action in (Action.SUBMIT, Action.WITHDRAW):
        role = Role.ENTERPRISE
    return f"{decision.place_name}　{role.label}"


def note(decision: Decision) -> str:
    """Opinion and document number, each on its line."""
    lines = [decision.opinion, f"文号：{decision.document_no}" if decision.document_no else ""]
    return "\n".join(line for line in lines if line)


def _next(case: Application) -> list[dict[str, str]]:
    waiting = step_label(case)
    if not waiting:
        return []
    when = f"{workdays.stated(case.due_on)} 前" if case.due_on else "办理中"
    return [{"when": when, "title": waiting, "kind": "next"}]


def receipt(case: Application, on: date) -> dict[str, Any]:
    """What the receipt says: what was sent in, who acts next and by when."""
    sent = f"{localtime(case.submitted_at):%Y-%m-%d %H:%M:%S}"
    times = f"（第 {case.submissions} 次提交）" if case.submissions > 1 else ""
    return {
        "facts": [
            ("企业", case.factory.enterprise.name),
            ("工厂", case.factory.name),
            ("申报等级", case.get_tier_display()),
            ("批次", case.round.title),
            ("提交时间", f"{sent}{times}"),
            ("承诺人", case.declared_by),
            ("现在的状态", status_label(case)),
            *_expected(case, on),
        ],
        "next": _what_next(case, on),
    }


def _expected(case: Application, on: date) -> list[tuple[str, str]]:
    found = clocks.expectation(case, on)
    if found is None:
        return []
    return [("办结时间", found.words), ("时限依据", found.basis or "没有规定")]


def _what_next(case: Application, on: date) -> str:
    office = handling_authority(case)
    if office is None:
        return status_line(case, on) or f"本件已办结：{status_label(case)}"
    due = clocks.due(case, on)
    if due.on is None:
        return f"下一步由{office.name}办理，结果通过站内信告知。"
    rest = f"超期 {due.over} 个工作日" if due.overdue else f"还剩 {due.days} 个工作日"
    until = f"{workdays.stated(due.on)} 24:00 前办结（{rest}）"
    return f"下一步由{office.name}办理，{until}，结果通过站内信告知。"
