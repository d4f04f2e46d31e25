"""Sealing: what was written since the last time goes behind it, and the root over all is published.

Once a day; a second run of the day finds it done, a late one takes in all that was missed. What is
committed while it is being sealed comes into the next head.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from registry import signing
from registry.access import SHANGHAI
from registry.models import AuditEvent, SealedHead, SealedLeaf
from registry.sealing.leaves import CHUNK, Fact, Source, canonical, text_of, trail
from registry.sealing.store import Appender

#: No act takes longer from its moment to its commit. What says to be older came in another way.
LATE = timedelta(days=1)
FORMAT = "smart-factory-record-head/1"
PURPOSE = "record-head"


@transaction.atomic
def seal(
    sources: Sequence[Source],
    *,
    on: date,
    at: datetime,
    leave_out: Collection[tuple[str, str]] = (),
) -> SealedHead | None:
    """Seal the trail, then the facts that have changed; None where the day has its head. What a
    check has found wanting (table and key) is left out until it is put right.
    """
    last = SealedHead.objects.first()
    head = _begun(last, on, at)
    if head is None:
        return None
    parts = [bytes.fromhex(part) for part in last.parts] if last else []
    appender = Appender(head.number, head.size, parts)
    for row in trail(unsealed(last)):
        appender.add(SealedLeaf.AUDIT, row[0], text_of(row))
    for source in sources:
        for fact, text in _changed(source):
            if (source.table, str(fact.row_id)) not in leave_out:
                appender.add(source.kind, fact.row_id, text, is_open=True)
    grown = appender.close()
    head.size, head.root = grown.size, grown.root().hex()
    head.parts = [part.hex() for part in grown.parts]
    head.signature = _signature(head, at)
    head.save()
    return head


def _begun(last: SealedHead | None, on: date, at: datetime) -> SealedHead | None:
    """The day's head, held until it is finished: whoever comes second waits here and finds it."""
    if last and last.day >= on:
        return None
    head = SealedHead(
        number=last.number + 1 if last else 1,
        day=on,
        at=at,
        size=last.size if last else 0,
        previous=last.root if last else "",
    )
    SealedHead.objects.bulk_create([head], ignore_conflicts=True)
    return SealedHead.objects.filter(number=head.number, root="").first()


def unsealed(last: SealedHead | None) -> QuerySet[AuditEvent]:
    """Lines of the trail that go into the next head."""
    rows = without_leaf()
    return rows.filter(at__gte=last.at - LATE) if last else rows


def without_leaf() -> QuerySet[AuditEvent]:
    leaves = SealedLeaf.objects.filter(kind=SealedLeaf.AUDIT, row_id=OuterRef("pk"))
    return AuditEvent.objects.filter(~Exists(leaves))


def _changed(source: Source) -> Iterator[tuple[Fact, str]]:
    """Facts that read otherwise than when they were sealed last, or never were."""
    facts = source.facts()
    while chunk := list(islice(facts, CHUNK)):
        sealed = last_texts(source.kind, [fact.row_id for fact in chunk])
        for fact in chunk:
            text = text_of_fact(source, fact)
            if sealed.get(fact.row_id) != text:
                yield fact, text


def last_texts(kind: str, rows: Iterable[int]) -> dict[int, str]:
    found = SealedLeaf.objects.filter(kind=kind, row_id__in=rows).order_by("position")
    return dict(found.values_list("row_id", "text"))


def text_of_fact(source: Source, fact: Fact) -> str:
    return canonical({"kind": source.kind, "id": fact.row_id, **fact.content})


# --- heads ----------------------------------------------------------------------------------------


def content_of(head: SealedHead) -> dict[str, Any]:
    """What is published of a head and signed."""
    return {
        "format": FORMAT,
        "number": head.number,
        "day": head.day.isoformat(),
        "at": head.at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "size": head.size,
        "root": head.root,
        "previous": head.previous,
    }


def published(head: SealedHead) -> dict[str, Any]:
    return {"content": content_of(head), "signature": head.signature}


def _signature(head: SealedHead, at: datetime) -> str:
    """Empty where no key is there yet; :func:`sign_open` makes up for it."""
    try:
        signed = signing.sign_document(content_of(head), purpose=PURPOSE, at=at)
    except signing.NoKey:
        return ""
    return str(signed["signature"])


def sign_open(*, at: datetime) -> int:
    """Sign the heads that were made before there was a key."""
    signed = 0
    for head in SealedHead.objects.filter(signature="").exclude(root="").order_by("number"):
        head.signature = _signature(head, at)
        head.save(update_fields=["signature"])
        signed += bool(head.signature)
    return signed
