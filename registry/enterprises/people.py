"""People of a firm: they sign up or claim a firm that stands in the register, its bureau confirms
or refuses them.

Whoever has signed up sees nothing of the firm until its bureau has confirmed him, not even of one
that he was the first to name: otherwise a stranger could sit in a firm's place before its own
people come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from registry import creditcode, inbox
from registry.access import OFFICERS, Role, Seat
from registry.audit import Verb
from registry.enterprises.colleagues import let_go, managers_of
from registry.enterprises.firms import enter
from registry.enterprises.scope import (
    ensure_open,
    ensure_visible,
    one_at_a_time,
    responsible,
    trail,
)
from registry.models import Authority, Claim, Division, Enterprise, Event, Factory, User

USERNAME_TAKEN = "这个用户名已有人使用，请换一个"


@dataclass(frozen=True)
class Person:
    """Who signs up: the account he wants and how to reach him."""

    username: str
    password: str
    name: str
    phone: str
    email: str = ""


@transaction.atomic
def sign_up(
    person: Person,
    *,
    credit_code: str,
    name: str,
    seat: Division,
    factory_place: Division | None = None,
    at: datetime,
) -> Claim:
    """Open an account for a firm's person. A firm not yet known is entered in the register; a
    known one is claimed. Either way the person belongs to it only when the bureau has confirmed
    him.

    ``factory_place`` says which bureau answers where the seat lies outside the loaded provinces.
    Raises ValidationError, keyed by field, for a wrong code, a taken user name, or a place nobody
    answers for.
    """
    user = open_account(person)
    return _claim(user, credit_code, name, seat, factory_place, at)


@transaction.atomic
def claim_again(
    user: User,
    *,
    credit_code: str,
    name: str,
    seat: Division,
    factory_place: Division | None = None,
    at: datetime,
) -> Claim:
    """A person who was refused, or has left, names a firm anew with his old account."""
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if user.role != Role.ENTERPRISE or user.enterprise_id:
        raise PermissionDenied("只有尚未确认所属企业的账号能重新申请")
    if user.claims.pending().exists():
        raise ValidationError("已有一份申请在等待确认，不能重复申请", code="stale")
    return _claim(user, credit_code, name, seat, factory_place, at)


def _claim(
    user: User,
    credit_code: str,
    name: str,
    seat: Division,
    factory_place: Division | None,
    at: datetime,
) -> Claim:
    code = creditcode.clean(credit_code)
    place = responsible(seat) or responsible(factory_place)
    known = Enterprise.objects.filter(credit_code=code).first()
    authority = (known and confirming(known)) or place
    if authority is None:
        raise ValidationError(
            {"factory_place": "注册地不在本平台覆盖的省份，请再选工厂所在地，以确定由哪个部门确认"}
        )
    if known:
        ensure_open(known)
    enterprise = known or enter(code, name, seat, authority, at)
    claim = Claim.objects.create(
        user=user,
        enterprise=enterprise,
        authority=authority,
        kind=Claim.Kind.EXISTING if known else Claim.Kind.NEW,
        made_at=at,
    )
    trail(Verb.CLAIM_MAKE, claim, enterprise, by=user, at=at, kind=claim.kind)
    inbox.send(
        inbox.officers_for(claim.authority),
        inbox.Message(
            event=Event.DESK_CLAIM,
            matter=f"{enterprise.name}的经办人",
            result="1 人等待确认",
            next_step="核实后确认，或写明原因不予确认",
            link="/people/",
        ),
        key=f"claim:{claim.pk}",
        at=at,
    )
    return claim


def open_account(person: Person) -> User:
    user = User(
        username=person.username.strip(),
        name=person.name.strip(),
        phone=person.phone.strip(),
        email=person.email.strip(),
        role=Role.ENTERPRISE,
    )
    if User.objects.filter(username__iexact=user.username).exists():
        raise ValidationError({"username": USERNAME_TAKEN})
    try:
        validate_password(person.password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    user.set_password(person.password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise ValidationError({"username": USERNAME_TAKEN}) from error
    return user


def confirming(enterprise: Enterprise) -> Authority | None:
    """Who confirms a firm's people: the authority of its seat, else that of its first factory."""
    if enterprise.authority:
        return enterprise.authority
    first = Factory.objects.filter(enterprise=enterprise).order_by("pk").first()
    return first.authority if first else None


