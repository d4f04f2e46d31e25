"""Objections (异议) to a case on public notice: received, sealed, handled by somebody uninvolved.

Who objects and what he writes is read only through ``unseal``, and every reading leaves a line in
the trail. Messages and trail speak of an objection by its number alone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from registry import audit, inbox
from registry.access import OFFICERS, Seat, business_date, may_change
from registry.audit import Verb
from registry.models import Authority, Event, User
from tiers import certification
from tiers.models import Application, Notice, NoticeEntry, Objection, handlers_of

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
NOBODY = "本部门现有人员都办理过这件申报，异议不能分办"
MEND = "请系统管理员为本部门没有参与过的同事开通经办账号，或把其查阅席位改为经办席位，再分办处理"
NOT_YOURS = "异议由没有办理过这件申报的本单位人员处理"


@dataclass(frozen=True)
class Said:
    """What the objector writes, over his real name."""

    name: str
    phone: str
    relation: str
    ground: str
    proof: File | None = None


# --- questions ----------------------------------------


def may_handle(application: Application, user: User) -> bool:
    """Whether this person could be given an objection to the case."""
    return any(one.pk == user.pk for one in uninvolved(application, [user]))


def uninvolved(application: Application, people: list[User]) -> list[User]:
    """Those of these people who had no part in the case and may change something."""
    return _without_part(handlers_of([application.pk])[application.pk], people)


def _without_part(part: tuple[set[int], str], people: list[User]) -> list[User]:
    took_part, teams = part
    return [
        one
        for one in people
        if one.pk not in took_part
        and not (one.name and one.name in teams)
        and one.role in OFFICERS
        and one.seat != Seat.READER
        and one.standing_in is None
    ]


def stuck(brought: list[Objection], office: Authority) -> set[int]:
    """Those of these open objections that nobody in the office could be given."""
    waiting = [one for one in brought if not one.finding and one.handler_id is None]
    if not waiting:
        return set()
    people = inbox.officers_of(office)
    parts = handlers_of({one.application_id for one in waiting})
    return {one.pk for one in waiting if not _without_part(parts[one.application_id], people)}


def candidates(objection: Objection) -> list[User]:
    """Officers of the notice's office who may be given the objection."""
    return uninvolved(objection.application, inbox.officers_of(objection.notice.authority))


def found_by(receipt: str, last_digits: str) -> Objection | None:
    """The objection of a receipt, for whoever knows the last four digits of its telephone."""
    number, _, code = receipt.strip().upper().rpartition("-")
    found: Objection | None = (
        Objection.objects.filter(number=number, code=code).select_related("notice").first()
    )
    digits = "".join(ch for ch in found.phone if ch.isdecimal()) if found else ""
    fits = len(last_digits) == 4 and secrets.compare_digest(digits[-4:], last_digits)
    return found if found and fits else None


# --- acts ----------------------------------------


@transaction.atomic
def receive(shown: Notice, application_id: int, said: Said, *, at: datetime) -> Objection:
    """An objection sent in on the public page; refused after the last day of the notice."""
    shown = _locked(shown.pk)
    on = business_date(at)
    if not shown.is_running(on):
        raise ValidationError(_too_late(shown))
    return _write(shown, application_id, said, Objection.Way.ONLINE, received_on=on, at=at)


@transaction.atomic
def enter(
    shown: Notice, application_id: int, said: Said, *, received_on: date, by: User, at: datetime
) -> Objection:
    """收到书面异议: a letter that came to the office within the days of the notice."""
    if not Notice.objects.visible_to(by).filter(pk=shown.pk).exists() or not may_change(by):
        raise PermissionDenied(NOT_YOURS)
    shown = _locked(shown.pk)
    if shown.status != Notice.Status.PUBLISHED or shown.starts_on is None:
        raise ValidationError(_too_late(shown))
    if received_on > business_date(at):
        raise ValidationError({"received_on": "收到日期不能晚于今天"})
    if not shown.starts_on <= received_on <= (shown.ends_on or received_on):
        raise ValidationError(
            {
                "received_on": f"公示期为 {shown.starts_on:%Y-%m-%d} 至 {shown.ends_on:%Y-%m-%d}，"
                "期外收到的不作为公示异议"
            }
        )
    case = Application.objects.filter(pk=application_id).first()
    if case is not None and not may_handle(case, by):
        raise ValidationError("本人办理过这件申报，请由没有办理过的同事登记")
    return _write(
        shown, application_id, said, Objection.Way.LETTER, received_on=received_on, by=by, at=at
    )


def _write(
    shown: Notice,
    application_id: int,
    said: Said,
    way: Objection.Way,
    *,
    received_on: date,
    by: User | None = None,
    at: datetime,
) -> Objection:
    entry = NoticeEntry.objects.filter(notice=shown, application=application_id).first()
    if entry is None:
        raise ValidationError({"application": "请从公示名单中选择"})
    _whole(said)
    year = business_date(at).year
    objection = Objection(
        number=f"YY-{year}-{certification.next_number(f'objection:{year}'):04d}",
        code="".join(secrets.choice(ALPHABET) for _ in range(6)),
        notice=shown,
        application=entry.application,
        way=way,
        received_on=received_on,
        entered_at=at,
        entered_by=by,
        name=said.name.strip(),
        phone=said.phone.strip(),
        relation=said.relation,
        ground=said.ground.strip(),
    )
    if said.proof is not None:
        seen = self_assessment.vetted(said.proof, said.proof.name or "")
        objection.proof_name, objection.proof_type = seen.name, seen.content_type
        objection.proof.save("", said.proof, save=False)
    objection.save()
    _trail(Verb.OBJECTION_RECEIVE, objection, by=by, at=at, way=str(way))
    if able := candidates(objection):
        said_next = "分办给没有办理过这件申报的人员"
        _tell(objection, able, result="收到一件异议，待分办", next_step=said_next, at=at)
    else:
        _tell_stuck(objection, at=at)
    return objection


