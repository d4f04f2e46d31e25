"""Departments asked about a case (征求意见): sent, answered, reminded, waived, and a bar lifted.

What is sent is frozen; a department never sees anything else of a case. A 有意见 that names an
event of veto bars the case until the province lifts it with a reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet

from assessments import assessment as self_assessment
from assessments import standard
from registry import audit, inbox, policy, workdays
from registry.access import Role, business_date, may_change
from registry.audit import Verb
from registry.models import Authority, Event, User
from registry.policy import Department, StepKind, Tier
from tiers import chain
from tiers.eligibility import Problem
from tiers.models import Application, Consultation, DepartmentOpinion

Answer = DepartmentOpinion.Answer
GROUND_LENGTH = 1000


# --- questions ----------------------------------------


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


def digest_of(content: dict[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


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
    rows = current(application).select_related("department", "application__round")
    return _vetoes(rows.prefetch_related("opinions"))


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


# --- acts of the province ----------------------------------------


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


def default_due(application: Application, on: date) -> date:
    """The day by which the rules want an answer to what is sent on a day."""
    return due_under(policy.get(application.round.policy), on)


def due_under(rules: policy.Policy, on: date) -> date:
    return workdays.add(on, rules.consult_workdays or 1)


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
                digest=digest_of(content),
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


# --- acts of a department ----------------------------------------


@transaction.atomic
def answer(
    consultation: Consultation,
    *,
    answer: str,
    ground: str = "",
    veto: str = "",
    upload: File | None = None,
    name: str = "",
    by: User,
    at: datetime,
) -> DepartmentOpinion:
    """A department's word, or an amendment of it while the case waits; a file once given stays
    with an amendment that brings no other.
    """
    # The case first, as the acts of the province lock it.
    Application.objects.select_for_update(of=("self",)).get(pk=consultation.application_id)
    row = (
        Consultation.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("application__factory__authority", "application__round", "department")
        .filter(pk=consultation.pk)
        .first()
    )
    if row is None or not may_reply(row, by):
        raise PermissionDenied("这次征求意见已经办结，或不由本账号答复")
    before = latest(row)
    said = DepartmentOpinion(
        consultation=row,
        answer=answer,
        ground=ground.strip(),
        veto=veto if answer == Answer.OBJECTION else "",
        by=by,
        by_name=str(by),
        at=at,
    )
    _refuse_faulty(said, row)
    _attach(said, before, upload, name)
    said.save()
    audit.record(
        Verb.CONSULTATION_ANSWER,
        row.application,
        by=by,
        at=at,
        path=row.asked_by.path,
        department=row.department.code,
        answer=said.answer,
        veto=said.veto,
        sha256=said.sha256,
        amends=before.pk if before else None,
    )
    _tell_asker(row, said, amended=before is not None, at=at)
    return said


def _refuse_faulty(said: DepartmentOpinion, row: Consultation) -> None:
    if said.answer not in Answer:
        raise ValidationError({"answer": "请选择无意见或有意见"})
    if said.answer == Answer.OBJECTION and not said.ground:
        raise ValidationError({"ground": "有意见的，请写明理由和依据"})
    if len(said.ground) > GROUND_LENGTH:
        raise ValidationError({"ground": f"理由和依据不超过 {GROUND_LENGTH} 个字"})
    if said.veto and said.veto not in row.content["vetoes"]:
        raise ValidationError({"veto": "否决事项请从列出的类别中选择"})


def _attach(
    said: DepartmentOpinion, before: DepartmentOpinion | None, upload: File | None, name: str
) -> None:
    if upload is not None:
        seen = self_assessment.vetted(upload, name or "未命名")
        said.name, said.size = seen.name, seen.size
        said.content_type, said.sha256 = seen.content_type, seen.sha256
        said.file.save("", upload, save=False)
    elif before is not None and before.file and said.answer == Answer.OBJECTION:
        said.file = before.file.name
        said.name, said.size = before.name, before.size
        said.content_type, said.sha256 = before.content_type, before.sha256


# --- telling ----------------------------------------


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


def _tell_asker(row: Consultation, said: DepartmentOpinion, *, amended: bool, at: datetime) -> None:
    what = said.get_answer_display() + ("，提出否决事项" if said.veto else "")
    inbox.send(
        [row.sent_by],
        inbox.Message(
            event=Event.CONSULT_ANSWERED,
            matter=f"{row.content['factory']}征求意见（{row.content['number']}）",
            result=f"{row.department.short_name}{'更改答复' if amended else '答复'}：{what}",
            next_step="全部答复后办结征求意见",
            link=f"/applications/{row.application_id}/consultation/",
        ),
        key=f"consultation:{row.pk}:answer:{said.pk}",
        at=at,
    )
