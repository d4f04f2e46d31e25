"""One thing with all that its page says, taken out as a workbook: made at once, logged and kept as
lists are.
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from registry import readings
from registry.access import Role
from registry.models import User
from registry.workbook import writing
from reports.exports.catalogue import opened_to
from reports.exports.details import DETAILS, Detail
from reports.exports.making import SILENCE, about, keep, read_out
from reports.exports.sheets import named_apart
from reports.models import DETAIL, Export, FileForm


def detail_of(user: User, key: str, pk: int) -> tuple[Detail, Any] | None:
    """The kind and the thing itself, None where it is not this person's to see."""
    detail = DETAILS.get(key)
    found = detail.find(user, pk) if detail else None
    return (detail, found) if detail and found is not None else None


def still_open(user: User, one: Export) -> bool:
    """Whether what a file is of may still be seen by whoever fetches it."""
    if not one.listing.startswith(DETAIL):
        return opened_to(user, one.listing) is not None
    key, pk = one.listing.removeprefix(DETAIL), one.query
    return pk.isdecimal() and detail_of(user, key, int(pk)) is not None


@transaction.atomic
def take_out(key: str, pk: int, *, by: User, at: datetime) -> Export:
    """The workbook of one thing, as this person sees it. Reading is enough."""
    known = detail_of(by, key, pk)
    if known is None:
        raise PermissionDenied
    detail, found = known
    standing_in = by.standing_in
    one = Export.objects.create(
        owner_id=by.pk,
        owner_name=str(by)[:90],
        role=by.role,
        authority=by.authority,
        enterprise=by.enterprise if by.role == Role.ENTERPRISE else None,
        delegation=standing_in,
        listing=f"{DETAIL}{key}",
        title=detail.title,
        query=str(pk),
        words=detail.name(found)[:300],
        form=FileForm.XLSX,
        expected=0,
        asked_at=at,
        state=Export.State.MAKING,
        tries=1,
        taken_until=at + SILENCE,
    )
    with tempfile.NamedTemporaryFile() as target:
        sheets = named_apart(detail.sheets(found, by, at))
        tallies = writing.write_sheets(target, sheets, about(one, by, at))
        whole = writing.Tally([])
        for tally in tallies:
            whole.rows += tally.rows
            whole.digest.update(tally.sha256.encode())
        kept = keep(one, by, target, whole, at)
    if kept is None:
        raise RuntimeError(f"export {one.pk} was taken by another")
    readings.note_each(detail.of(found), read_out(kept), by=by, at=at)
    return kept