@transaction.atomic
def confirm(claim: Claim, *, by: User, at: datetime) -> Claim:
    """The bureau has satisfied itself that the person acts for the firm. Where nobody answers for
    the firm's people yet, he does; otherwise its managers raise him if they wish.
    """
    claim = _held(claim, by)
    led = managers_of(claim.enterprise).exists()
    claim.user.enterprise = claim.enterprise
    claim.user.seat = Seat.EDITOR if led else Seat.MANAGER
    claim.user.save(update_fields=["enterprise", "seat"])
    return _decide(claim, Claim.Status.CONFIRMED, Verb.CLAIM_CONFIRM, by=by, at=at)


@transaction.atomic
def appoint(claim: Claim, *, by: User, at: datetime, reason: str) -> list[User]:
    """接任管理员: the firm's managers are gone or will not answer, and the bureau gives the firm
    into the hands of the person who claims it. Returns the former managers, who are out and told.
    """
    if not reason.strip():
        raise ValidationError({"reason": "请写明由新的管理员接任的原因和核实方式"})
    claim = _held(claim, by)
    firm, former = claim.enterprise, list(managers_of(claim.enterprise))
    if not former:
        raise ValidationError("这家企业没有管理员，直接确认即可", code="stale")
    trail(Verb.PERSON_TAKE_OVER, claim, firm, by=by, at=at, reason=reason.strip())
    for person in former:
        let_go(person, firm, at=at)
    claim.user.enterprise, claim.user.seat = firm, Seat.MANAGER
    claim.user.save(update_fields=["enterprise", "seat"])
    claim.reason = reason.strip()
    _decide(claim, Claim.Status.CONFIRMED, Verb.CLAIM_CONFIRM, by=by, at=at)
    return former


def _held(claim: Claim, by: User) -> Claim:
    """A claim that waits, with its firm and its person held: always in this order."""
    one_at_a_time(claim.enterprise)
    User.objects.select_for_update(of=("self",)).get(pk=claim.user_id)
    return _pending(claim, by)


@transaction.atomic
def refuse(claim: Claim, *, by: User, at: datetime, reason: str) -> Claim:
    """The person does not act for the firm; he may claim again, and keeps no sight of it."""
    if not reason.strip():
        raise ValidationError({"reason": "请写明不予确认的原因，申请人能看到"})
    return turn_away(_held(claim, by), reason.strip(), by=by, at=at)


def turn_away(claim: Claim, reason: str, *, by: User, at: datetime) -> Claim:
    """The refusal itself, also where the firm that was claimed has ended."""
    claim.reason = reason
    return _decide(claim, Claim.Status.REFUSED, Verb.CLAIM_REFUSE, by=by, at=at)


def _pending(claim: Claim, by: User) -> Claim:
    if by.role not in OFFICERS:
        raise PermissionDenied("只有主管部门能确认企业经办人")
    ensure_visible(claim, by)
    claim = (
        Claim.objects.select_for_update(of=("self",))
        .select_related("user", "enterprise")
        .get(pk=claim.pk)
    )
    if claim.status != Claim.Status.PENDING:
        raise ValidationError("这位经办人已经办理过了，请刷新列表", code="stale")
    return claim


def _decide(claim: Claim, status: str, verb: Verb, *, by: User, at: datetime) -> Claim:
    claim.status, claim.decided_at, claim.decided_by = status, at, by
    claim.save()
    trail(verb, claim, claim.enterprise, by=by, at=at)
    inbox.send([claim.user], _answer(claim), key=f"claim:{claim.pk}:{status}", at=at)
    return claim


def _answer(claim: Claim) -> inbox.Message:
    matter = f"确认为{claim.enterprise.name}的经办人"
    if claim.status == Claim.Status.CONFIRMED:
        return inbox.Message(
            event=Event.PEOPLE_CONFIRMED,
            matter=matter,
            result="已确认，可以申报了",
            next_step="登记工厂，完成自评后申报",
            link="/home/",
        )
    return inbox.Message(
        event=Event.PEOPLE_REFUSED,
        matter=matter,
        result=f"未通过：{claim.reason}",
        next_step="核对企业信息后重新申请",
        link="/home/",
    )


def is_confirmed(user: User) -> bool:
    """Whether the person acts for a firm: nothing binds him to one but the word of its bureau or
    of its manager.
    """
    return user.role == Role.ENTERPRISE and user.enterprise_id is not None


def waiting(user: User) -> Claim | None:
    """The latest claim of a firm's person who belongs to no firm yet; None for everybody else."""
    if user.role != Role.ENTERPRISE or user.enterprise_id:
        return None
    return user.claims.select_related("enterprise", "authority").order_by("-pk").first()
