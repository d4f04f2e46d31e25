"""A file is made of what was asked for: taken up by one maker at a time, written row by row, kept
with its digests, recorded, and deleted after some days.

Whoever asked is looked at anew: a person who has lost his place meanwhile gets no file.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import file_digest
from typing import IO, Any

import structlog
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import connection, transaction
from django.urls import reverse

from registry import audit, delegation, inbox, readings
from registry.access import SHANGHAI, business_date
from registry.audit import Verb
from registry.listing import Found, Listing
from registry.models import Event, User
from registry.workbook import writing
from reports.exports.asking import found_for
from reports.exports.catalogue import opened_to
from reports.models import Export, FileForm

log = structlog.get_logger("portal.exports")

#: Days that a file is kept.
KEPT = 7
#: A maker that has not been heard of for so long is taken for dead.
SILENCE = timedelta(minutes=5)
#: Seconds between two words of how far it has come.
EVERY = 1.0
CHUNK = 2_000
TYPES = {
    FileForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileForm.CSV: "text/csv; charset=utf-8",
    FileForm.GB18030: "text/csv; charset=gb18030",
}
#: Written into the file, so that it is known again when it comes back.
VERSION = "1"
State = Export.State


def make_due(*, at: datetime, until: float | None = None) -> int:
    """Make the files that wait, the oldest first; ``until`` bounds how long new ones are begun."""
    made = 0
    for pk in list(Export.objects.due(at).order_by("asked_at", "pk").values_list("pk", flat=True)):
        if until is not None and time.monotonic() > until:
            break
        made += make(pk, at=at) is not None
    _give_up(at)
    return made


def make(pk: int, *, at: datetime) -> Export | None:
    """Make one file, unless somebody else is at it. A refusal is kept with the row."""
    taken = _take(pk, at)
    if taken is None:
        return None
    try:
        person = _person(taken, at)
        listing = opened_to(person, taken.listing)
        if listing is None:
            raise PermissionDenied("没有查看这张清单的权限")
        with tempfile.NamedTemporaryFile() as target:
            tally = _write(taken, listing, person, target, at)
            with transaction.atomic():
                kept = keep(taken, person, target, tally, at)
                if kept is not None:
                    _log(kept, listing, person, at)
            return kept
    except (ValidationError, PermissionDenied) as refusal:
        said = "；".join(getattr(refusal, "messages", [])) or str(refusal) or "没有权限"
        return _fail(taken, said, at)


@transaction.atomic
def _take(pk: int, at: datetime) -> Export | None:
    """Whoever takes it up counts one more try; an earlier maker's word counts no more."""
    due = Export.objects.due(at).select_for_update(of=("self",)).filter(pk=pk).first()
    if due is None:
        return None
    due.state, due.tries, due.done = State.MAKING, due.tries + 1, 0
    due.taken_until = at + SILENCE
    due.save(update_fields=["state", "tries", "done", "taken_until"])
    return due


def _person(taken: Export, at: datetime) -> User:
    """Whoever asked, as he is placed now."""
    person: User = User.objects.select_related("authority", "enterprise").get(pk=taken.owner_id)
    if taken.delegation_id:
        found = delegation.in_force(taken.delegation_id, person, at=at)
        if found is None:
            raise PermissionDenied("代为办理的委托已终止")
        delegation.put_on(person, found)
    place = (person.role, person.authority_id, person.enterprise_id)
    if not person.is_active or place != (taken.role, taken.authority_id, taken.enterprise_id):
        raise PermissionDenied("申请导出以后，岗位或席位已经变动")
    return person


# --- written --------------------------------------------------------------


def _write(
    taken: Export, listing: Listing, person: User, target: IO[bytes], at: datetime
) -> writing.Tally:
    asked = found_for(listing, person, taken.query, taken.asked_at)
    columns = [known for key, _ in taken.columns if (known := listing.column(key))]
    if len(columns) != len(taken.columns):
        raise ValidationError("这张清单的列已经调整，请重新导出")
    headings = [
        writing.Heading(caption, column.kind, column.total)
        for column, (_, caption) in zip(columns, taken.columns, strict=True)
    ]
    rows = _rows(taken, asked, columns, at)
    if taken.form == FileForm.XLSX:
        return writing.write_xlsx(target, headings, rows, about(taken, person, at))
    encoding = (
        writing.Encoding.GB18030 if taken.form == FileForm.GB18030 else writing.Encoding.UTF_8
    )
    return writing.write_csv(target, headings, rows, encoding)


def _rows(
    taken: Export, asked: Found, columns: Sequence[Any], at: datetime
) -> Iterator[tuple[Any, ...]]:
    values = [column.value for column in columns]
    word = _Word(taken, at)
    if (plainly := asked.plainly(columns, CHUNK)) is not None:
        for done, row in enumerate(plainly, start=1):
            yield row
            if not done % CHUNK:
                word.give(done)
        return
    done = 0
    for chunk in asked.chunks(CHUNK):
        for row in chunk:
            yield tuple(value(row) for value in values)
        done += len(chunk)
        word.give(done)


