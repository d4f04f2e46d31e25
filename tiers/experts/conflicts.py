"""Why an expert must not judge a case: what follows from the records, and what firms name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, creditcode, inbox
from registry.access import Role, may_change
from registry.audit import Verb
from registry.models import Event, User
from tiers.experts.sheet import has_review
from tiers.models import Application, AvoidanceRequest, Expert

Status = Application.Status


def inferred(expert: Expert, case: Application, *, recent_years: int, year: int) -> str:
    """Why the records forbid it, in words; "" where they do not."""
    factory, firm = case.factory, case.factory.enterprise
    names = {creditcode.tidy_name(firm.name)}
    names |= {creditcode.tidy_name(former.name) for former in firm.former_names.all()}
    employer, group = creditcode.tidy_name(expert.employer), creditcode.tidy_name(expert.group)
    if employer in names:
        return "工作单位就是申报企业"
    if group and any(group in name for name in names):
        return "与申报企业同属一个集团"
    for one in expert.consulted:
        if creditcode.tidy_name(one["name"]) in names and one["year"] > year - recent_years:
            return f"{one['year']} 年为申报企业提供过服务"
    if expert.division_id and expert.division_id in (factory.division_id, firm.seat_id):
        return "与申报企业在同一县区"
    return ""


def barred(
    experts: Sequence[Expert], cases: Sequence[Application], *, recent_years: int, year: int
) -> list[list[str]]:
    """Every pair of case number and expert's code that must not meet."""
    named = set(
        AvoidanceRequest.objects.filter(application__in=cases, granted=True).values_list(
            "application", "expert"
        )
    )
    return [
        [case.number or "", expert.code]
        for case in cases
        for expert in experts
        if (case.pk, expert.pk) in named
        or inferred(expert, case, recent_years=recent_years, year=year)
    ]


def may_request(case: Application, user: User) -> bool:
    """Until its experts are drawn a firm may name whom it does not want."""
    return (
        user.role == Role.ENTERPRISE
        and has_review(case.round)
        and user.enterprise_id == case.factory.enterprise_id
        and may_change(user)
        and case.status in Application.OPEN
        and case.first_submitted_at is not None
        and not case.assignments.filter(submission=case.submissions).live().exists()
    )


@transaction.atomic
def request(
    case: Application, *, person: str, employer: str, reason: str, by: User, at: datetime
) -> AvoidanceRequest:
    case = Application.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if not may_request(case, by):
        raise PermissionDenied("专家抽取以后不再受理回避申请")
    if not person.strip() or not reason.strip():
        raise ValidationError("请写明申请回避的专家姓名和理由")
    made = AvoidanceRequest.objects.create(
        application=case,
        person=person.strip(),
        employer=employer.strip(),
        reason=reason.strip(),
        by=by,
        at=at,
    )
    _trail(Verb.AVOIDANCE_REQUEST, made, by=by, at=at)
    message = inbox.Message(
        event=Event.DESK_AVOIDANCE,
        matter=f"{case.number} {case.factory.enterprise.name}",
        result="企业申请专家回避",
        next_step="冻结名单前作出决定",
        link=f"/rounds/{case.round_id}/experts/",
    )
    inbox.send(inbox.officers_of(case.round.authority), message, key=f"avoidance:{made.pk}", at=at)
    return made


@transaction.atomic
def decide(
    asked: AvoidanceRequest,
    *,
    granted: bool,
    answer: str,
    expert: Expert | None = None,
    by: User,
    at: datetime,
) -> AvoidanceRequest:
    """Grant it against somebody of the pool (or against nobody, where he is not in it), or
    refuse it with the reason.
    """
    asked = AvoidanceRequest.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    office = asked.application.round.authority_id
    if by.role != Role.PROVINCE or by.authority_id != office:
        raise PermissionDenied("回避申请由开放批次的部门决定")
    if asked.decided_at is not None:
        raise ValidationError("这份回避申请已经决定", code="stale")
    if not answer.strip():
        raise ValidationError({"answer": "请写明决定的理由，企业能看到"})
    if granted and expert is None:
        raise ValidationError({"expert": "同意回避的，请选择是库中哪位专家"})
    if expert is not None and expert.authority_id != office:
        raise ValidationError({"expert": "请选择本单位聘请的专家"})
    asked.granted, asked.answer = granted, answer.strip()
    asked.expert = expert if granted else None
    asked.decided_by, asked.decided_at = by, at
    asked.save()
    _trail(Verb.AVOIDANCE_DECIDE, asked, by=by, at=at)
    case = asked.application
    message = inbox.Message(
        event=Event.CASE_AVOIDANCE,
        matter=f"{case.number} {case.factory.name}",
        result=f"回避申请{'已同意' if granted else '未同意'}：{asked.answer}",
        link=f"/applications/{case.pk}/",
    )
    staff = inbox.staff_of(case.factory.enterprise)
    inbox.send(staff, message, key=f"avoidance:{asked.pk}:decided", at=at)
    return asked


def _trail(verb: Verb, asked: AvoidanceRequest, *, by: User, at: datetime) -> None:
    """Without the firm: who was named is between it and the office."""
    audit.record(verb, asked, by=by, at=at, path=asked.application.round.authority.path)