def _whole(said: Said) -> None:
    """Anonymous or empty objections are none."""
    wanted = {
        "name": (said.name.strip(), "请填写真实姓名或单位名称，匿名的不受理"),
        "phone": (said.phone.strip(), "请填写联系电话，用来核实和答复"),
        "ground": (said.ground.strip(), "请写明异议的事实和理由"),
    }
    missing = {field: sentence for field, (given, sentence) in wanted.items() if not given}
    if missing:
        raise ValidationError(missing)
    if said.relation not in Objection.Relation.values:
        raise ValidationError({"relation": "请选择与被异议企业的关系"})


def _too_late(shown: Notice) -> str:
    if shown.status == Notice.Status.WITHDRAWN:
        return "这份公示已撤回，不再受理异议。重新公示后可以提出"
    ends = f"已于 {shown.ends_on:%Y-%m-%d} 24:00 结束" if shown.ends_on else "还没有开始"
    return f"公示{ends}，不能再按公示异议受理。有新情况的，请直接向公示部门反映"


@transaction.atomic
def assign(objection: Objection, handler: User, *, by: User, at: datetime) -> Objection:
    """分办: give it to somebody of the office who had no part in the case."""
    objection = _own(objection, by)
    if handler.pk not in [one.pk for one in candidates(objection)]:
        raise ValidationError({"handler": "请选择没有办理过这件申报的本单位人员"})
    objection.handler = handler
    objection.assigned_by, objection.assigned_at = by, at
    objection.save()
    _trail(Verb.OBJECTION_ASSIGN, objection, by=by, at=at, handler=handler.pk)
    _tell(
        objection,
        [handler],
        result="分办给您处理",
        next_step="查阅异议、核实后作出结论并答复",
        at=at,
    )
    return objection


@transaction.atomic
def unseal(objection: Objection, *, reason: str, by: User, at: datetime) -> Objection:
    """Read one sealed objection, once, for a stated reason. The line in the trail is the key."""
    objection = _own(objection, by, still_open=False)
    if not reason.strip():
        raise ValidationError({"reason": "请写明查阅原因，会记入操作留痕"})
    _trail(Verb.OBJECTION_UNSEAL, objection, by=by, at=at, reason=reason.strip()[:100])
    return objection


@transaction.atomic
def handle(
    objection: Objection, *, finding: str, answer: str, reason: str, by: User, at: datetime
) -> Objection:
    """办结: the finding, and the answer that the objector reads by his receipt."""
    objection = _own(objection, by)
    if objection.handler_id != by.pk:
        raise PermissionDenied("异议由分办的处理人办结")
    if finding not in Objection.Finding.values:
        raise ValidationError({"finding": "请选择处理结论"})
    if not answer.strip():
        raise ValidationError({"answer": "请填写答复，异议人凭回执号能看到"})
    upheld = finding == Objection.Finding.UPHELD
    if upheld and not reason.strip():
        raise ValidationError({"reason": "异议成立的，请写明不予认定的理由，企业能看到"})
    objection.finding, objection.answer = finding, answer.strip()
    objection.reason = reason.strip() if upheld else ""
    objection.handled_by, objection.handled_at = by, at
    objection.save()
    _trail(Verb.OBJECTION_HANDLE, objection, by=by, at=at, finding=finding)
    return objection


def _own(objection: Objection, by: User, *, still_open: bool = True) -> Objection:
    """The objection under its lock, for somebody who may read it."""
    found: Objection | None = (
        Objection.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("notice__authority", "application__factory__enterprise")
        .filter(pk=objection.pk)
        .first()
    )
    if found is None or not may_change(by):
        raise PermissionDenied(NOT_YOURS)
    if still_open and found.finding:
        raise ValidationError("这件异议已经办结，请刷新后再看", code="stale")
    return found


def _locked(pk: int) -> Notice:
    """The notice under its lock: it does not close while an objection comes in."""
    found: Notice = (
        Notice.objects.select_for_update(of=("self",)).select_related("authority").get(pk=pk)
    )
    return found


def _tell(
    objection: Objection, people: list[User], *, result: str, next_step: str, at: datetime
) -> None:
    message = inbox.Message(
        event=Event.DESK_OBJECTION,
        matter=f"公示异议 {objection.number}",
        result=result,
        next_step=next_step,
        link=f"/objections/{objection.pk}/",
    )
    key = f"objection:{objection.pk}:{objection.handler_id or 'new'}"
    inbox.send(people, message, key=key, at=at)


def _tell_stuck(objection: Objection, *, at: datetime) -> None:
    """Nobody may open it: the whole office hears that, and of the objection only its number."""
    message = inbox.Message(
        event=Event.DESK_OBJECTION,
        matter=f"公示异议 {objection.number}",
        result=NOBODY,
        next_step=MEND,
        link=f"/rounds/{objection.notice.round_id}/notice/",
    )
    people = inbox.officers_of(objection.notice.authority)
    inbox.send(people, message, key=f"objection:{objection.pk}:stuck", at=at)


def _trail(verb: Verb, objection: Objection, *, by: User | None, at: datetime, **data: Any) -> None:
    path = objection.notice.authority.path
    audit.record(verb, objection, by=by, at=at, path=path, **data)
