"""An expert and his case: the declaration, the score sheet, and what follows from both.

Before he has declared that nothing stands against it he sees of a case its firm, factory and
industry, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, inbox
from registry.access import Role
from registry.audit import Verb
from registry.models import Event, User
from registry.policy import StepKind
from tiers.experts import panels
from tiers.experts.sheet import rule_of, sheet_of
from tiers.models import Application, Assignment, ReviewOpinion, Round

State = Assignment.State
Kind = Assignment.Kind
STALE = "这份评分刚在别处保存过，请看过最新内容再改"


@transaction.atomic
def declare(
    task: Assignment, *, conflict: bool, ground: str = "", by: User, at: datetime
) -> Assignment:
    """无回避情形, or 回避 with its ground: then the next in the published order takes his place."""
    task = _held(task, by)
    if task.state == State.CONFLICT or (not conflict and task.state != State.ASKED):
        raise ValidationError("这件申报已经声明过", code="stale")
    if task.state == State.GIVEN:
        raise ValidationError("评分已经提交，不能再申请回避。有情况请联系组织单位")
    if conflict and not ground.strip():
        raise ValidationError({"ground": "需要回避的，请写明事由"})
    task.declared_at = at
    task.state = State.CONFLICT if conflict else State.ACCEPTED
    task.ground = ground.strip() if conflict else ""
    task.save(update_fields=["declared_at", "state", "ground"])
    _trail(Verb.REVIEW_DECLARE, task, by=by, at=at, conflict=conflict)
    if conflict and task.kind == Kind.SECOND:
        _second(task.application, at=at)
    elif conflict:
        _further(task, Kind.REPLACEMENT, at=at)
    return task


@transaction.atomic
def save(
    task: Assignment,
    *,
    scores: Mapping[str, int],
    notes: Mapping[str, str],
    comment: str,
    seen: int,
    by: User,
    at: datetime,
) -> Assignment:
    """Keep the marks as far as they are. ``seen`` is the version that was on the screen."""
    task = _marking(task, by)
    if seen != task.version:
        raise ValidationError(STALE, code="stale")
    _fill(task, scores, notes, comment, at=at)
    task.save(update_fields=["scores", "notes", "comment", "version", "saved_at"])
    _trail(Verb.REVIEW_SAVE, task, by=by, at=at, version=task.version)
    return task


@transaction.atomic
def give(
    task: Assignment,
    *,
    scores: Mapping[str, int],
    notes: Mapping[str, str],
    comment: str,
    seen: int,
    by: User,
    at: datetime,
) -> Assignment:
    """Hand the marks in; from here on nobody changes them."""
    task = _marking(task, by)
    if seen != task.version:
        raise ValidationError(STALE, code="stale")
    _fill(task, scores, notes, comment, at=at)
    if missing := _missing(task):
        raise ValidationError(missing)
    task.state, task.given_at = State.GIVEN, at
    task.total = sum(task.scores.values())
    task.save()
    _trail(Verb.REVIEW_GIVE, task, by=by, at=at)
    _second(task.application, at=at)
    _tell_when_all_in(task, at=at)
    return task


@transaction.atomic
def conclude(case: Application, *, text: str, by: User, at: datetime) -> ReviewOpinion:
    """Write the 评审意见 of a case, or write it anew as long as the case is in review."""
    case = Application.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if not panels.may_run(case.round, by):
        raise PermissionDenied("评审意见由开放批次的部门填写")
    if not _in_review(case):
        raise ValidationError("这件申报已不在评审环节", code="stale")
    if not text.strip():
        raise ValidationError({"text": "请填写评审意见"})
    opinion: ReviewOpinion
    opinion, _ = ReviewOpinion.objects.update_or_create(
        application=case,
        submission=case.submissions,
        defaults={"text": text.strip(), "by": by, "by_name": str(by), "at": at},
    )
    path = case.round.authority.path
    audit.record(Verb.REVIEW_CONCLUDE, opinion, by=by, at=at, path=path, round=case.round_id)
    return opinion


def _in_review(case: Application) -> bool:
    return case.status == Application.Status.IN_PROGRESS and case.step == StepKind.REVIEW


def _held(task: Assignment, by: User) -> Assignment:
    """The expert's own task; his case's row is locked, so that marks come in one at a time."""
    found = Assignment.objects.visible_to(by).in_hand().filter(pk=task.pk).first()
    if by.role != Role.EXPERT or found is None:
        raise PermissionDenied("这件申报已不在评审，或不由本账号评审")
    Application.objects.select_for_update(of=("self",)).get(pk=found.application_id)
    held: Assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("application__round__authority", "panel__round__authority", "expert__user")
        .get(pk=found.pk)
    )
    if held.state == State.CANCELLED:
        raise PermissionDenied("这件评审任务已撤回")
    return held


def _marking(task: Assignment, by: User) -> Assignment:
    task = _held(task, by)
    if task.state == State.GIVEN:
        raise ValidationError("评分已经提交，不能再改", code="stale")
    if task.state != State.ACCEPTED:
        raise PermissionDenied("请先声明是否需要回避")
    return task


def _fill(
    task: Assignment,
    scores: Mapping[str, int],
    notes: Mapping[str, str],
    comment: str,
    *,
    at: datetime,
) -> None:
    faults = {}
    known = {one.key: one for one in sheet_of(task.application.round).dimensions}
    for key, mark in scores.items():
        if key not in known or not 0 <= mark <= known[key].points:
            top = f"0 到 {known[key].points} 的整数" if key in known else "评分表中的分项"
            faults[key] = f"请填{top}"
    if faults:
        raise ValidationError(faults)
    task.scores = dict(scores)
    task.notes = {key: text.strip() for key, text in notes.items() if key in known and text.strip()}
    task.comment = comment.strip()
    task.version += 1
    task.saved_at = at


def _missing(task: Assignment) -> list[str]:
    dimensions = sheet_of(task.application.round).dimensions
    found = [f"“{one.name}”还没有评分" for one in dimensions if one.key not in task.scores]
    return found if task.comment else [*found, "请填写总体评审意见"]


# --- who comes next ----------------------------------------


def spread_of(marks: list[int]) -> int:
    """极差: how far the highest mark lies above the lowest."""
    return max(marks) - min(marks) if marks else 0


def _second(case: Application, *, at: datetime) -> None:
    """复评: once all marks are in and lie further apart than the rules allow, one more expert."""
    case = _again(case)
    live = panels.live(case)
    rule = rule_of(case.round)
    if any(one.state != State.GIVEN or one.kind == Kind.SECOND for one in live):
        return
    if len(live) < rule.experts or spread_of([one.total or 0 for one in live]) <= rule.spread:
        return
    _further(max(live, key=lambda one: one.pk), Kind.SECOND, at=at)


def _further(task: Assignment, kind: str, *, at: datetime) -> None:
    """The next expert by the order that was published with the draw; nobody, where it is used up
    (the office then draws for the empty seat).
    """
    panel, case = task.panel, _again(task.application)
    expert = panels.next_expert(panel, case)
    if expert is None:
        return
    made = Assignment.objects.create(
        panel=panel,
        application=case,
        submission=case.submissions,
        expert=expert,
        kind=kind,
        made_at=at,
    )
    audit.record(
        Verb.REVIEW_REPLACE,
        made,
        by=None,
        at=at,
        path=panel.round.authority.path,
        kind=kind,
        expert=expert.code,
    )
    panels.ask(panel, expert, key=f"assignment:{made.pk}", at=at)


def _again(case: Application) -> Application:
    found: Application = (
        Application.objects.select_related("round")
        .prefetch_related("assignments__expert")
        .get(pk=case.pk)
    )
    return found


def _tell_when_all_in(task: Assignment, *, at: datetime) -> None:
    batch: Round = task.application.round
    left = Assignment.objects.filter(panel__round=batch).in_hand().live()
    if left.exclude(state=State.GIVEN).exists():
        return
    message = inbox.Message(
        event=Event.DESK_REVIEWED,
        matter=batch.title,
        result="专家评分已全部提交",
        next_step="查看评审汇总，填写评审意见后办结评审",
        link=f"/rounds/{batch.pk}/review/",
    )
    officers = inbox.officers_of(batch.authority)
    inbox.send(officers, message, key=f"reviewed:{batch.pk}:{task.pk}", at=at)


def _trail(verb: Verb, task: Assignment, *, by: User, at: datetime, **data: object) -> None:
    """Marks and grounds stay out of the trail; so does the firm, who would read it there."""
    path = task.panel.round.authority.path
    audit.record(verb, task, by=by, at=at, path=path, round=task.panel.round_id, **data)
