"""Hearings (听证) that a firm has asked for before its title is revoked: notified, and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from registry.access import business_date
from registry.audit import Verb
from registry.models import Event, User
from tiers.models import Revocation, RevocationFile
from tiers.revocation import NOT_YOURS, keep_files, locked, of_office, record, tell_firm


def may_hear(revocation: Revocation, user: User) -> bool:
    """Whether this person may set the hearing, or record it once it has been held."""
    waits = revocation.hears and revocation.heard_at is None and not revocation.outcome
    return of_office(user, revocation.authority_id) and waits


@transaction.atomic
def arrange(revocation: Revocation, *, on: date, place: str, by: User, at: datetime) -> Revocation:
    """通知听证: day and place, told to the firm; may be set anew until it has been held."""
    revocation = _for_hearing(revocation, by)
    found = {}
    if on < business_date(at):
        found["on"] = "听证日期不能早于今天"
    if not place.strip():
        found["place"] = "请填写听证地点"
    if found:
        raise ValidationError(found)
    revocation.hearing_on, revocation.hearing_place = on, place.strip()
    revocation.hearing_by = by
    revocation.save()
    record(Verb.REVOCATION_ARRANGE, revocation, by=by, at=at, on=str(on))
    tell_firm(
        revocation,
        Event.TITLE_REVOKING,
        result=f"定于 {on:%Y-%m-%d} 在{place.strip()}听证",
        next_step="按时参加听证",
        due_on=on,
        key=f"hearing:{on}:{at.timestamp():.0f}",
        at=at,
    )
    return revocation


@transaction.atomic
def hear(
    revocation: Revocation,
    *,
    who: str,
    summary: str,
    papers: Sequence[File] = (),
    by: User,
    at: datetime,
) -> Revocation:
    """登记听证: who took part and what was said, with the record."""
    revocation = _for_hearing(revocation, by)
    on = business_date(at)
    if revocation.hearing_on is None or revocation.hearing_on > on:
        raise ValidationError("听证还没有举行，请先通知听证时间和地点")
    found = {}
    if not who.strip():
        found["who"] = "请填写听证参加人"
    if not summary.strip():
        found["summary"] = "请填写听证情况"
    if found:
        raise ValidationError(found)
    revocation.hearing_who, revocation.hearing_record = who.strip(), summary.strip()
    revocation.heard_by, revocation.heard_at = by, at
    revocation.save()
    keep_files(revocation, RevocationFile.Stage.HEARING, papers, by=by, at=at)
    record(Verb.REVOCATION_HEAR, revocation, by=by, at=at)
    return revocation


def _for_hearing(revocation: Revocation, by: User) -> Revocation:
    revocation = locked(revocation, by)
    if not of_office(by, revocation.authority_id):
        raise PermissionDenied(NOT_YOURS)
    if not may_hear(revocation, by):
        raise ValidationError("现在没有待举行的听证，请刷新后再看", code="stale")
    return revocation
