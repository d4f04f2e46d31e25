"""How far an application has come, in words: its steps with offices, limits and days.

Questions only. What a firm reads here names offices and roles, never an officer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from registry import policy, workdays
from registry.access import Role, business_date
from registry.models import Factory, User
from registry.policy import NATIONAL, Step, StepKind, Tier
from tiers import clocks, register
from tiers.chain import authority_at, steps_for
from tiers.clocks import NOTHING_DUE, Due
from tiers.models import Application, Certification, Decision, Round
from tiers.workflow import Action

Status = Application.Status

#: What completing a step of each kind is called; the tier stands in for {tier}.
COMPLETED = {
    StepKind.VERIFY: "核实通过",
    StepKind.RECOMMEND: "推荐",
    StepKind.CHECK: "形式审查通过",
    StepKind.CONSULT: "征求意见办结",
    StepKind.REVIEW: "评审通过",
    StepKind.INSPECT: "现场核查通过",
    StepKind.MEET: "会议审定通过",
    StepKind.PUBLICISE: "公示办结",
    StepKind.DETERMINE: "认定为{tier}",
    StepKind.SELECT: "列入推荐并上报",
    StepKind.AWAIT: "列入国家名单",
    StepKind.ACCEPT: "通过国家验收",
}


@dataclass(frozen=True)
class Stage:
    """One line of the course from the firm's submission to the public register.

    ``used`` counts the working days its office has had the case so far, all turns together.
    ``state`` is "done", "current", "back" (with the firm again), "rejected", "todo", or "stopped"
    where it will not be reached any more.
    """

    label: str
    office: str
    role: str
    state: str
    limit: int | None = None
    used: int | None = None
    done_on: date | None = None
    due: Due = NOTHING_DUE


def action_label(action: str, step: str, tier: Tier) -> str:
    """What an act is called at its step: 认定为基础级 rather than 办结."""
    if action == Action.COMPLETE and step:
        return COMPLETED[StepKind(step)].format(tier=tier.label)
    return str(Action(action).label)


def step_label(application: Application) -> str:
    """The step it waits at, "" where it waits nowhere."""
    if not application.step:
        return ""
    return Step(StepKind(application.step), application.step_level).label


def status_label(application: Application) -> str:
    """Its state in words; while it waits, for what: 待市级认定."""
    return label_of(application.status, application.step, application.step_level)


@cache
def label_of(status: str, step: str, level: str) -> str:
    """The same by these three alone."""
    waiting = Step(StepKind(step), level).label if step else ""
    return f"待{waiting}" if waiting else str(Application.Status(status).label)


def status_line(application: Application, on: date) -> str:
    """One sentence for the firm's list: where it is and what comes next."""
    match application.status:
        case Status.DRAFT:
            return "还没有提交"
        case Status.RETURNED:
            return "请按退回意见修改后再提交"
        case Status.IN_PROGRESS if application.due_on:
            return f"{workdays.stated(application.due_on)} 前办理"
        case Status.CERTIFIED:
            return f"已认定为{application.get_tier_display()}"
    return ""


@dataclass(frozen=True)
class Invitation:
    """An open round and the firm's factories that it covers, each with its open application;
    ``held`` are those that hold its tier for long enough not to think of another case.
    """

    round: Round
    factories: tuple[tuple[Factory, Application | None], ...]
    held: frozenset[int] = frozenset()


def invitations(user: User, on: date) -> list[Invitation]:
    """The rounds in which this person's firm can apply on that day, the first to close on top."""
    factories = Factory.objects.visible_to(user).select_related("authority").order_by("pk")
    standing = {
        (case.factory_id, case.tier): case for case in Application.objects.visible_to(user).open()
    }
    held = [
        (title.factory_id, title.tier)
        for title in Certification.objects.visible_to(user).running(on)
        if ends_late(title, on)
    ]
    batches = Round.objects.visible_to(user).batches().open_on(on).select_related("authority")
    found = [
        Invitation(
            batch,
            tuple(
                (factory, standing.get((factory.pk, batch.tier)))
                for factory in factories
                if factory.authority.path.startswith(batch.authority.path)
            ),
            frozenset(factory for factory, tier in held if tier == batch.tier),
        )
        for batch in batches
    ]
    return sorted(found, key=lambda one: (one.round.closes_on or date.max, one.round.pk))


