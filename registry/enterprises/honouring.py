"""Many honours at once: a whole list recorded in sets, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from registry import audit, creditcode
from registry.access import business_date
from registry.audit import Verb
from registry.enterprises.enrolling import Done, enter_roll, roll_rests, take_back_roll
from registry.enterprises.honour_roll import Named, Ruling, judge_honours, judges_row
from registry.models import AuditEvent, Enterprise, Honour, User
from registry.policy import HonourKind
from registry.rows import (
    CHUNK,
    Changed,
    changed_since,
    chunks,
    ensure_free,
    ensure_sound,
    held,
    put_back,
    resting,
)


@dataclass(frozen=True)
class Recorded:
    """What was done for one row, to be taken back by."""

    honour: int
    new: bool
    verified: bool = False
    facts: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    entered: Mapping[str, Any] | None = None


@transaction.atomic
def record_honours(
    rows: Sequence[Named],
    kinds: Mapping[str, HonourKind],
    *,
    by: User,
    at: datetime,
    enters: bool = False,
    batch: int = 0,
) -> list[Recorded]:
    """Record, correct and verify all of it or nothing; judged again under the firms' locks."""
    on = business_date(at)
    for some in chunks(sorted({creditcode.tidy(row.credit_code) for row in rows})):
        firms = Enterprise.objects.select_for_update(of=("self",)).filter(credit_code__in=some)
        list(firms.order_by("pk").values_list("pk"))
    first = judge_honours(rows, kinds, by=by, on=on, enters=enters)
    ensure_sound(first)
    listed = [one.listed for one in first if one.listed]
    entered: dict[int, Done] = {}
    if listed:
        made = enter_roll(listed, by=by, at=at, batch=batch)
        entered = {one.number: done for one, done in zip(listed, made, strict=True)}
    rulings = judge_honours(rows, kinds, by=by, on=on) if listed else first
    ensure_sound(rulings)
    done = _write(rulings, rows, by=by, at=at, batch=batch)
    return [
        Recorded(
            **{**one, "entered": asdict(entered[row.number]) if row.number in entered else None}
        )
        for row, one in zip(rows, done, strict=True)
    ]


def _write(
    rulings: Sequence[Ruling], rows: Sequence[Named], *, by: User, at: datetime, batch: int
) -> list[dict[str, Any]]:
    done: list[dict[str, Any]] = []
    fresh, changed, events = [], [], []
    for ruling, row in zip(rulings, rows, strict=True):
        if ruling.honour is None:
            ruling.honour = _new(ruling, row, by=by, at=at)
            fresh.append(ruling)
            done.append({"new": True})
            continue
        honour, facts = ruling.honour, ruling.facts
        done.append(
            {
                "new": False,
                "verified": ruling.verifies,
                "facts": {k: [_kept(getattr(honour, k)), _kept(v)] for k, v in facts.items()},
            }
        )
        for name, value in facts.items():
            setattr(honour, name, value)
        if ruling.verifies:
            honour.verified_at, honour.verified_by = at, by
            events.append((Verb.HONOUR_VERIFY, ruling))
        if facts:
            events.append((Verb.HONOUR_CORRECT, ruling))
        changed.append(honour)
    made = [one.honour for one in fresh if one.honour]
    Honour.objects.bulk_create(made, batch_size=CHUNK)
    names = ["awarded_on", "note", "verified_at", "verified_by"]
    if changed:
        Honour.objects.bulk_update(changed, names, batch_size=CHUNK)
    events = [*((Verb.HONOUR_RECORD, one) for one in fresh), *events]
    audit.record_many(_event(verb, one.honour, by=by, at=at, batch=batch) for verb, one in events)
    for one, ruling in zip(done, rulings, strict=True):
        one["honour"] = ruling.honour.pk if ruling.honour else 0
    return done


def _new(ruling: Ruling, row: Named, *, by: User, at: datetime) -> Honour:
    if row.awarded_on is None:
        raise RuntimeError(f"row {row.number} has no day")
    honour = Honour(
        enterprise=ruling.enterprise,
        factory=ruling.factory,
        kind=row.kind,
        document_no=row.document_no.strip(),
        awarded_on=row.awarded_on,
        note=row.note.strip(),
        source=row.source[:200],
    )
    if judges_row(ruling, row, by):
        honour.verified_at, honour.verified_by = at, by
    return honour


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _event(verb: Verb, honour: Any, *, by: User, at: datetime, **data: Any) -> AuditEvent:
    place = honour.factory.authority if honour.factory else honour.enterprise.authority
    return audit.event(
        verb,
        honour,
        by=by,
        at=at,
        name=honour.enterprise.name,
        path=place.path if place else "",
        enterprise_id=honour.enterprise_id,
        kind=honour.kind,
        document_no=honour.document_no,
        **data,
    )


# --- taken back ----------------------------------------


def _changed(done: Sequence[Recorded], honours: Mapping[int, Any]) -> list[Changed]:
    found: list[Changed] = []
    for one in done:
        facts: dict[str, Sequence[Any]] = {
            name: [date.fromisoformat(v) if name == "awarded_on" else v for v in both]
            for name, both in one.facts.items()
        }
        row = honours[one.honour]
        if one.verified:
            facts["verified_at"] = [None, row.verified_at]
            facts["verified_by"] = [None, row.verified_by_id]
        if facts:
            found.append((row, facts))
    return found


def honours_rest(done: Sequence[Recorded]) -> Iterator[str]:
    """What keeps a list of honours from being taken back."""
    yield from resting("称号", Honour, [one.honour for one in done])
    honours = Honour.objects.select_related("enterprise").in_bulk([one.honour for one in done])
    if len(honours) < len({one.honour for one in done}):
        yield "导入的称号有的已不在登记中"
        return
    yield from changed_since("称号：", _changed(done, honours))
    withdrawn = [str(one) for one in honours.values() if one.withdrawn_on]
    if withdrawn:
        yield f"称号 {withdrawn[0]} 等 {len(withdrawn)} 项在导入后已被取消"
    own: dict[type[Model], list[int]] = {Honour: [one.honour for one in done if one.new]}
    yield from roll_rests(_entered(done), own)


def _entered(done: Sequence[Recorded]) -> list[Done]:
    return [Done(**one.entered) for one in done if one.entered]


@transaction.atomic
def take_back_honours(done: Sequence[Recorded], *, by: User, at: datetime, batch: int = 0) -> None:
    """Undo a list of honours as long as no tier rests on one of them."""
    related = ("enterprise__authority", "factory__authority")
    honours = held(Honour, {one.honour for one in done}, *related)
    ensure_free(honours_rest(done))
    changed = _changed(done, honours)
    put_back(changed)
    made = [honours[one.honour] for one in done if one.new]
    audit.record_many(
        [
            *(_event(Verb.HONOUR_CORRECT, row, by=by, at=at, undone=batch) for row, _ in changed),
            *(_event(Verb.HONOUR_ERASE, row, by=by, at=at, batch=batch) for row in made),
        ]
    )
    for some in chunks([row.pk for row in made]):
        Honour.objects.filter(pk__in=some).delete()
    if entered := _entered(done):
        take_back_roll(entered, by=by, at=at, batch=batch)
