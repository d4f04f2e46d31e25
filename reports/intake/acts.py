"""What is done with a workbook: sent in, its columns explained, checked, taken over, undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from registry.access import OFFICERS, business_date
from registry.audit import Verb
from registry.models import Authority, User
from registry.workbook.shapes import Grid, Table
from reports.intake import reading, store, worker
from reports.intake.catalogue import KINDS
from reports.intake.kinds import Kind
from reports.models import Batch

Status = Batch.Status
#: More rows than this wait for a worker.
AT_ONCE = 500
STALE = "这个批次有变化，没有办理，请看过最新内容再办"
SENT_BEFORE = "sent-before"


def allowed(kind: Kind, user: User, at: datetime) -> bool:
    return user.role in OFFICERS and kind.allowed(user, business_date(at))


def kinds_for(user: User, at: datetime) -> list[Kind]:
    """The kinds of workbooks that this person may send in."""
    return [kind for kind in KINDS.values() if allowed(kind, user, at)]


def _ensure(kind: Kind, user: User, at: datetime) -> Authority:
    if not allowed(kind, user, at) or user.authority is None:
        raise PermissionDenied(kind.refusal)
    return user.authority


def upload(
    kind: Kind, file: File, *, name: str, given: Mapping[str, str], by: User, at: datetime
) -> Batch:
    """Take a workbook in and check every row; nothing is written to the register.

    Raises ValidationError for a file that cannot be read, and, with the code ``SENT_BEFORE`` and
    the batch's key in its params, for one that the office has sent before.
    """
    office = _ensure(kind, by, at)
    typed = {ask.key: given.get(ask.key, "").strip() for ask in kind.asks}
    if lacking := {
        ask.key: f"请填写{ask.label}" for ask in kind.asks if ask.required and not typed[ask.key]
    }:
        raise ValidationError(lacking)
    try:
        grid = reading.grid_of(file, name)
        table = reading.table_in(grid, kind, office, by)
    except ValidationError as refusal:
        raise ValidationError({"file": refusal.messages}) from refusal
    seen = self_assessment.described(file, name, reading.TYPES[grid.form])
    with transaction.atomic():
        # Two colleagues who send the same file: the later one is led to the earlier one's batch.
        Authority.objects.select_for_update(of=("self",)).get(pk=office.pk)
        _ensure_new(kind, office, seen.sha256)
        batch = Batch(
            authority=office,
            kind=kind.key,
            given=typed,
            uploaded_by=by,
            uploaded_name=str(by),
            uploaded_at=at,
            **seen.columns,
        )
        batch.status = Status.ASKING
        batch.file.save("", file, save=False)
        batch.save()
        _lay_out(batch, kind, table, grid, by=by, at=at)
        worker.trail(Verb.INTAKE_UPLOAD, batch, by=by, at=at, rows=len(table.rows))
    return batch


def _ensure_new(kind: Kind, office: Authority, sha256: str) -> None:
    before = Batch.objects.filter(authority=office, kind=kind.key, sha256=sha256)
    known = before.exclude(status__in=(Status.UNDONE, Status.DROPPED)).first()
    if known:
        raise ValidationError(
            f"这份文件 {known.uploaded_at:%Y-%m-%d} 已由{known.uploaded_name}上传，没有重复接收",
            code=SENT_BEFORE,
            params={"batch": known.pk},
        )


def _lay_out(batch: Batch, kind: Kind, table: Table, grid: Grid, *, by: User, at: datetime) -> None:
    """Keep how the table lies; where nobody has to be asked, check its rows."""
    batch.layout = reading.layout_of(table, grid)
    batch.status = Status.ASKING
    if table.settled:
        said_by = worker.sent(batch, by, at)
        verdicts = kind.check(table, said_by)
        store.keep(batch, kind, table, verdicts)
        batch.layout["outlook"] = kind.outlook(verdicts, said_by)
        batch.status, batch.checked_at = Status.CHECKED, at
    batch.save()


@transaction.atomic
def explain(batch: Batch, answers: Mapping[str, str], *, by: User, at: datetime) -> Batch:
    """What its captions mean, caption to field ("" for none): remembered for the office, and the
    file laid out by it.
    """
    batch, kind = _open(batch, by, at)
    fields = {field.key: field.caption for field in kind.fields(by)}
    chosen = [key for key in answers.values() if key]
    if twice := {key for key in chosen if chosen.count(key) > 1}:
        names = "、".join(fields[key] for key in sorted(twice))
        raise ValidationError(f"有两列都对应“{names}”，请只留一列")
    reading.remember(kind, batch.authority, answers)
    grid = reading.again(batch)
    table = reading.table_in(grid, kind, batch.authority, by)
    if table.missing:
        names = "、".join(field.caption for field in table.missing)
        raise ValidationError(f"还没有对应：{names}")
    batch.version += 1
    _lay_out(batch, kind, table, grid, by=by, at=at)
    worker.trail(Verb.INTAKE_LAYOUT, batch, by=by, at=at, columns=dict(answers))
    return batch


@transaction.atomic
def drop(batch: Batch, *, by: User, at: datetime) -> Batch:
    """作废: the workbook is not taken over; it stays with what was said of it."""
    batch, _ = _open(batch, by, at)
    batch.status = Status.DROPPED
    batch.version += 1
    batch.save()
    worker.trail(Verb.INTAKE_DROP, batch, by=by, at=at)
    return batch


@transaction.atomic
def order(batch: Batch, way: str, *, seen: int, by: User, at: datetime) -> Batch:
    """确认导入: all or nothing, or the good rows. A small batch is done now, a large one by a
    worker; its status says which, and ``trouble`` why nothing was taken over.
    """
    batch, _ = _open(batch, by, at)
    if batch.version != seen or batch.status != Status.CHECKED:
        raise ValidationError(STALE, code="stale")
    if way not in Batch.Way.values:
        raise ValidationError("请选择导入方式")
    if not batch.doing:
        raise ValidationError("没有要新增或变更的行，不需要导入")
    if way == Batch.Way.ALL and batch.bad:
        raise ValidationError(
            f"有 {batch.bad} 行有误或冲突，不能全部导入。请改好后重新上传，或选“只导入没有问题的行”"
        )
    _take_order(batch, Status.APPLYING, by, at)
    batch.way = way
    batch.save()
    worker.trail(Verb.INTAKE_ORDER, batch, by=by, at=at, way=way, rows=batch.doing)
    if batch.doing <= AT_ONCE:
        worker.apply_now(batch, by=by, at=at)
    return batch


@transaction.atomic
def undo(batch: Batch, *, seen: int, by: User, at: datetime) -> Batch:
    """撤销: the whole batch, while nothing rests on it."""
    batch, _ = _locked(batch, by, at)
    if batch.version != seen or batch.status != Status.APPLIED:
        raise ValidationError(STALE, code="stale")
    if held := worker.hindrances(batch, by=by, at=at):
        raise ValidationError([ValidationError(one) for one in held])
    _take_order(batch, Status.UNDOING, by, at)
    batch.save()
    if batch.doing <= AT_ONCE:
        worker.undo_now(batch, by=by, at=at)
    return batch


def _take_order(batch: Batch, status: Status, by: User, at: datetime) -> None:
    batch.status, batch.ordered_by, batch.ordered_name, batch.ordered_at = status, by, str(by), at
    standing_in = by.standing_in
    batch.delegation_id = standing_in.pk if standing_in else None
    batch.trouble = ""
    batch.version += 1


def _locked(batch: Batch, by: User, at: datetime) -> tuple[Batch, Kind]:
    kind = KINDS[batch.kind]
    _ensure(kind, by, at)
    rows = Batch.objects.visible_to(by).select_for_update(of=("self",))
    found = rows.select_related("authority").filter(pk=batch.pk).first()
    if found is None:
        raise PermissionDenied("这个批次不归本部门办理")
    return found, kind


def _open(batch: Batch, by: User, at: datetime) -> tuple[Batch, Kind]:
    found, kind = _locked(batch, by, at)
    if not found.is_open:
        raise ValidationError(STALE, code="stale")
    return found, kind
