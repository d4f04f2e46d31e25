"""The acts of the office that asks: send, remind, waive, lift a bar, close."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, digests, inbox, policy
from registry.access import business_date
from registry.audit import Verb
from registry.models import Authority, Event, User
from tiers import chain
from tiers.consultation.questions import content_of, current, files_of, latest, may_conduct
from tiers.models import Application, Consultation, SentFile


@transaction.atomic
def send(
    applications: Sequence[Application], *, due_on: date, by: User, at: datetime
) -> list[Consultation]:
    """Ask every department about every one of these cases at the step; whoever has been asked
    about a case already is passed over. All or nothing.
    """
    if due_on < business_date(at):
        raise ValidationError({"due_on": "答复期限不能早于今天"})
    made: list[Consultation] = []
    for application in applications:
        made += _send_one(_own(application, by), due_on, by=by, at=at)
    if not made:
        raise ValidationError("所选申报都已向各部门发出，没有需要再发的")
    _tell_departments(made, at=at)
    return made


def _own(application: Application, by: User) -> Application:
    found: Application | None = (
        Application.objects.visible_to(by)
        .select_for_update(of=("self",))
        .for_page()
        .filter(pk=application.pk)
        .first()
    )
    if found is None or not may_conduct(found, by):
        raise PermissionDenied("这件申报不在征求意见环节，或不由本账号办理")
    return found


def _send_one(
    application: Application, due_on: date, *, by: User, at: datetime
) -> list[Consultation]:
    asker = chain.handling_authority(application)
    if asker is None:
        raise RuntimeError(f"application {application.pk} waits at no office that asks")
    rules = policy.get(application.round.policy)
    codes = {rules.department_code(one): one for one in rules.departments}
    known = set(current(application).values_list("department__code", flat=True))
    found = []
    for office in Authority.objects.filter(code__in=codes).exclude(code__in=known):
        content = content_of(application, codes[office.code])
        found.append(
            Consultation.objects.create(
                application=application,
                submission=application.submissions,
                department=office,
                asked_by=asker,
                content=content,
                digest=digests.of(content),
                due_on=due_on,
                sent_by=by,
                sent_by_name=str(by),
                sent_at=at,
            )
        )
    if found:
        _record(
            Verb.CONSULTATION_SEND,
            application,
            by=by,
            at=at,
            due_on=str(due_on),
            departments={one.department.code: one.digest for one in found},
        )
    return found


@transaction.atomic
def attach(consultation: Consultation, *, items: Collection[str], by: User, at: datetime) -> int:
    """Let this department open the files that prove these items; returns how many are new. What it
    may open is added to and never taken back.
    """
    row = _conducted(consultation, by)
    held = files_of(row.application)
    known = set(row.files.values_list("evidence", flat=True))
    made = [
        SentFile(
            consultation=row,
            evidence=one,
            label=label,
            name=one.name,
            sha256=one.sha256,
            sent_by=by,
            sent_by_name=str(by),
            sent_at=at,
        )
        for item, (label, files) in held.items()
        if item in items
        for one in files
        if one.pk not in known
    ]
    if not made:
        raise ValidationError("请选择要提供的材料，已提供的不用再选")
    SentFile.objects.bulk_create(made)
    given = {"department": row.department.code, "files": [one.sha256 for one in made]}
    _record(Verb.CONSULTATION_ATTACH, row.application, by=by, at=at, **given)
    result = f"提供了佐证材料 {len(made)} 个"
    _tell(row, Event.CONSULT_FILES, result, f"files:{len(known) + len(made)}", at=at)
    return len(made)


@transaction.atomic
def remind(consultation: Consultation, *, by: User, at: datetime) -> None:
    """Ask a department again that has not answered yet, once a day at most."""
    row = _conducted(consultation, by)
    if row.opinions.exists():
        raise ValidationError(f"{row.department.short_name}已经答复，不需要催办")
    today = business_date(at)
    if row.reminded_at is not None and business_date(row.reminded_at) == today:
        raise ValidationError("今天已经催办过，明天可以再催办")
    row.reminded_at = at
    row.save(update_fields=["reminded_at"])
    _record(Verb.CONSULTATION_REMIND, row.application, by=by, at=at, department=row.department.code)
    late = "已逾期，" if row.is_overdue(today) else ""
    _tell(row, Event.CONSULT_REMINDED, f"{late}请尽快答复", f"remind:{today}", at=at)


@transaction.atomic
def waive(consultation: Consultation, *, reason: str, by: User, at: datetime) -> None:
    """逾期未答复视为无意见, by the officer's word and with his reason."""
    row = _conducted(consultation, by)
    if row.opinions.exists():
        raise ValidationError(f"{row.department.short_name}已经答复，以答复为准")
    if row.waived_at is not None:
        raise ValidationError("已视为无意见，不需要重复办理")
    if not row.is_overdue(business_date(at)):
        raise ValidationError(f"答复期限 {row.due_on:%Y-%m-%d} 还没有过，不能视为无意见")
    if not reason.strip():
        raise ValidationError({"reason": "请写明视为无意见的理由"})
    row.waived_at, row.waived_by_name, row.waive_reason = at, str(by), reason.strip()
    row.save(update_fields=["waived_at", "waived_by_name", "waive_reason"])
    _record(
        Verb.CONSULTATION_WAIVE,
        row.application,
        by=by,
        at=at,
        department=row.department.code,
        reason=reason.strip(),
    )


