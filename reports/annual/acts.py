"""The firm writes and sends in; the office accepts or sends back item by item; files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from registry import audit, enterprises
from registry.access import OFFICERS, Role, business_date, may_change
from registry.audit import Verb
from registry.models import Event, User
from reports.annual import checks, telling
from reports.annual import content as contents
from reports.annual.opening import acceptor
from reports.annual.reminders import stage
from reports.models import AnnualFile, AnnualRemark, AnnualReport, AnnualStep

State, Action = AnnualReport.State, AnnualStep.Action
FILES_MOST = 40
TEXT_LENGTH = 500


@dataclass(frozen=True)
class Reply:
    """What the firm says to one thing it was to mend."""

    outcome: str
    answer: str


@dataclass(frozen=True)
class Remark:
    """One thing to mend: a part of the report, and how."""

    part: str
    text: str


# --- who may ----------------------------------------


def may_fill(report: AnnualReport, user: User) -> bool:
    own = user.role == Role.ENTERPRISE and user.enterprise_id == report.factory.enterprise_id
    return own and report.with_firm and may_change(user)


def may_submit(report: AnnualReport, user: User) -> bool:
    """Only a manager speaks for the firm."""
    return may_fill(report, user) and enterprises.may_manage(user)


def may_decide(report: AnnualReport, user: User) -> bool:
    return (
        user.role in OFFICERS
        and report.state == State.SUBMITTED
        and may_change(user)
        and user.authority_id == acceptor(report).pk
    )


# --- the firm ----------------------------------------


@transaction.atomic
def save(
    report: AnnualReport,
    content: Mapping[str, Any],
    replies: Mapping[int, Reply],
    *,
    seen: int,
    by: User,
    at: datetime,
) -> AnnualReport:
    """Keep what has been written so far; offices do not see it."""
    report = _written(locked(report), content, replies, seen=seen, by=by, at=at)
    report.save()
    _trail(Verb.ANNUAL_SAVE, report, by=by, at=at)
    return report


def _written(
    report: AnnualReport,
    content: Mapping[str, Any],
    replies: Mapping[int, Reply],
    *,
    seen: int,
    by: User,
    at: datetime,
) -> AnnualReport:
    if not may_fill(report, by):
        raise PermissionDenied("这份年度报告已报送，或不由本账号填报")
    if seen != report.version:
        raise ValidationError("有人同时改过，请看过最新内容再填", code="stale")
    report.content, report.saved_at = dict(content), at
    report.version += 1
    for remark in standing(report):
        if reply := replies.get(remark.pk):
            remark.outcome, remark.answer = reply.outcome, reply.answer.strip()
            remark.save(update_fields=["outcome", "answer"])
    return report


@transaction.atomic
def submit(
    report: AnnualReport,
    content: Mapping[str, Any],
    replies: Mapping[int, Reply],
    *,
    declared: bool,
    seen: int,
    by: User,
    at: datetime,
) -> AnnualReport:
    """Send it in: everything asked is said, every doubt explained, every return answered. What was
    sent is kept as it is, with what it was compared with.
    """
    report = _written(locked(report), content, replies, seen=seen, by=by, at=at)
    if not may_submit(report, by):
        raise PermissionDenied("年度报告由本企业管理员报送")
    known = contents.before(report)
    if wrong := _faults(report, content, known, declared):
        raise ValidationError(wrong)
    files = list(report.files.live().order_by("pk"))
    step = _step(report, Action.SUBMIT, by=by, at=at)
    step.content = {**content, "before": known, "files": [one.pk for one in files]}
    step.save()
    report.files.live().filter(sent_at__isnull=True).update(sent_at=at)
    report.state, report.submitted_at = State.SUBMITTED, at
    report.authority = acceptor(report)
    report.save()
    _trail(Verb.ANNUAL_SUBMIT, report, by=by, at=at, version=report.version)
    telling.tell_office(report, at)
    return report


def _faults(
    report: AnnualReport, content: Mapping[str, Any], known: Mapping[str, Any], declared: bool
) -> dict[str, str]:
    found = checks.gaps(report, content)
    doubts = checks.doubts(report, content, known)
    for doubt in checks.unexplained(doubts, content):
        found[f"why-{doubt.code}"] = f"{doubt.text}。请更正，或在“数据核对”里写明原因"
    for remark in standing(report):
        if remark.outcome not in AnnualRemark.Outcome.values or not remark.answer:
            found[f"reply-{remark.pk}"] = f"请答复退回事项“{remark.label}”：改了什么，或不改的理由"
    if not declared:
        found["declared"] = "请勾选真实性承诺，勾选后才能报送"
    return found


def standing(report: AnnualReport) -> list[AnnualRemark]:
    """What the firm has to mend now: the items of the step that sent it back."""
    if report.state != State.RETURNED:
        return []
    last = report.steps.filter(action=Action.SEND_BACK).order_by("-at", "-pk").first()
    return list(last.remarks.order_by("pk")) if last else []


@transaction.atomic
def add_file(
    report: AnnualReport, upload: File, *, name: str, by: User, at: datetime
) -> AnnualFile:
    """Keep a file with the report; kinds and sizes as for any proof."""
    report = locked(report)
    if not may_fill(report, by):
        raise PermissionDenied("现在不能上传材料")
    seen = self_assessment.vetted(upload, name)
    if report.files.live().count() >= FILES_MOST:
        raise ValidationError({"file": f"材料不超过 {FILES_MOST} 份，请先移除用不到的"})
    kept = AnnualFile(
        report=report,
        **seen.columns,
        added_by=by,
        added_at=at,
    )
    kept.file.save("", upload, save=False)
    kept.save()
    _trail(Verb.ANNUAL_FILE, report, by=by, at=at, sha256=kept.sha256)
    return kept


@transaction.atomic
def remove_file(kept: AnnualFile, *, by: User, at: datetime) -> None:
    """Take a file out; row and file stay, and with them what was sent in."""
    report = locked(kept.report)
    if not may_fill(report, by):
        raise PermissionDenied("这份材料现在不能移除")
    AnnualFile.objects.live().filter(pk=kept.pk).update(removed_at=at)
    _trail(Verb.ANNUAL_FILE_REMOVE, report, by=by, at=at, sha256=kept.sha256)


# --- the office ----------------------------------------


@transaction.atomic
def accept(
    report: AnnualReport, *, opinion: str, seen: int, by: User, at: datetime
) -> AnnualReport:
    """The report stands as it was sent in."""
    report = _decided(locked(report), seen=seen, by=by)
    report.state, report.settled_at, report.authority = State.ACCEPTED, at, acceptor(report)
    report.save()
    step = _step(report, Action.ACCEPT, by=by, at=at)
    step.opinion = opinion.strip()
    step.save()
    _trail(Verb.ANNUAL_ACCEPT, report, by=by, at=at)
    message = telling.of(report, Event.ANNUAL_ACCEPTED, result="已受理")
    telling.tell_firm(report, message, "accepted", at)
    return report


@transaction.atomic
def send_back(
    report: AnnualReport,
    remarks: Sequence[Remark],
    *,
    due_on: date,
    seen: int,
    by: User,
    at: datetime,
) -> AnnualReport:
    """Back to the firm with what to mend, and until when; never sooner than it was due."""
    report = _decided(locked(report), seen=seen, by=by)
    on = business_date(at)
    if wrong := _return_faults(remarks, due_on, on):
        raise ValidationError(wrong)
    report.state, report.settled_at = State.RETURNED, at
    report.due_on = max(report.due_on, due_on)
    report.told = stage(report.due_on, on)
    report.save()
    step = _step(report, Action.SEND_BACK, by=by, at=at)
    step.save()
    AnnualRemark.objects.bulk_create(
        AnnualRemark(step=step, part=one.part, label=contents.PARTS[one.part], text=one.text)
        for one in remarks
    )
    _trail(Verb.ANNUAL_SEND_BACK, report, by=by, at=at, parts=[one.part for one in remarks])
    message = telling.of(
        report,
        Event.ANNUAL_RETURNED,
        result=f"退回修改，共 {len(remarks)} 项",
        next_step="逐项修改、答复后重新报送",
        due_on=report.due_on,
    )
    telling.tell_firm(report, message, "returned", at)
    return report


def _return_faults(remarks: Sequence[Remark], due_on: date, on: date) -> dict[str, str]:
    found = {}
    if not remarks:
        found["remarks"] = "请至少写明一项退回内容：哪一部分、要怎样改"
    for one in remarks:
        if one.part not in contents.PARTS or not one.text.strip():
            found["remarks"] = "退回的每一项都要选择内容、写明要怎样改"
        elif len(one.text) > TEXT_LENGTH:
            found["remarks"] = f"每一项的说明不超过 {TEXT_LENGTH} 个字"
    if due_on <= on:
        found["due_on"] = "重新报送的截止日期应在今天以后"
    return found


def _decided(report: AnnualReport, *, seen: int, by: User) -> AnnualReport:
    if not may_decide(report, by):
        raise PermissionDenied("这份年度报告不在待受理状态，或不由本部门受理")
    if seen != report.version:
        raise ValidationError("企业又报送了新的内容，请看过再办理", code="stale")
    report.version += 1
    return report


def locked(report: AnnualReport) -> AnnualReport:
    rows = AnnualReport.objects.select_for_update(of=("self",)).for_list()
    found: AnnualReport = rows.get(pk=report.pk)
    return found


def _step(report: AnnualReport, action: str, *, by: User, at: datetime) -> AnnualStep:
    return AnnualStep(
        report=report,
        action=action,
        by=by,
        by_name=str(by),
        place_name=by.place_name,
        at=at,
    )


def _trail(verb: Verb, report: AnnualReport, *, by: User, at: datetime, **data: Any) -> None:
    audit.record(
        verb,
        report,
        by=by,
        at=at,
        path=report.authority.path,
        enterprise_id=report.factory.enterprise_id,
        **data,
    )
