"""Appeals (复核) against a revocation: by the firm, answered by somebody who had no part in it, of
the issuing office or of the one above. Upheld, the title is what it was before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from registry import inbox
from registry.access import OFFICERS, Seat, business_date, may_change
from registry.audit import Verb
from registry.models import Event, User
from tiers import bans, endings
from tiers.models import Revocation, RevocationFile
from tiers.revocation import keep_files, locked, of_firm, record, tell_firm, tell_office


def may_appeal(revocation: Revocation, user: User, *, on: date) -> bool:
    until = revocation.appeal_until
    unsaid = revocation.appealed_at is None and until is not None and on <= until
    return of_firm(revocation, user) and unsaid


def may_answer(revocation: Revocation, user: User) -> bool:
    waits = revocation.appealed_at is not None and not revocation.finding
    return waits and may_change(user) and _uninvolved(revocation, user)


def _uninvolved(revocation: Revocation, user: User) -> bool:
    own = revocation.authority
    offices = {own.pk, own.parent_id}
    return (
        user.role in OFFICERS
        and user.authority_id in offices
        and user.pk not in revocation.involved
        and user.standing_in is None
    )


def handlers(revocation: Revocation) -> list[User]:
    """Who may answer: people of the office itself, else of the one above."""
    own = revocation.authority
    for office in (own, own.parent):
        people = inbox.officers_of(office) if office else []
        fit = [one for one in people if one.seat != Seat.READER and _uninvolved(revocation, one)]
        if fit:
            return fit
    return []


@transaction.atomic
def appeal(
    revocation: Revocation, *, words: str, papers: Sequence[File] = (), by: User, at: datetime
) -> Revocation:
    """申请复核: once, within the period; the revocation goes on standing meanwhile."""
    revocation = locked(revocation, by)
    if not of_firm(revocation, by):
        raise PermissionDenied("复核由企业申请")
    if not may_appeal(revocation, by, on=business_date(at)):
        raise ValidationError("没有可以申请复核的决定，或已超过期限、已经申请", code="stale")
    if not words.strip():
        raise ValidationError({"words": "请填写申请复核的理由"})
    revocation.appeal, revocation.appealed_by, revocation.appealed_at = words.strip(), by, at
    revocation.save()
    keep_files(revocation, RevocationFile.Stage.APPEAL, papers, by=by, at=at)
    record(Verb.REVOCATION_APPEAL, revocation, by=by, at=at)
    tell_office(
        revocation,
        result="企业申请复核撤销决定",
        next_step="由没有经办过的人员复核并答复",
        key="appealed",
        people=handlers(revocation),
        at=at,
    )
    return revocation


@transaction.atomic
def answer(
    revocation: Revocation,
    *,
    finding: str,
    answer: str,
    document_no: str,
    by: User,
    at: datetime,
) -> Revocation:
    """复核决定: upheld, title and firm stand as before; dismissed, the revocation stands."""
    revocation = locked(revocation, by)
    if not _uninvolved(revocation, by):
        raise PermissionDenied("复核由本部门或上级部门没有经办过的人员办理")
    if not may_answer(revocation, by):
        raise ValidationError("没有待答复的复核申请，请刷新后再看", code="stale")
    found = {}
    if finding not in Revocation.Finding.values:
        found["finding"] = "请选择复核结论"
    if not answer.strip():
        found["answer"] = "请填写答复和理由，企业能看到"
    if not document_no.strip():
        found["document_no"] = "请填写复核决定的文号"
    if found:
        raise ValidationError(found)
    revocation.finding, revocation.answer = finding, answer.strip()
    revocation.answer_document_no = document_no.strip()
    revocation.answered_by, revocation.answered_name = by, str(by)
    revocation.answered_at = at
    revocation.save()
    record(Verb.REVOCATION_ANSWER, revocation, by=by, at=at, finding=finding)
    if finding == Revocation.Finding.UPHELD:
        _give_back(revocation, by=by, at=at)
    else:
        tell_firm(
            revocation,
            Event.TITLE_REVOKING,
            result=f"复核不成立，维持撤销：{revocation.answer}",
            key="answered",
            at=at,
        )
    return revocation


def _give_back(revocation: Revocation, *, by: User, at: datetime) -> None:
    endings.reinstate(revocation.fallen, by=by, at=at)
    bans.lift(
        revocation.certification.bans.all(),
        reason=f"复核撤销原决定：{revocation.answer}",
        document_no=revocation.answer_document_no,
        by=by,
        at=at,
    )
    tell_firm(
        revocation,
        Event.TITLE_RESTORED,
        result=f"复核成立，{_given_back(revocation)}：{revocation.answer}",
        key="answered",
        at=at,
    )


def _given_back(revocation: Revocation) -> str:
    if revocation.fallen:
        return "认定恢复，视为未曾撤销"
    return "撤销决定取消，禁止申报解除，认定仍按到期办理"