@transaction.atomic
def lift(consultation: Consultation, *, reason: str, by: User, at: datetime) -> None:
    """Lift the bar of a department's veto; what it said stays as it was said."""
    row = _conducted(consultation, by)
    said = latest(row)
    if said is None or not said.bars:
        raise ValidationError("没有需要解除的否决事项")
    if not reason.strip():
        raise ValidationError({"reason": "请写明解除否决事项的理由和依据"})
    said.lifted_by, said.lifted_by_name = by, str(by)
    said.lifted_at, said.lift_reason = at, reason.strip()
    said.save(update_fields=["lifted_by", "lifted_by_name", "lifted_at", "lift_reason"])
    _record(
        Verb.CONSULTATION_LIFT,
        row.application,
        by=by,
        at=at,
        department=row.department.code,
        opinion=said.pk,
        reason=reason.strip(),
    )
    _tell(row, Event.CONSULT_LIFTED, f"否决事项已解除：{reason.strip()}", f"lift:{said.pk}", at=at)


def close(application: Application, *, at: datetime) -> None:
    """The case has left the step: no department is waited for any more. Part of the act that
    moved it.
    """
    Consultation.objects.filter(application=application).open().update(closed_at=at)


def _conducted(consultation: Consultation, by: User) -> Consultation:
    """The row again, with its case under the lock, for the officer at whose step it waits."""
    application = _own(consultation.application, by)
    row: Consultation = (
        Consultation.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("department")
        .get(pk=consultation.pk)
    )
    if row.closed_at is not None:
        raise PermissionDenied("这次征求意见已经办结")
    row.application = application
    return row


def _record(verb: Verb, application: Application, *, by: User, at: datetime, **data: Any) -> None:
    """Business of the office that asks: the firm and the offices below do not read it."""
    audit.record(verb, application, by=by, at=at, path=by.authority_path, **data)


def _tell_departments(made: Sequence[Consultation], *, at: datetime) -> None:
    for row in made:
        _tell(row, Event.CONSULT_ASKED, "请答复有无意见", "asked", at=at)


def _tell(row: Consultation, event: Event, result: str, key: str, *, at: datetime) -> None:
    inbox.send(
        inbox.officers_of(row.department),
        inbox.Message(
            event=event,
            matter=f"{row.content['enterprise']}（{row.content['factory']}）征求意见",
            result=result,
            next_step="" if event == Event.CONSULT_LIFTED else "查看内容，答复无意见或有意见",
            due_on=None if event == Event.CONSULT_LIFTED else row.due_on,
            link=f"/consultations/{row.pk}/",
        ),
        key=f"consultation:{row.pk}:{key}",
        at=at,
    )
