"""Tables handed over in the answer itself: nothing of them is kept but their line in the record of
what was taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from registry.models import User
from reports.exports.making import TYPES, record
from reports.models import Export, FileForm


@dataclass(frozen=True)
class Table:
    """What is handed over: its kind, what people call it, what narrows it in words, the captions of
    its columns, how many rows.
    """

    kind: str
    title: str
    words: Sequence[str]
    columns: Sequence[str]
    rows: int
    form: FileForm = FileForm.CSV


@transaction.atomic
def hand_over(table: Table, content: bytes, *, by: User, at: datetime) -> Export:
    """Put down that somebody takes this along. Reading is enough."""
    given = Export.objects.create(
        owner_id=by.pk,
        owner_name=str(by)[:90],
        role=by.role,
        authority=by.authority,
        enterprise=None,
        delegation=by.standing_in,
        listing=table.kind,
        title=table.title[:60],
        words="；".join(table.words)[:300],
        columns=[[caption, caption] for caption in table.columns],
        form=table.form,
        expected=table.rows,
        asked_at=at,
        state=Export.State.HANDED,
        tries=1,
        done=table.rows,
        made_at=at,
        size=len(content),
        content_type=TYPES[table.form],
        sha256=sha256(content).hexdigest(),
    )
    record(given, by, at)
    return given