def ends_late(title: Certification, on: date) -> bool:
    """Whether it is too early to think of the next case of that tier."""
    left = title.days_left(on)
    return left is None or left > register.NEAR_DAYS


def course(application: Application, on: date) -> list[Stage]:
    """Every step from submission to the public register, in order."""
    decisions = clocks.decisions_of(application)
    waiting = (application.step, application.step_level) if application.step else None
    used = clocks.days_used(clocks.office_spans(decisions, waiting), on)
    lines = [_submission(application, clocks.due(application, on))]
    ended = application.status in (Status.REJECTED, Status.WITHDRAWN)
    taken = _taken(decisions)
    rule = policy.get(application.round.policy).tiers[Tier(application.tier)]
    for step in steps_for(application):
        here = (application.step, application.step_level) == (step.kind, step.level)
        decision = taken.get((step.kind, step.level))
        office, role = _handler(application, step)
        lines.append(
            Stage(
                label=step.label,
                office=office,
                role=role,
                state=_state(decision, here=here, ended=ended),
                limit=rule.limit_workdays.get(step.kind),
                done_on=business_date(decision.at) if decision else None,
                used=used.get((step.kind, step.level)),
                due=clocks.due(application, on) if here else NOTHING_DUE,
            )
        )
    return lines + _filing(application, rule, ended=ended)


def _handler(application: Application, step: Step) -> tuple[str, str]:
    """The office at whose step it is, and in what role its people handle it."""
    if step.kind in NATIONAL:
        return "国家有关部门", "由省级登记结果"
    office = authority_at(application.factory, step.level)
    return office.name if office else "", str(Role(step.level).label)


def _state(decision: Decision | None, *, here: bool, ended: bool) -> str:
    if here:
        return "current"
    if decision:
        return "rejected" if decision.action == Action.REJECT else "done"
    return "stopped" if ended else "todo"


def _submission(application: Application, due: Due) -> Stage:
    sent = application.submitted_at
    status = Status(application.status)
    labels = {Status.DRAFT: "企业填写并提交", Status.RETURNED: "企业修改后再提交"}
    return Stage(
        label=labels.get(status, "企业提交"),
        office=application.factory.enterprise.name,
        role=str(Role.ENTERPRISE.label),
        state={Status.DRAFT: "current", Status.RETURNED: "back"}.get(status, "done"),
        done_on=business_date(sent) if sent and application.status != Status.RETURNED else None,
        due=due if due.paused_since else NOTHING_DUE,
    )


def _taken(decisions: Sequence[Decision]) -> dict[tuple[str, str], Decision]:
    """How each step ended since the last submission: being sent back opens them all again."""
    found: dict[tuple[str, str], Decision] = {}
    for decision in decisions:
        if decision.action == Action.SUBMIT:
            found = {}
        elif decision.action in (Action.COMPLETE, Action.REJECT):
            found[decision.step, decision.step_level] = decision
    return found


def _filing(application: Application, rule: policy.TierRule, *, ended: bool) -> list[Stage]:
    """The report to the authority above, where the rules ask for one before the title is public."""
    if rule.filing is None:
        return []
    level = rule.filing.with_
    office = authority_at(application.factory, level)
    title = getattr(application, "certification", None)
    published = title.published_on if title else None
    return [
        Stage(
            label=f"{policy.LEVEL_LABELS[level]}备案确认，列入公开名录",
            office=office.name if office else "",
            role=str(Role(level).label),
            state="done"
            if published
            else "current"
            if title
            else _state(None, here=False, ended=ended),
            done_on=published,
        )
    ]


def returned_by(application: Application) -> Decision | None:
    """What the firm has to mend: the decision that sent it back, while it is with the firm."""
    if application.status != Status.RETURNED:
        return None
    return application.decisions.filter(action=Action.SEND_BACK).order_by("-at", "-pk").first()
