"""The firm's side of a return: correct the assessment it was sent in with, answer each item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from assessments import assessment as self_assessment
from assessments.models import Assessment
from registry.audit import Verb
from registry.models import User
from tiers import returns, workflow
from tiers.models import Application, ReturnItem

ANSWER_LENGTH = 500


@dataclass(frozen=True)
class Reply:
    """What the firm says to one item: changed or kept, and what was changed or why not."""

    outcome: str
    answer: str


@transaction.atomic
def answer(
    application: Application, replies: Mapping[int, Reply], *, by: User, at: datetime
) -> list[ReturnItem]:
    """Answer items of the return by their numbers; an answer may be changed until it is sent in.

    All or nothing: ValidationError names every reply that is not complete, its code the item.
    """
    application = workflow.locked(application, by)
    if not workflow.may_prepare(application, by):
        raise PermissionDenied("这件申报现在不能答复")
    items = {item.pk: item for item in returns.standing(application)}
    wrong = [
        ValidationError(text, code=f"item-{number}")
        for number, reply in replies.items()
        for text in _faults(items.get(number), reply)
    ]
    if not replies:
        wrong.append(ValidationError("还没有填写答复，请至少答复一项再保存"))
    if wrong:
        raise ValidationError(wrong)
    for number, reply in replies.items():
        item = items[number]
        item.outcome, item.answer = reply.outcome, reply.answer.strip()
        item.answered_by, item.answered_at = by, at
        item.save(update_fields=["outcome", "answer", "answered_by", "answered_at"])
    workflow.trail(Verb.APPLICATION_ANSWER, application, by=by, at=at, items=sorted(replies))
    return [items[number] for number in replies]


def _faults(item: ReturnItem | None, reply: Reply) -> list[str]:
    if item is None:
        return ["这一项不在本次退回的事项里，请刷新后再看"]
    if reply.outcome not in ReturnItem.Outcome.values:
        return [f"“{item.label}”：请选择已修改还是没有修改"]
    if not reply.answer.strip():
        changed = reply.outcome == ReturnItem.Outcome.CHANGED
        return [f"“{item.label}”：请写明{'改了什么' if changed else '不改的理由'}"]
    if len(reply.answer) > ANSWER_LENGTH:
        return [f"“{item.label}”：答复不超过 {ANSWER_LENGTH} 个字"]
    return []


@transaction.atomic
def rework(application: Application, *, by: User, at: datetime) -> Assessment:
    """Open an assessment to correct: a copy of the locked one, on which the application then rests.

    The one that is open already, where there is one: a factory fills in one at a time. The offices
    go on seeing what was submitted.
    """
    application = workflow.locked(application, by)
    if not workflow.may_prepare(application, by):
        raise PermissionDenied("现在不能更换自评")
    found: Assessment | None = application.factory.assessments.filter(locked_at=None).first()
    if found is None and application.assessment is not None:
        found = self_assessment.copy_from(application.assessment, by=by, at=at)
    found = found or self_assessment.start(application.factory, by=by, at=at)
    if application.assessment_id != found.pk:
        application.assessment = found
        application.save(update_fields=["assessment"])
        workflow.trail(Verb.APPLICATION_CHOOSE, application, by=by, at=at, assessment=found.pk)
    return found
