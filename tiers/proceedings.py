"""Acts of the office that runs a round on many of its cases at once: all of them or none.

Each case still goes through ``tiers.workflow.act``, which has the last word on it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry.models import User
from registry.policy import StepKind
from tiers import inspection, meeting, notice, workflow
from tiers.models import Action, Application, Meeting, Notice, Objection, Round


@transaction.atomic
def pass_on(batch: Round, *, by: User, at: datetime) -> int:
    """Complete the site check of every case that was not drawn or was found fit; how many."""
    if not inspection.may_arrange(batch, by):
        raise PermissionDenied("现场核查由开放批次的部门办理")
    ready = [v for v in inspection.visits(batch, inspection.waiting(batch)) if v.passes]
    if not ready:
        raise ValidationError("现在没有可以办结现场核查的申报")
    for visit in ready:
        opinion = f"现场核查：{visit.label}"
        workflow.act(visit.application, Action.COMPLETE, by=by, at=at, opinion=opinion)
    return len(ready)


@transaction.atomic
def release(batch: Round, *, seen: str, by: User, at: datetime) -> Meeting:
    """Carry out what the meeting decided and two people put their names to, for all its cases in
    one go; those put off stay where they are. ``seen`` is the digest of the table on the screen.
    """
    held, rows = meeting.settle(batch, seen=seen, by=by, at=at)
    for row in rows:
        match row.item and row.item.outcome:
            case meeting.Outcome.PASS:
                said = f"{held.held_on:%Y-%m-%d} 会议审定：拟认定"
                workflow.act(row.application, Action.COMPLETE, by=by, at=at, opinion=said)
            case meeting.Outcome.REJECT if row.item:
                workflow.act(row.application, Action.REJECT, by=by, at=at, opinion=row.item.reason)
    return held


@transaction.atomic
def close_notice(shown: Notice, *, by: User, at: datetime) -> Notice:
    """办结公示: cases without an upheld objection go on, the others end with the reason found."""
    shown = notice.finish(shown, by=by, at=at)
    reasons = dict(
        notice.objections_to(shown)
        .filter(finding=Objection.Finding.UPHELD)
        .order_by("pk")
        .values_list("application", "reason")
    )
    for entry in shown.entries.select_related("application__factory").order_by("pk"):
        case = entry.application
        if case.status != Application.Status.IN_PROGRESS or case.step != StepKind.PUBLICISE:
            continue
        if case.pk in reasons:
            words = f"公示期间的异议成立：{reasons[case.pk]}"
            _one_of_many(case, Action.REJECT, by=by, at=at, opinion=words)
        else:
            said = "公示期满，没有成立的异议"
            _one_of_many(case, Action.COMPLETE, by=by, at=at, opinion=said)
    shown.entries.update(live=False)
    return shown


def _one_of_many(
    case: Application, action: Action, *, by: User, at: datetime, **details: object
) -> None:
    """What stands in the way of one case names it, and nothing of the whole is done."""
    act: Callable[..., Application] = workflow.act
    try:
        act(case, action, by=by, at=at, **details)
    except (ValidationError, PermissionDenied) as refusal:
        said = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
        words = "；".join(said)
        raise ValidationError(
            f"{case.factory.name}（{case.number}）：{words}。整批没有办理", code="one_of_many"
        ) from refusal