class _Word:
    """Says how far the making has come, every second, since each word is a transaction.

    SQLite would have to write in the middle of its own reading, so there nothing is said.
    """

    def __init__(self, taken: Export, at: datetime) -> None:
        self.taken, self.at = taken, at
        self.silent = connection.vendor == "sqlite" or not taken.told
        self.begun = self.given = time.monotonic()

    def give(self, done: int) -> None:
        """Raises PermissionDenied where another has taken over."""
        now = time.monotonic()
        if self.silent or now - self.given < EVERY:
            return
        self.given = now
        mine = Export.objects.filter(pk=self.taken.pk, state=State.MAKING, tries=self.taken.tries)
        until = self.at + timedelta(seconds=now - self.begun) + SILENCE
        if not mine.update(done=done, taken_until=until):
            raise PermissionDenied("已由另一个进程接手")


def about(taken: Export, person: User, at: datetime) -> writing.About:
    def said(moment: datetime) -> str:
        return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"

    return writing.About(
        title=taken.title,
        author=person.place_name,
        mark=f"{taken.listing}/{VERSION}",
        lines=[
            ("内容" if taken.is_detail else "筛选条件", taken.words or "全部"),
            ("导出单位", person.place_name),
            ("导出人", taken.owner_name),
            ("申请时间", said(taken.asked_at)),
            ("数据时间", said(at)),
            ("导出编号", str(taken.pk)),
        ],
    )


# --- kept, told, deleted --------------------------------------------------


@transaction.atomic
def keep(
    taken: Export, person: User, target: IO[bytes], tally: writing.Tally, at: datetime
) -> Export | None:
    """The file, what it is known by, and the line in the trail, together."""
    mine = Export.objects.select_for_update(of=("self",)).filter(
        pk=taken.pk, state=State.MAKING, tries=taken.tries
    )
    kept = mine.first()
    if kept is None:
        return None
    form = FileForm(kept.form)
    target.flush()
    target.seek(0)
    kept.sha256 = file_digest(target, "sha256").hexdigest()  # type: ignore[arg-type]
    kept.size = target.tell()
    place = person.authority.short_name if person.authority else person.place_name
    day = business_date(kept.asked_at).isoformat()
    kept.name = writing.file_name([place, kept.title, kept.words, day], form.ending)[:150]
    kept.content_type, kept.rows_sha256 = TYPES[form], tally.sha256
    kept.state, kept.done, kept.made_at = State.READY, tally.rows, at
    kept.taken_until = None
    target.seek(0)
    kept.file.save("export", File(target), save=False)
    kept.save()
    record(kept, person, at)
    if kept.told:
        _tell(kept, person, f"已生成，共 {tally.rows} 行", f"请在 {KEPT} 天内下载", at)
    return kept


def record(kept: Export, person: User, at: datetime) -> None:
    """Which list, narrowed by which filters, how many rows; what was searched for may be a name."""
    audit.record(
        Verb.LIST_EXPORT,
        kept,
        by=person,
        at=at,
        name=kept.title,
        path=person.authority.path if person.authority else "",
        enterprise_id=kept.enterprise_id,
        listing=kept.listing,
        filters=[]
        if kept.is_detail
        else [word for word in kept.words.split("；") if word and not _is_free(word)],
        of=kept.query if kept.is_detail else "",
        columns=[key for key, _ in kept.columns],
        form=kept.form,
        rows=kept.done,
        sha256=kept.sha256,
    )


def _log(kept: Export, listing: Listing, person: User, at: datetime) -> None:
    """The firms that are in the file can read that it was taken out."""
    asked = found_for(listing, person, kept.query, kept.asked_at)
    readings.note_each(asked.filterset.qs, read_out(kept), by=person, at=at)


def read_out(kept: Export) -> readings.Opened:
    return readings.Opened(readings.EXPORTED, kept.title, "reports:export_file", str(kept.pk))


def _is_free(word: str) -> bool:
    """Whether a person typed it, rather than chose it."""
    label = word.partition("：")[0]
    return any(one in label for one in ("企业", "名称", "姓名", "编号", "查"))


@transaction.atomic
def _fail(taken: Export, reason: str, at: datetime) -> Export | None:
    failed = Export.objects.filter(pk=taken.pk, state=State.MAKING, tries=taken.tries)
    if not failed.update(state=State.FAILED, failure=reason[:300], made_at=at, taken_until=None):
        return None
    taken.refresh_from_db()
    if taken.told:
        _tell(taken, taken.owner, f"没有生成：{reason}", "请重新导出", at)
    return taken


def _give_up(at: datetime) -> None:
    """What has been begun three times and never came to an end."""
    dead = Export.objects.filter(state=State.MAKING, taken_until__lt=at, tries__gte=Export.TRIES)
    for one in dead:
        log.warning("export_given_up", export=one.pk, tries=one.tries)
        _fail(one, "生成时多次中断，请缩小筛选范围再试", at)


def _tell(kept: Export, person: User, result: str, next_step: str, at: datetime) -> None:
    message = inbox.Message(
        event=Event.DESK_EXPORT,
        matter=f"导出“{kept.title}”",
        result=result,
        next_step=next_step,
        link=reverse("reports:export", args=[kept.pk]),
    )
    inbox.send([person], message, key=f"export-{kept.pk}", at=at)


def forget(*, at: datetime) -> int:
    """Delete the files that were kept long enough; what was taken out stays on record."""
    old = Export.objects.filter(state=State.READY, made_at__lt=at - timedelta(days=KEPT))
    gone = list(old.order_by("pk"))
    for one in gone:
        one.file.delete(save=False)
        Export.objects.filter(pk=one.pk).update(state=State.GONE, file="")
    return len(gone)
