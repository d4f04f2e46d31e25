"""Acts of the office that runs a round on many of its cases at once: all of them or none.

Each case still goes through ``tiers.workflow.act``, which has the last word on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry.access import business_date
from registry.models import User
from registry.policy import StepKind
from tiers import determination, formal_check, inspection, meeting, notice, workflow
from tiers.formal_check import Given, Sheet
from tiers.models import Action, Application, Determination, Meeting, Notice, Objection, Round


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


@transaction.atomic
def issue(batch: Round, *, seen: str, by: User, at: datetime) -> Determination:
    """印发: the titles of the whole list that two people put their names to, and its announcement.
    ``seen`` is the digest of the list on the screen.
    """
    held, rows = determination.settle(batch, seen=seen, by=by, at=at)
    paper = {
        "document_no": held.document_no,
        "decided_on": held.decided_on,
        "performance_confirmed": True,
    }
    for row in rows:
        _one_of_many(row.application, Action.COMPLETE, by=by, at=at, **paper)
    determination.announce(held, by=by, at=at)
    return held


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


@transaction.atomic
def complete_checks(
    cases: Iterable[Application],
    by_people: Mapping[str, Given],
    *,
    opinion: str,
    by: User,
    at: datetime,
) -> int:
    """Pass on every one of these cases in which each machine has found nothing: the machine's
    questions are answered with yes, those for people as given; what was answered before stays.
    """
    found = Application.objects.awaiting(by).filter(pk__in=[one.pk for one in cases])
    waiting = list(found.select_for_update(of=("self",)).for_page().order_by("pk"))
    if not waiting:
        raise ValidationError("请选择要办结的申报")
    office = formal_check.office_of(waiting[0])
    if office is None or not all(formal_check.at_step(one) for one in waiting):
        raise ValidationError("有申报已不在形式审查环节，请刷新后再看")
    for sheet in formal_check.sheets(waiting, reader=office, on=business_date(at)):
        try:
            _complete_check(sheet, by_people, opinion=opinion, by=by, at=at)
        except ValidationError as refusal:
            raise ValidationError(
                f"{sheet.case.number}：{'；'.join(refusal.messages)}"
            ) from refusal
    return len(waiting)


def _complete_check(
    sheet: Sheet, by_people: Mapping[str, Given], *, opinion: str, by: User, at: datetime
) -> None:
    if sheet.failed:
        raise ValidationError(f"机检有 {len(sheet.failed)} 项未通过，请逐件审查")
    open_now = [line.question for line in sheet.unanswered]
    given = {one.id: Given("yes") if one.machine else by_people[one.id] for one in open_now}
    formal_check.answer(sheet.case, given, by=by, at=at)
    workflow.act(sheet.case, Action.COMPLETE, opinion=opinion, by=by, at=at)
