"""A manager vouches for a colleague: by a code that is shown once, works once, and ends by itself.

Of the code only a keyed digest is stored. Whoever brings it joins at once; the bureau is told.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac

from registry import inbox
from registry.access import Role, Seat, business_date
from registry.audit import Verb
from registry.enterprises.colleagues import managed_by, managers_of
from registry.enterprises.people import Person, confirming, open_account
from registry.enterprises.scope import one_at_a_time, trail
from registry.models import Claim, Event, Invitation, User

DAYS = 7
# No 0/O or 1/I: people read the code out over the phone.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 10

WRONG = "邀请码不对，请核对后再填。字母不分大小写，中间的横线可以不填"
SPENT = {
    "used": "这个邀请码已经用过。每个邀请码只能用一次，请联系邀请您的管理员重新邀请",
    "revoked": "这个邀请已被撤回，请联系邀请您的管理员",
    "ended": "这个邀请码已过有效期，请联系邀请您的管理员重新发出",
}


def _digest(code: str) -> str:
    folded = unicodedata.normalize("NFKC", code).upper()
    plain = "".join(sign for sign in folded if sign.isalnum())
    return salted_hmac("registry.invitation", plain, algorithm="sha256").hexdigest()


def _new_code() -> str:
    signs = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{signs[:5]}-{signs[5:]}"


@transaction.atomic
def invite(
    *, name: str, contact: str, seat: Seat, by: User, at: datetime
) -> tuple[Invitation, str]:
    """Invite a colleague; returns the invitation and, this once, its code."""
    firm = managed_by(by)
    day = business_date(at)
    if not name.strip() or not contact.strip():
        raise ValidationError({"name": "请填写姓名和联系方式"})
    if firm.invitations.open_on(day).filter(contact=contact.strip()).exists():
        raise ValidationError(
            {"contact": "已邀请过这个联系方式。邀请码丢了的，请在邀请列表中重新发出"}
        )
    code = _new_code()
    invitation = Invitation.objects.create(
        enterprise=firm,
        name=name.strip(),
        contact=contact.strip(),
        seat=seat,
        code_hash=_digest(code),
        made_at=at,
        made_by=by,
        ends_on=day + timedelta(days=DAYS),
    )
    trail(Verb.INVITATION_MAKE, invitation, firm, by=by, at=at, seat=seat)
    return invitation, code


@transaction.atomic
def renew(invitation: Invitation, *, by: User, at: datetime) -> tuple[Invitation, str]:
    """A new code with a new end; the old code is worth nothing from now on."""
    invitation = _unused(invitation, by)
    code = _new_code()
    invitation.code_hash = _digest(code)
    invitation.ends_on = business_date(at) + timedelta(days=DAYS)
    invitation.revoked_at, invitation.made_by = None, by
    invitation.save()
    trail(Verb.INVITATION_RENEW, invitation, invitation.enterprise, by=by, at=at)
    return invitation, code


@transaction.atomic
def revoke(invitation: Invitation, *, by: User, at: datetime) -> Invitation:
    """Take an invitation back before it is used."""
    invitation = _unused(invitation, by)
    if invitation.revoked_at is None:
        invitation.revoked_at = at
        invitation.save(update_fields=["revoked_at"])
        trail(Verb.INVITATION_REVOKE, invitation, invitation.enterprise, by=by, at=at)
    return invitation


def _unused(invitation: Invitation, by: User) -> Invitation:
    firm = managed_by(by)
    found = firm.invitations.select_for_update(of=("self",)).filter(pk=invitation.pk).first()
    if found is None:
        raise PermissionDenied("这个邀请不是本企业发出的")
    if found.used_at is not None:
        raise ValidationError("这个邀请已被使用，对方已加入本企业", code="stale")
    return found


@transaction.atomic
def join_anew(person: Person, code: str, *, at: datetime) -> User:
    """Open an account and join with it; a code that does not hold leaves no account behind."""
    return join(open_account(person), code, at=at)


@transaction.atomic
def join(user: User, code: str, *, at: datetime) -> User:
    """Join the firm of the invitation, in the seat it names. Of two who bring one code at the same
    moment, one joins. What the person had claimed before is settled by this.
    """
    found = Invitation.objects.select_related("enterprise").filter(code_hash=_digest(code)).first()
    if found is None:
        raise ValidationError({"code": WRONG})
    firm = found.enterprise
    one_at_a_time(firm)
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if user.role != Role.ENTERPRISE:
        raise PermissionDenied("只有企业人员能受邀加入企业")
    if user.enterprise is not None:
        raise ValidationError({"code": f"本账号已属于{user.enterprise.name}，不能再加入"})
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=found.pk)
    state = invitation.state(business_date(at))
    if invitation.code_hash != found.code_hash or state != "open":
        raise ValidationError({"code": SPENT.get(state, WRONG)})
    invitation.used_at, invitation.used_by = at, user
    invitation.save(update_fields=["used_at", "used_by"])
    user.enterprise, user.seat = firm, invitation.seat
    _settle_claims(user, invitation, at)
    trail(Verb.INVITATION_ACCEPT, invitation, firm, by=user, at=at, seat=invitation.seat)
    user.save(update_fields=["enterprise", "seat"])
    _tell(invitation, user, at)
    return user


def _settle_claims(user: User, invitation: Invitation, at: datetime) -> None:
    """A claim that waits on a bureau's desk has nothing left to decide."""
    for claim in user.claims.pending().select_for_update(of=("self",)):
        same = claim.enterprise_id == invitation.enterprise_id
        claim.status = Claim.Status.CONFIRMED if same else Claim.Status.REFUSED
        claim.reason = "由企业管理员邀请加入" if same else "已受邀加入其他企业"
        claim.decided_at, claim.decided_by = at, invitation.made_by
        claim.save()


def _tell(invitation: Invitation, user: User, at: datetime) -> None:
    firm = invitation.enterprise
    bureau = confirming(firm)
    message = inbox.Message(
        event=Event.PEOPLE_JOINED,
        matter=firm.name,
        result=f"{user.name}受管理员{invitation.made_by.name}邀请加入，席位为{user.seat_name}",
        link="/people/",
    )
    told = list(managers_of(firm).exclude(pk=user.pk))
    inbox.send(told, message, key=f"joined:{invitation.pk}", at=at)
    if bureau is not None:
        seen = inbox.Message(
            event=Event.PEOPLE_JOINED,
            matter=firm.name,
            result=message.result,
            next_step="只需知悉；有疑问的请联系企业核实",
            link=f"/enterprises/{firm.pk}/",
        )
        inbox.send(inbox.officers_for(bureau), seen, key=f"joined:{invitation.pk}", at=at)
