"""What was asked about a case, what stands, and who may do what about it. Questions only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import F, QuerySet

from assessments import assessment as self_assessment
from assessments import standard
from assessments.models import Evidence
from registry import policy, workdays
from registry.access import Role, may_change
from registry.models import User
from registry.policy import Department, StepKind, Tier
from tiers import chain
from tiers.eligibility import Problem
from tiers.models import Application, Consultation, DepartmentOpinion


def departments(application: Application) -> tuple[Department, ...]:
    """Whom the rules of its round ask."""
    return policy.get(application.round.policy).departments


def at_step(application: Application) -> bool:
    return application.step == StepKind.CONSULT


def may_conduct(application: Application, user: User) -> bool:
    """Whether sending, reminding, waiving and lifting are in this officer's hands now."""
    mine = at_step(application) and chain.at_desk(application, user)
    return mine and may_change(user, "complete", application.tier)


def current(application: Application) -> QuerySet[Consultation]:
    """What was sent about the case since it was last handed in."""
    return Consultation.objects.filter(application=application, submission=application.submissions)


def latest(consultation: Consultation) -> DepartmentOpinion | None:
    """The word that stands. Reads what was prefetched, if it was."""
    said = sorted(consultation.opinions.all(), key=lambda one: one.pk)
    return said[-1] if said else None


def state_of(one: Consultation, said: DepartmentOpinion | None, on: date) -> tuple[str, str]:
    """The look and the words of a department's answer."""
    if said is None and one.waived_at:
        return ("closed", "视为无意见")
    if said is None:
        return ("problem", "逾期未答复") if one.is_overdue(on) else ("pending", "待答复")
    if said.bars:
        return ("disputed", "提出否决事项")
    if said.veto:
        return ("closed", "否决事项已解除")
    if said.answer == DepartmentOpinion.Answer.OBJECTION:
        return ("problem", "有意见")
    return ("done", "无意见")


def content_of(application: Application, department: Department) -> dict[str, Any]:
    """All that a department gets to see: who, where, for which tier, and its questions."""
    factory = application.factory
    firm = factory.enterprise
    return {
        "round": application.round.title,
        "number": application.number,
        "tier": Tier(application.tier).label,
        "enterprise": firm.name,
        "credit_code": firm.credit_code,
        "seat": firm.address or (firm.seat.name if firm.seat else ""),
        "factory": factory.name,
        "address": factory.address or (factory.division.name if factory.division else ""),
        "questions": list(department.asks),
        "vetoes": list(department.vetoes),
    }


def files_of(application: Application) -> dict[str, tuple[str, tuple[Evidence, ...]]]:
    """The files that the case rests on: by item, what the item asks and what proves it."""
    chosen = application.assessment
    if chosen is None:
        return {}
    titles = self_assessment.titles(standard.get(chosen.standard))
    held = self_assessment.contents(chosen).files
    return {item: (title, held[item]) for item, title in titles.items() if held.get(item)}


def veto_name(consultation: Consultation, kind: str) -> str:
    """What an event of that kind is called in the standard of the case."""
    rules = policy.get(consultation.application.round.policy)
    return standard.get(rules.standard).veto_kind(kind).name


def open_points(application: Application, *, on: date) -> list[Problem]:
    """Why the step cannot be completed: not everybody was asked, has answered, or a veto stands."""
    rows = current(application).select_related("department").prefetch_related("opinions")
    sent = {row.department.code: row for row in rows}
    rules = policy.get(application.round.policy)
    asked = {rules.department_code(one): one for one in rules.departments}
    unsent = [one.short_name for code, one in asked.items() if code not in sent]
    found = []
    if unsent:
        found.append(Problem("consultation", f"还没有征求{'、'.join(unsent)}的意见，请先发出"))
    waiting = [row for row in sent.values() if not row.waived_at and latest(row) is None]
    for row in waiting:
        name = row.department.short_name
        if row.is_overdue(on):
            text = f"{name}应于 {row.due_on:%Y-%m-%d} 前答复，已逾期。请催办，或写明理由视为无意见"
        else:
            text = f"{name}还没有答复，期限 {row.due_on:%Y-%m-%d}"
        found.append(Problem("consultation", text))
    return found + _vetoes(sent.values())


def standing_vetoes(application: Application) -> list[Problem]:
    """The bars that departments have put and nobody has lifted."""
    return standing_vetoes_of([application]).get(application.pk, [])


def standing_vetoes_of(cases: Iterable[Application]) -> dict[int, list[Problem]]:
    """The same for many cases at once, for those that have any."""
    sent = Consultation.objects.filter(
        application__in=[case.pk for case in cases], submission=F("application__submissions")
    )
    related = sent.select_related("department", "application__round").order_by("pk")
    found: dict[int, list[Problem]] = {}
    for row in related.prefetch_related("opinions"):
        if bars := _vetoes([row]):
            found.setdefault(row.application_id, []).extend(bars)
    return found


def _vetoes(rows: Iterable[Consultation]) -> list[Problem]:
    found = []
    for row in rows:
        said = latest(row)
        if said is not None and said.bars:
            what = veto_name(row, said.veto)
            text = f"{row.department.short_name}提出否决事项（{what}），解除前不能通过"
            found.append(Problem("veto", text))
    return found


def may_reply(consultation: Consultation, user: User) -> bool:
    """Whether the department may still speak or amend what it said."""
    return (
        user.role == Role.DEPARTMENT
        and user.authority_id == consultation.department_id
        and consultation.closed_at is None
        and may_change(user)
    )


def default_due(application: Application, on: date) -> date:
    """The day by which the rules want an answer to what is sent on a day."""
    return due_under(policy.get(application.round.policy), on)


def due_under(rules: policy.Policy, on: date) -> date:
    return workdays.add(on, rules.consult_workdays or 1)
