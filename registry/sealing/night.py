"""Once a day: look whether all is as it was sealed, say so, then seal what is new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from registry import inbox
from registry.access import business_date
from registry.models import Event, RecordCheck, SealedHead, User
from registry.sealing import acts, checking
from registry.sealing.leaves import Source

#: So many faults are kept by name; the number of all is kept beside them.
KEPT = 200


def run(sources: Sequence[Source], *, on: date, at: datetime) -> SealedHead | None:
    """None where the day has its head, or where the record itself is damaged: behind that nothing
    can be sealed.
    """
    if SealedHead.objects.filter(day__gte=on).exclude(root="").exists():
        return None
    found = checking.check(sources)
    head = None
    if not any(fault.table in checking.RECORD for fault in found.faults.values()):
        acts.sign_open(at=at)
        head = acts.seal(sources, on=on, at=at, leave_out=found.faults.keys())
    keep(found, at=at)
    return head


def keep(found: checking.Findings, *, at: datetime) -> RecordCheck:
    """Put down what a check has found, with the newest head there is; administrators hear of
    faults once a day.
    """
    newest = SealedHead.objects.exclude(root="").first()
    made = RecordCheck.objects.create(
        at=at,
        head=newest.number if newest else 0,
        root=newest.root if newest else "",
        rows=found.rows,
        count=len(found.faults),
        faults=[
            [fault.kind, fault.table, fault.key, fault.detail]
            for fault in list(found.faults.values())[:KEPT]
        ],
    )
    if found.faults:
        inbox.send(
            User.objects.filter(is_staff=True, is_active=True),
            inbox.Message(
                event=Event.DESK_RECORD,
                matter="登记存证核验",
                result=f"发现 {made.count} 处与存证不符的记录",
                next_step="在系统管理的“存证核验”中查看是哪些记录，与数据库备份核对后更正",
                link=f"/admin/registry/recordcheck/{made.pk}/change/",
            ),
            key=f"record:{business_date(at)}",
            at=at,
        )
    return made
