"""The log of who opened a firm's file: written as it is opened, read by the firm, forgotten when
its time is over. Nothing decides anything by it.

One row stands for a reader, a page and a day, so that reloading adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import F, QuerySet, Value

from registry import bulk
from registry.access import OFFICERS, Role, ScopedQuerySet, business_date
from registry.models import Enterprise, Reading, ReadingOf, User

#: How those appear who must not be known to the firm by name, or by office.
UNNAMED = {Role.EXPERT: "评审专家", Role.DEPARTMENT: "征求意见部门", "": "平台管理员"}
#: What goes out in a file of many firms.
EXPORTED = "导出的清单"


@dataclass(frozen=True)
class Opened:
    """What was opened: which part of the file, the thing's name, the page and the key in it."""

    part: str
    name: str
    page: str
    target: str


def path_to_firm(model: type[models.Model]) -> str:
    """The lookup from a row to the firm that it is of; "" where rows are of none, or of many."""
    rows = model._default_manager.all()
    path = rows.enterprise_lookup if isinstance(rows, ScopedQuerySet) else ""
    try:
        if path and path != "pk":
            model._meta.get_field(path.partition("__")[0])
    except FieldDoesNotExist:
        return ""
    return path


def is_outsider(user: Any) -> bool:
    """Whether what this person opens is opened from outside: he is signed in, and of no firm."""
    return isinstance(user, User) and user.role != Role.ENTERPRISE


def note(enterprise_id: int, opened: Opened, *, by: User, at: datetime) -> None:
    """One line, unless this reader has opened this page today already."""
    bulk.write([_line(enterprise_id, opened, by, at)], ignore_conflicts=True)


def note_each(rows: QuerySet[Any], opened: Opened, *, by: User, at: datetime) -> None:
    """One line for all firms that have a row among these, and which they are in one statement."""
    path = path_to_firm(rows.model)
    if not path or not is_outsider(by):
        return
    line = _line(None, opened, by, at)
    bulk.write_keyed([line])
    firms = rows
    if rows.model is not Enterprise:
        firms = Enterprise.objects.filter(pk__in=rows.order_by().values(path))
    number = Value(line.pk, models.BigIntegerField())
    if not bulk.write_from(ReadingOf, firms.order_by(), enterprise_id=F("pk"), reading_id=number):
        Reading.objects.filter(pk=line.pk).delete()


def _line(enterprise_id: int | None, opened: Opened, by: User, at: datetime) -> Reading:
    office, reader = _who(by)
    return Reading(
        enterprise_id=enterprise_id,
        reader_id=by.pk,
        day=business_date(at),
        at=at,
        office=office,
        reader=reader,
        part=opened.part,
        name=opened.name[:150],
        page=opened.page,
        target=opened.target,
    )


def _who(by: User) -> tuple[str, str]:
    """Office and person as the firm may know them: whoever judges its case, or is asked about it,
    stays unnamed; of an administrator there is no office to name.
    """
    if by.role in (Role.EXPERT, Role.DEPARTMENT):
        return UNNAMED[by.role], ""
    if by.role in OFFICERS or by.role == Role.GROUP:
        return by.place_name[:120], str(by)[:90]
    return UNNAMED[""], str(by)[:90]


def forget(*, at: datetime) -> int:
    """Lines that have been kept for as long as was said."""
    until = business_date(at) - timedelta(days=settings.READ_LOG_DAYS)
    old = Reading.objects.filter(day__lt=until)
    of_many = old.filter(enterprise_id__isnull=True)
    ReadingOf.objects.filter(reading_id__in=of_many.values("pk")).delete()
    return old.delete()[0]
