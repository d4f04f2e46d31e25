"""Reasons for sending an application back: those the portal ships, in each bureau's own words.

A bureau's row lies over the shipped reason of the same name; a reason is known by its name, so that
counts of several bureaus meet under it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit
from registry.access import OFFICERS, Seat
from registry.audit import Verb
from registry.models import Authority, User
from tiers.models import ReturnReason

SHIPPED = Path(__file__).parent / "data" / "return_reasons.toml"
NAME_LENGTH, TEXT_LENGTH = 40, 500


@dataclass(frozen=True)
class Reason:
    """A reason as one bureau uses it; ``own`` is one it added, ``edited`` one whose text it set."""

    name: str
    text: str
    own: bool = False
    edited: bool = False
    retired: bool = False


@cache
def shipped() -> dict[str, str]:
    """Name and text of each, in the order of the form."""
    read = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    return {one["name"]: one["text"] for one in read["reason"]}


def catalogue(authority: Authority | None) -> list[Reason]:
    """All reasons of a bureau, also those it no longer uses: the shipped ones, then its own."""
    rows = {row.name: row for row in ReturnReason.objects.filter(authority=authority)}
    found = [_reason(name, text, rows.pop(name, None)) for name, text in shipped().items()]
    own = sorted(rows.values(), key=lambda row: row.pk)
    return found + [Reason(r.name, r.text, own=True, retired=bool(r.retired_at)) for r in own]


def _reason(name: str, text: str, row: ReturnReason | None) -> Reason:
    if row is None:
        return Reason(name, text)
    return Reason(name, row.text, edited=row.text != text, retired=bool(row.retired_at))


def in_use(authority: Authority | None) -> dict[str, str]:
    """What the return form offers: the text by the name of the reason."""
    return {one.name: one.text for one in catalogue(authority) if not one.retired}


@transaction.atomic
def save(name: str, text: str, *, new: bool = False, by: User, at: datetime) -> None:
    """Add a reason of the bureau's own (``new``), or set its text for one that it has."""
    authority = _editable_by(by)
    name, text = name.strip(), text.strip()
    known = {one.name for one in catalogue(authority)}
    if not name:
        raise ValidationError({"name": "请填写理由名称"})
    if len(name) > NAME_LENGTH:
        raise ValidationError({"name": f"理由名称不超过 {NAME_LENGTH} 个字"})
    if new and name in known:
        raise ValidationError({"name": f"已有“{name}”，请直接修改它的说明，或换一个名称"})
    if not new and name not in known:
        raise ValidationError({"name": "没有这个理由，请刷新后再看"})
    if not text and shipped().get(name) != "":
        raise ValidationError({"text": "请填写说明：哪里不行，怎样改"})
    if len(text) > TEXT_LENGTH:
        raise ValidationError({"text": f"说明不超过 {TEXT_LENGTH} 个字"})
    _store(authority, name, Verb.RETURN_REASON_SAVE, by=by, at=at, text=text)


@transaction.atomic
def retire(name: str, *, by: User, at: datetime) -> None:
    """Offer a reason no longer; what was sent back for it keeps its words."""
    authority = _editable_by(by)
    _store(authority, _known(authority, name), Verb.RETURN_REASON_RETIRE, by=by, at=at, retired=at)


@transaction.atomic
def restore(name: str, *, by: User, at: datetime) -> None:
    """Offer a retired reason again."""
    authority = _editable_by(by)
    name = _known(authority, name)
    _store(authority, name, Verb.RETURN_REASON_RESTORE, by=by, at=at, retired=None)


def _editable_by(user: User) -> Authority:
    """The bureau whose reasons this person changes: his own and no other."""
    if user.role not in OFFICERS or user.authority is None or user.seat == Seat.READER:
        raise PermissionDenied("退回理由由本部门经办人员维护")
    return Authority.objects.select_for_update().get(pk=user.authority.pk)


def _known(authority: Authority, name: str) -> str:
    if name not in {one.name for one in catalogue(authority)}:
        raise ValidationError("没有这个理由，请刷新后再看")
    return name


def _store(
    authority: Authority,
    name: str,
    verb: Verb,
    *,
    by: User,
    at: datetime,
    text: str | None = None,
    **retired: datetime | None,
) -> None:
    row = ReturnReason.objects.filter(authority=authority, name=name).first()
    row = row or ReturnReason(authority=authority, name=name, text=shipped().get(name, ""))
    if text is not None:
        row.text = text
    if "retired" in retired:
        row.retired_at = retired["retired"]
    row.changed_by, row.changed_at = by, at
    row.save()
    audit.record(verb, row, by=by, at=at, path=authority.path, text=row.text)
