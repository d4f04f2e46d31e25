"""What stands in the way of an allowed action on an application just now, and why some actions are
not open at a step at all. ``tiers.workflow`` asks here before it acts; pages ask the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q

from assessments import standard
from registry import policy
from registry.access import business_date
from registry.enterprises import is_confirmed
from registry.models import User
from registry.policy import StepKind, Tier
from tiers import (
    consultation,
    cultivation,
    determination,
    eligibility,
    experts,
    formal_check,
    inspection,
    meeting,
    notice,
    quota,
    renewal,
    returns,
    upward,
)
from tiers.eligibility import Problem
from tiers.models import Action, Application

SAME_PERSON = "这件申报在前一级由本人办理过，不能再由本人作出这一级的决定，请由其他人员办理"


def _had_his_say(application: Application, person: User) -> bool:
    """Whether this very person, in whoever's place, has passed the case on from another level; or
    he in whose place the person stands has, himself or by another.
    """
    if application.submitted_at is None:
        return False
    people = {person.pk, person.standing_in.giver_id if person.standing_in else person.pk}
    said = application.decisions.filter(
        Q(by__in=people) | Q(on_behalf_of__in=people),
        action=Action.COMPLETE,
        at__gte=application.submitted_at,
    )
    return said.exclude(step_level=application.step_level).exists()


def of(
    application: Application, action: Action, *, by: User, on: date, details: Mapping[str, Any]
) -> list[Problem]:
    """Why an allowed action cannot be done just now, in words for the one who would do it."""
    if action in (Action.COMPLETE, Action.REJECT) and _had_his_say(application, by):
        return [Problem("same_person", SAME_PERSON)]
    if action in (Action.SEND_BACK, Action.REJECT) and (held := notice.holds(application)):
        return held
    if action == Action.SEND_BACK and (held := upward.holds(application)):
        return held
    match action:
        case Action.SUBMIT:
            found = eligibility.problems(application, by=by, on=on, confirmed=is_confirmed(by))
            found += returns.unanswered(application)
            found += renewal.open_points(application, on=on)
            if not str(details.get("declared_by", "")).strip():
                found.append(Problem("declared_by", "请填写承诺人姓名，承诺所填内容真实"))
            return found
        case Action.SEND_BACK:
            return returns.faults(application, details.get("items", ()), by=by)
        case Action.REJECT:
            if not str(details.get("opinion", "")).strip():
                return [Problem("opinion", f"请写明{action.label}的理由，企业能看到")]
            at_meeting = application.step == StepKind.MEET
            if at_meeting:
                return meeting.bars_rejection(application)
            return upward.bars_rejection(application)
        case Action.COMPLETE:
            return _completion(application, on=on, details=details)
    return []


def closed_reason(application: Application, action: Action) -> str:
    """Why an action is not open at its step, whatever is filled in; "" where it is."""
    if application.step == StepKind.MEET and action in (Action.COMPLETE, Action.REJECT):
        return meeting.BY_MEETING
    if action == Action.COMPLETE and application.step == StepKind.PUBLICISE:
        return notice.BATCHED
    at_determination = action == Action.COMPLETE and application.step == StepKind.DETERMINE
    if at_determination and determination.by_list(application.round):
        return determination.BY_LIST
    if (kind := upward.kind_at(application.step)) and action in (Action.COMPLETE, Action.REJECT):
        return upward.BATCHED.format(kind.label)
    if action == Action.SEND_BACK and (held := upward.holds(application)):
        return held[0].message
    return ""


def _completion(application: Application, *, on: date, details: Mapping[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    match StepKind(application.step):
        case StepKind.DETERMINE:
            if alone := determination.open_points(application):
                return alone
            if not str(details.get("document_no", "")).strip():
                found.append(Problem("document_no", "请填写认定文件的文号"))
            if not details.get("performance_confirmed"):
                gate = standard.get(policy.get(application.round.policy).standard).gates
                required = gate[Tier(application.tier)].performance
                found.append(
                    Problem("performance_confirmed", f"请核实主要技术经济指标（{required}）并勾选")
                )
            decided_on = details.get("decided_on") or on
            if decided_on > on:
                found.append(Problem("decided_on", "认定日期不能晚于今天"))
            elif (submitted := application.first_submitted_at) and decided_on < business_date(
                submitted
            ):
                found.append(Problem("decided_on", "认定日期不能早于企业提交申报的日期"))
            found += eligibility.at_determination(application, on=decided_on)
            found += consultation.standing_vetoes(application)
            found += renewal.at_determination(application)
        case StepKind.RECOMMEND | StepKind.VERIFY | StepKind.CHECK | StepKind.CONSULT:
            if not str(details.get("opinion", "")).strip():
                found.append(Problem("opinion", "请填写办理意见"))
            if application.step == StepKind.RECOMMEND:
                found += quota.open_points(
                    application,
                    on=on,
                    off_quota=details.get("off_quota", ""),
                    ground=details.get("ground", ""),
                )
            if application.step == StepKind.CHECK:
                found += formal_check.open_points(application, on=on)
            if application.step == StepKind.CONSULT:
                found += consultation.open_points(application, on=on)
        case StepKind.INSPECT:
            found += inspection.open_points(application, on)
        case StepKind.MEET:
            found += meeting.open_points(application, on)
        case StepKind.REVIEW:
            found += experts.open_points(application, on=on)
        case StepKind.PUBLICISE:
            found += notice.open_points(application)
        case StepKind.SELECT:
            found += upward.open_points(application)
            found += eligibility.at_determination(application, on=on)
        case StepKind.AWAIT:
            found += upward.open_points(application)
            found += _on_national_document(application, details.get("decided_on") or on)
        case StepKind.ACCEPT:
            dated = details.get("decided_on") or on
            found += upward.open_points(application)
            found += _on_national_document(application, dated)
            found += cultivation.open_points(application, dated=dated)
    return [p for p in found if p.blocking]


def _on_national_document(application: Application, dated: date) -> list[Problem]:
    """What a title asks for on the day of the ministries' document."""
    found = eligibility.prerequisite(application, on=dated)
    submitted = application.first_submitted_at
    if submitted and dated < business_date(submitted):
        found.append(Problem("decided_on", "文件日期不能早于企业提交申报的日期"))
    return found
