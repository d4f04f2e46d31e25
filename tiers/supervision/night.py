"""The night: firms are told that their time to mend ends, and the office that it is over."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from registry import inbox, workdays
from registry.models import Event, Notification, User
from tiers import telling
from tiers.models import SupervisionCheck

SOON_WORKDAYS = 5


@transaction.atomic
def remind(*, on: date, at: datetime) -> int:
    """Tell of every end of time to mend that is near, today or past, each once; how many checks.

    Safe to run twice or on two machines: how far one has been told is kept on its row.
    """
    waiting = (
        SupervisionCheck.objects.mending()
        .filter(answered_at__isnull=True, mend_due_on__lte=workdays.add(on, SOON_WORKDAYS))
        .select_for_update(of=("self",), skip_locked=True)
        .for_list()
    )
    fresh = [check for check in waiting.order_by("pk") if check.told != _stage(check, on)]
    for check in fresh:
        check.told = _stage(check, on)
    SupervisionCheck.objects.bulk_update(fresh, ["told"], batch_size=500)
    staff: dict[int, list[User]] = {}
    firms = {check.certification.factory.enterprise_id for check in fresh}
    for user in User.objects.filter(enterprise__in=firms, is_active=True).order_by("pk"):
        staff.setdefault(user.enterprise_id or 0, []).append(user)
    inbox.send_many([one for check in fresh for one in _messages(check, staff, at)])
    return len(fresh)


def _stage(check: SupervisionCheck, on: date) -> str:
    if check.mend_due_on is None or check.mend_due_on > on:
        return "soon"
    return "due" if check.mend_due_on == on else "over"


def _messages(
    check: SupervisionCheck, staff: dict[int, list[User]], at: datetime
) -> list[Notification]:
    day = f"{check.mend_due_on:%Y-%m-%d}"
    words = {
        "soon": (f"整改期限 {day} 将到", "逐项整改，按期提交整改情况"),
        "due": ("整改期限今天到期", "今天提交整改情况"),
        "over": (f"整改已超过期限（{day}）", "尽快提交整改情况"),
    }
    result, next_step = words[check.told]
    told = [
        (user, Event.TITLE_MENDING, next_step)
        for user in staff.get(check.certification.factory.enterprise_id, [])
    ]
    if check.told == "over" and check.officer:
        told.append((check.officer, Event.DESK_SUPERVISION, "督促企业，或复查后填写结果"))
    return [
        inbox.addressed(
            user,
            telling.of_check(check, event, result=result, next_step=step, due_on=check.mend_due_on),
            key=f"supervision-{check.told}:{check.pk}",
            at=at,
        )
        for user, event, step in told
    ]
