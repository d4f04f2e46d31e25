"""找回账号: a firm's person who can no longer sign in, by the word of its legal representative.

Whoever files is told the same whatever he named; the bureau compares the letter and rings the
number it knows; then everybody of the firm is told, and anybody of them can stop it until the
waiting time is over. Only then a new password can be set, once, with the secret of the filing.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from registry import audit, enterprises, identities, inbox, passwords, tokens
from registry.access import OFFICERS, SHANGHAI, Role
from registry.audit import Verb
from registry.models import ApiToken, Event, Recovery, User

Status = Recovery.Status
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
#: Requests for one account that wait at the same time; more are kept and shown to nobody.
MOST = 3
#: After so long a request that named no account is answered like one that was refused.
SILENT = timedelta(days=5)
KEPT = timedelta(days=30)

HANDLED = "这件申请已经办理过，请刷新后再看"
NOT_YET = "等待期还没有结束，期满以后才能设置新密码"
OVER = "这件申请已经失效，不能再设置密码。仍需要的，请重新提交"
UNMATCHED = "填写的信息与登记的不一致，或申请函不能核实"


@dataclass(frozen=True)
class Filed:
    """What a stranger sends in."""

    credit_code: str
    username: str
    phone: str
    letter: File


def _signs(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def _digest(secret: str) -> str:
    plain = "".join(sign for sign in secret.upper() if sign.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def _account(filed: Filed) -> User | None:
    """The account that is meant, where there is one and not too much is asked for it already."""
    found = User.objects.select_related("enterprise__authority").filter(
        username__iexact=filed.username.strip(),
        enterprise__credit_code=filed.credit_code.strip().upper(),
        role=Role.ENTERPRISE,
        is_active=True,
    )
    person = found.first()
    if person is None or Recovery.objects.waiting().filter(account=person).count() >= MOST:
        return None
    return person


@transaction.atomic
def file(filed: Filed, *, at: datetime) -> tuple[Recovery, str]:
    """Take a request in; returns it and, this once, its secret. What is answered does not depend
    on whether there is such an account.
    """
    seen = self_assessment.vetted(filed.letter, filed.letter.name or "")
    person, secret = _account(filed), f"{_signs(5)}-{_signs(5)}-{_signs(5)}-{_signs(5)}"
    firm = person.enterprise if person else None
    made = Recovery(
        account=person,
        enterprise=firm,
        authority=enterprises.confirming(firm) if firm else None,
        receipt=f"ZH-{_signs(10)}",
        secret=_digest(secret),
        phone=filed.phone.strip(),
        filed_at=at,
        **seen.columns,
    )
    made.file.save("", filed.letter, save=False)
    made.save()
    if person is not None:
        _trail(Verb.RECOVERY_FILE, made, by=None, at=at)
        _tell_office(made, at)
    return made, secret


def found_by(receipt: str, secret: str) -> Recovery | None:
    """The request of a receipt, for whoever has its secret."""
    asked = receipt.strip().upper()
    found = Recovery.objects.select_related("account", "enterprise").filter(receipt=asked).first()
    kept = found.secret if found else ""
    return found if secrets.compare_digest(kept, _digest(secret)) and found else None


def said(one: Recovery, at: datetime) -> tuple[str, str, str]:
    """Badge, state and reason as whoever filed reads them."""
    if one.account_id is None and at - one.filed_at >= SILENT:
        return "refused", Status.REFUSED.label, UNMATCHED
    if one.is_over(at):
        return "expired", "已失效", OVER
    return one.status, str(Status(one.status).label), one.reason if one.decided_at else ""


# --- the bureau -----------------------------------------------------------


@transaction.atomic
def approve(one: Recovery, *, checked: str, by: User, at: datetime) -> Recovery:
    """The letter is genuine and the number known to the bureau was rung: the waiting time begins,
    and everybody of the firm is told.
    """
    if not checked.strip():
        raise ValidationError({"checked": "请写明核实方式，例如与登记的联系电话通话核实"})
    one, person = _waiting(one, by)
    if Recovery.objects.filter(account=person, status=Status.APPROVED, ends_at__gt=at).exists():
        raise ValidationError("这个账号的另一件找回申请已通过，不能同时办理两件", code="stale")
    # One that was let run out makes room for the next.
    Recovery.objects.filter(account=person, status=Status.APPROVED).update(
        status=Status.REFUSED, reason=OVER, closed_at=at
    )
    one.status, one.decided_at, one.decided_by = Status.APPROVED, at, by
    one.opens_at = at + timedelta(hours=settings.RECOVERY_WAIT_HOURS)
    one.ends_at = one.opens_at + timedelta(days=settings.RECOVERY_OPEN_DAYS)
    one.save()
    _trail(Verb.RECOVERY_APPROVE, one, by=by, at=at, checked=checked.strip()[:100])
    _tell_firm(one, at)
    return one


@transaction.atomic
def refuse(one: Recovery, *, reason: str, by: User, at: datetime) -> Recovery:
    if not reason.strip():
        raise ValidationError({"reason": "请写明不予通过的原因，申请人凭回执能看到"})
    one, _ = _waiting(one, by)
    one.status, one.decided_at, one.decided_by = Status.REFUSED, at, by
    one.reason = reason.strip()[:200]
    one.save()
    _trail(Verb.RECOVERY_REFUSE, one, by=by, at=at)
    return one


def _waiting(one: Recovery, by: User) -> tuple[Recovery, User]:
    """A request that nobody has decided yet, with its account held: of two who decide at the same
    moment about one account the second finds it done.
    """
    enterprises.ensure_visible(one, by)
    if by.role not in OFFICERS:
        raise PermissionDenied("找回账号由主管部门核实")
    person = User.objects.select_for_update(of=("self",)).get(pk=one.account_id)
    held = Recovery.objects.select_for_update(of=("self",)).get(pk=one.pk)
    if held.status != Status.WAITING:
        raise ValidationError(HANDLED, code="stale")
    if not person.is_active or person.enterprise_id != held.enterprise_id:
        raise ValidationError("这个账号已停用或已离开企业，请不予通过并写明原因")
    return held, person


# --- the firm -------------------------------------------------------------


@transaction.atomic
def stop(one: Recovery, *, by: User, at: datetime) -> Recovery:
    """Anybody of the firm who can sign in says that it is not right; it is dead from now on."""
    enterprises.ensure_visible(one, by)
    User.objects.select_for_update(of=("self",)).get(pk=one.account_id)
    one = Recovery.objects.select_for_update(of=("self",)).get(pk=one.pk)
    if one.status not in (Status.WAITING, Status.APPROVED):
        raise ValidationError(HANDLED, code="stale")
    one.status, one.closed_at, one.closed_by = Status.STOPPED, at, by
    one.save()
    _trail(Verb.RECOVERY_STOP, one, by=by, at=at)
    message = inbox.Message(
        event=Event.DESK_RECOVERY,
        matter=f"{one.enterprise}的找回账号申请",
        result="企业人员提出异议，申请已终止",
        next_step="请与企业核实申请函的来历",
        link=f"/people/recoveries/{one.pk}/",
    )
    inbox.send(_officers(one), message, key=f"recovery:{one.pk}:stopped", at=at)
    return one


# --- the person -----------------------------------------------------------


@transaction.atomic
def set_password(one: Recovery, password: str, *, at: datetime) -> User:
    """The new password, once and within its days. What the account had besides is gone: second
    factors, sessions, tokens.
    """
    person = User.objects.select_for_update(of=("self",)).get(pk=one.account_id)
    one = Recovery.objects.select_for_update(of=("self",)).get(pk=one.pk)
    if one.status == Status.APPROVED and one.opens_at and at < one.opens_at:
        raise ValidationError(NOT_YET, code="early")
    if not one.may_set_password(at) or not person.is_active:
        raise ValidationError(OVER, code="stale")
    if person.enterprise_id != one.enterprise_id:
        raise ValidationError(OVER, code="stale")
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    person.set_password(password)
    person.phone = one.phone
    person.save(update_fields=["phone"])
    passwords.changed_by_himself(person, at=at)
    one.status, one.closed_at, one.closed_by = Status.USED, at, person
    one.save()
    _shut_out(person, at)
    _trail(Verb.RECOVERY_USE, one, by=person, at=at)
    message = _message(one, "已设置新密码，原来的登录、第二重验证和接口令牌全部失效", "")
    inbox.send(_people(one), message, key=f"recovery:{one.pk}:used", at=at)
    return person


def _shut_out(person: User, at: datetime) -> None:
    Authenticator.objects.filter(user=person).delete()
    identities.forget(person)
    for session in UserSession.objects.filter(user=person):
        session.end()
    for token in ApiToken.objects.filter(owner=person, revoked_at=None):
        tokens.revoke(token, by=person, at=at)


def forget(at: datetime) -> int:
    """Requests that named no account are not kept."""
    old = list(Recovery.objects.filter(account=None, filed_at__lt=at - KEPT))
    for one in old:
        one.file.delete(save=False)
        one.delete()
    return len(old)


# --- telling --------------------------------------------------------------


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _officers(one: Recovery) -> list[User]:
    return inbox.officers_for(one.authority) if one.authority else []


def _people(one: Recovery) -> list[User]:
    """Everybody of the firm, the account itself among them."""
    return inbox.staff_of(one.enterprise) if one.enterprise else []


def _tell_office(one: Recovery, at: datetime) -> None:
    message = inbox.Message(
        event=Event.DESK_RECOVERY,
        matter=f"{one.enterprise}的找回账号申请",
        result="收到一件，待核实",
        next_step="核对申请函，拨打登记的联系电话核实后办理",
        link=f"/people/recoveries/{one.pk}/",
    )
    inbox.send(_officers(one), message, key=f"recovery:{one.pk}:filed", at=at)


def _tell_firm(one: Recovery, at: datetime) -> None:
    ends = f"{_moment(one.opens_at)}后可以设置新密码" if one.opens_at else ""
    message = _message(one, f"主管部门已核实找回申请，{ends}", "不是本企业申请的，请立即登录终止")
    inbox.send(_people(one), message, key=f"recovery:{one.pk}:approved", at=at)


def _message(one: Recovery, result: str, next_step: str) -> inbox.Message:
    return inbox.Message(
        event=Event.PEOPLE_RECOVERY,
        matter=f"{one.enterprise}账号 {one.account.username if one.account else ''}",
        result=result,
        next_step=next_step,
        link="/people/",
    )


def _trail(verb: Verb, one: Recovery, *, by: User | None, at: datetime, **data: str) -> None:
    path = one.authority.path if one.authority else ""
    audit.record(
        verb,
        one,
        by=by,
        at=at,
        name=one.receipt,
        path=path,
        enterprise_id=one.enterprise_id,
        **data,
    )
