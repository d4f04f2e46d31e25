"""Taking rows over and giving them back: the part that a worker may do.

What is ordered is a row of ours: a worker holds it by its lock while it works, in one transaction
with all that it writes. One that is killed has written nothing and leaves the order to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, delegation, inbox
from registry.audit import Verb
from registry.intake import DOING, Made, Sent, Verdict
from registry.models import Event, User
from reports.intake import progress, store
from reports.intake.catalogue import KINDS
from reports.intake.kinds import Kind, key_of
from reports.models import Batch

Status = Batch.Status
log = structlog.get_logger("portal.intake")

#: So many rows are written at once.
PART = 500
CHANGED = "核对以后登记库有变化，{count} 行的结果与当时不同，没有导入。请看过最新结果再确认"
NO_RIGHT = "确认导入的人现在不能办理这件事，没有导入"
BROKEN = "导入时出错，没有写入任何内容。请稍后再试；仍不成功的，请联系平台管理员"


def work(*, at: datetime) -> int:
    """Do everything that was ordered and nobody is doing; returns how many batches."""
    waiting = list(Batch.objects.commissioned().order_by("ordered_at").values_list("pk", flat=True))
    return sum(run(pk, at=at) for pk in waiting)


def run(pk: int, *, at: datetime) -> bool:
    """One batch, unless somebody has it in hand or has finished it."""
    try:
        return _run(pk, at)
    except (ValidationError, PermissionDenied) as refusal:
        said = "；".join(refusal.messages) if isinstance(refusal, ValidationError) else NO_RIGHT
        _give_back(pk, said, at)
    except Exception:
        log.exception("intake", batch=pk)
        _give_back(pk, BROKEN, at)
    return True


@transaction.atomic
def _run(pk: int, at: datetime) -> bool:
    ordered = Batch.objects.commissioned().select_for_update(of=("self",), skip_locked=True)
    batch = ordered.select_related("authority").filter(pk=pk).first()
    if batch is None:
        return False
    by = _orderer(batch, at)
    if batch.status == Status.APPLYING:
        done = apply_now(batch, by=by, at=at)
        said = f"已导入 {batch.doing} 行" if done else batch.trouble
    else:
        undo_now(batch, by=by, at=at)
        said = "已撤销，导入的内容都已撤回"
    _tell(batch, said, at)
    return True


def _orderer(batch: Batch, at: datetime) -> User:
    by = User.objects.select_related("authority", "enterprise").get(pk=batch.ordered_by_id)
    if batch.delegation_id:
        given = delegation.in_force(batch.delegation_id, by, at=at)
        if given is None:
            raise PermissionDenied(NO_RIGHT)
        delegation.put_on(by, given)
    if not by.is_active or by.authority_id != batch.authority_id:
        raise PermissionDenied(NO_RIGHT)
    return by


@transaction.atomic
def _give_back(pk: int, said: str, at: datetime) -> None:
    """What was refused goes back to the officer, with the reason."""
    batch = Batch.objects.commissioned().select_for_update(of=("self",)).filter(pk=pk).first()
    if batch is None:
        return
    undoing = batch.status == Status.UNDOING
    batch.status = Status.APPLIED if undoing else Status.CHECKED
    batch.trouble = said[:500]
    batch.version += 1
    batch.save(update_fields=["status", "trouble", "version"])
    _tell(batch, batch.trouble, at)


def _tell(batch: Batch, said: str, at: datetime) -> None:
    person = User.objects.filter(pk=batch.ordered_by_id, is_active=True)
    message = inbox.Message(
        event=Event.DESK_INTAKE,
        matter=f"{KINDS[batch.kind].label}《{batch.name}》",
        result=said,
        next_step="" if batch.status != Status.CHECKED else "看过最新核对结果再确认",
        link=f"/intake/{batch.pk}/",
    )
    inbox.send(person, message, key=f"batch:{batch.pk}:{batch.version}", at=at)


def sent(batch: Batch, by: User, at: datetime) -> Sent:
    return Sent(batch.authority, by, at, given=batch.given, batch=batch.pk)


def apply_now(batch: Batch, *, by: User, at: datetime) -> bool:
    """Check once more and take the rows over. Where anything has changed since the officer saw it,
    nothing is taken over, the new result is kept for him, and False comes back.
    """
    kind, by_whom = KINDS[batch.kind], sent(batch, by, at)
    progress.note(batch.pk, 0)
    verdicts = kind.check(store.table_of(batch), by_whom)
    batch.version += 1
    if others := store.changed(batch, verdicts):
        store.rewrite(batch, verdicts)
        store.count(batch, verdicts)
        batch.layout["outlook"] = kind.outlook(verdicts, by_whom)
        batch.status, batch.checked_at = Status.CHECKED, at
        batch.trouble = CHANGED.format(count=len(others))
        batch.save()
        return False
    batch.made = _apply(batch, kind, [one for one in verdicts if one.outcome in DOING], by_whom)
    batch.status, batch.applied_at, batch.trouble = Status.APPLIED, at, ""
    batch.save()
    counts = {name: number for name, number in batch.counts.items() if number}
    trail(Verb.INTAKE_APPLY, batch, by=by, at=at, way=batch.way, counts=counts)
    return True


def _apply(batch: Batch, kind: Kind, wanted: list[Verdict], by_whom: Sent) -> dict[str, Made]:
    made: dict[str, Made] = {}
    for part in _parts(wanted):
        made |= {str(number): row for number, row in kind.apply(part, by_whom).items()}
        progress.note(batch.pk, len(made))
    return made


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + PART] for start in range(0, len(rows), PART))


def hindrances(batch: Batch, *, by: User, at: datetime) -> list[str]:
    """What rests on a batch that was taken over, so that it cannot be undone."""
    return KINDS[batch.kind].holds(list(batch.made.values()), sent(batch, by, at))


def undo_now(batch: Batch, *, by: User, at: datetime) -> None:
    """Take back all that the batch made, and its messages; ValidationError names what rests on
    it.
    """
    if held := hindrances(batch, by=by, at=at):
        raise ValidationError([ValidationError(one) for one in held])
    KINDS[batch.kind].undo(list(batch.made.values()), sent(batch, by, at))
    inbox.recall(key_of(batch.pk), at=at)
    batch.status, batch.undone_at, batch.undone_name = Status.UNDONE, at, str(by)
    batch.trouble = ""
    batch.version += 1
    batch.save()
    trail(Verb.INTAKE_UNDO, batch, by=by, at=at, rows=len(batch.made))


def trail(verb: Verb, batch: Batch, *, by: User, at: datetime, **data: Any) -> None:
    """The line of an act on a batch."""
    path = batch.authority.path
    data |= {"kind": batch.kind, "sha256": batch.sha256}
    audit.record(verb, batch, by=by, at=at, name=batch.name, path=path, **data)
