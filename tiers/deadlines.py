"""What becomes of stored deadlines: overdue ones are reported to the level above, and all are
counted anew when the working days of a year change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

import structlog
from django.db import transaction

from registry import audit, inbox, workdays
from registry.access import business_date
from registry.audit import Verb
from registry.inbox import Message
from registry.models import AuditEvent, Authority, CountedYear, Event, Notification, User
from tiers import clocks, telling
from tiers.chain import current_step, handling_authority
from tiers.models import Application

log = structlog.get_logger("portal.deadlines")

CHUNK = 200
WITH_CHAIN = ("round", "factory__enterprise", "factory__authority__parent__parent")


# --- overdue ----------------------------------------


def report_overdue(*, on: date, at: datetime) -> int:
    """Tell the office and the one above it of every case that has become overdue, once per step;
    returns how many cases this run told of.
    """
    told = 0
    while batch := _report_chunk(on, at):
        told += batch
    return told


@transaction.atomic
def _report_chunk(on: date, at: datetime) -> int:
    late = Application.objects.overdue(on).filter(overdue_told_at=None)
    chunk = list(
        late.select_for_update(of=("self",), skip_locked=True)
        .select_related(*WITH_CHAIN)
        .order_by("pk")[:CHUNK]
    )
    ids = [case.pk for case in chunk]
    claimed = Application.objects.filter(pk__in=ids, overdue_told_at=None).update(
        overdue_told_at=at
    )
    if claimed != len(chunk):
        raise RuntimeError("somebody reported a case that was locked here")
    audit.record_many(_event(Verb.APPLICATION_OVERDUE, case, at=at) for case in chunk)
    inbox.send_many(_overdue_messages(chunk, at))
    return claimed


def _event(verb: Verb, case: Application, *, at: datetime, **data: str) -> AuditEvent:
    step = current_step(case)
    return audit.event(
        verb,
        case,
        by=None,
        at=at,
        path=case.factory.authority.path,
        enterprise_id=case.factory.enterprise_id,
        step=step.label if step else "",
        **data,
    )


def _overdue_messages(cases: list[Application], at: datetime) -> list[Notification]:
    offices = {case.pk: handling_authority(case) for case in cases}
    concerned = {office for office in offices.values() if office}
    concerned |= {office.parent for office in concerned if office.parent}
    officers = _officers(concerned)
    found = []
    for case in cases:
        office, step = offices[case.pk], current_step(case)
        if office is None or step is None or case.due_on is None:
            continue
        key = f"overdue:{case.pk}:{case.step}:{case.step_level}:{case.due_on}"
        late = f"{office.name}{step.kind.label}超期"
        for authority, next_step in (
            (office, "尽快作出办理意见"),
            (office.parent, "督促办理，可以催办"),
        ):
            message = telling.of_application(
                case, Event.DESK_OVERDUE, result=late, next_step=next_step, due_on=case.due_on
            )
            for user in officers.get(authority.pk, ()) if authority else ():
                found.append(inbox.addressed(user, message, key=key, at=at))
    return found


def _officers(authorities: Iterable[Authority]) -> dict[int, list[User]]:
    officers: dict[int, list[User]] = defaultdict(list)
    for user in User.objects.filter(authority__in=list(authorities), is_active=True):
        if user.authority_id:
            officers[user.authority_id].append(user)
    return officers


# --- counting anew ----------------------------------------


def recount(*, on: date, at: datetime) -> int:
    """Count every open deadline anew in the years whose working days have changed since they were
    counted: a table was loaded, corrected, or came with an upgrade. Returns how many days moved.
    """
    years = [year for year in range(on.year - 1, on.year + 3) if _has_changed(year)]
    return _recount(years, at) if years else 0


def _has_changed(year: int) -> bool:
    known = CountedYear.objects.filter(year=year).first()
    if known and known.official and not workdays.is_official(year):
        # Deadlines that people were told of are not moved back because a file is gone.
        log.error("workday table is missing", year=year, document=known.document)
        return False
    return known is None or _state(known) != _current(year)


def _state(known: CountedYear) -> tuple[str, bool]:
    return known.fingerprint, known.official


def _current(year: int) -> tuple[str, bool]:
    return workdays.fingerprint(year), workdays.is_official(year)


@transaction.atomic
def _recount(years: list[int], at: datetime) -> int:
    taken = {year for year in years if _take(year, at)}
    if not taken:
        return 0
    waiting = Application.objects.filter(
        status=Application.Status.IN_PROGRESS, due_on__isnull=False
    ).select_for_update(of=("self",))
    moved = []
    for case in waiting.select_related(*WITH_CHAIN).prefetch_related("decisions").order_by("pk"):
        if (day := _day_of(case)) and day != case.due_on and _touches(case, day, taken):
            moved.append((case, case.due_on))
            case.due_on, case.overdue_told_at = day, None
    Application.objects.bulk_update(
        [case for case, _ in moved], ["due_on", "overdue_told_at"], batch_size=CHUNK
    )
    audit.record_many(
        _event(Verb.APPLICATION_REDATE, case, at=at, before=f"{was}", after=f"{case.due_on}")
        for case, was in moved
    )
    inbox.send_many(_recount_messages(moved, taken, at))
    return len(moved)


def _take(year: int, at: datetime) -> bool:
    """Note that the year is counted by today's table; False where another run was quicker."""
    fingerprint, official = _current(year)
    facts = {
        "fingerprint": fingerprint,
        "official": official,
        "document": workdays.document_of(year),
        "counted_at": at,
    }
    row, made = CountedYear.objects.select_for_update().get_or_create(year=year, defaults=facts)
    if not made:
        if _state(row) == (fingerprint, official):
            return False
        for name, value in facts.items():
            setattr(row, name, value)
        row.save()
    audit.record(Verb.WORKDAYS_APPLY, row, by=None, at=at, official=official, document=row.document)
    return True


def _day_of(case: Application) -> date | None:
    step = current_step(case)
    if step is None or case.step_since is None:
        return None
    made = sorted(case.decisions.all(), key=lambda decision: (decision.at, decision.pk))
    return clocks.deadline(case, step, made, since=business_date(case.step_since))


def _touches(case: Application, day: date, years: set[int]) -> bool:
    if case.submitted_at is None or case.first_submitted_at is None or case.due_on is None:
        return False
    first = business_date(case.first_submitted_at).year
    return bool(years & set(range(first, max(day, case.due_on).year + 1)))


def _recount_messages(
    moved: list[tuple[Application, date | None]], years: set[int], at: datetime
) -> list[Notification]:
    """One message to every office and one to every firm, naming all its cases."""
    state = "-".join(f"{year}.{workdays.fingerprint(year)[:8]}" for year in sorted(years))
    offices: dict[Authority, list[str]] = defaultdict(list)
    firms: dict[int, list[str]] = defaultdict(list)
    for case, was in moved:
        if was is None or case.due_on is None:
            continue
        line = f"{case.number} 由 {was:%Y-%m-%d} 改为 {workdays.stated(case.due_on)}"
        firms[case.factory.enterprise_id].append(line)
        if office := handling_authority(case):
            offices[office].append(line)
    officers, staff = _officers(offices), defaultdict(list)
    for user in User.objects.filter(enterprise__in=list(firms), is_active=True):
        staff[user.enterprise_id].append(user)
    names = "、".join(f"{year}年" for year in sorted(years))
    desk = [
        (user, _told(Event.DESK_REDATED, names, lines, "/desk/?tab=todo"))
        for office, lines in offices.items()
        for user in officers[office.pk]
    ]
    home = [
        (user, _told(Event.CASE_REDATED, names, lines, "/applications/"))
        for firm, lines in firms.items()
        for user in staff[firm]
    ]
    return [
        inbox.addressed(user, message, key=f"recount:{state}", at=at)
        for user, message in desk + home
    ]


def _told(event: Event, years: str, lines: list[str], link: str) -> Message:
    return Message(
        event=event,
        matter=f"{years}工作日安排已更新",
        result=f"{len(lines)} 件申报的办理限期重新计算：{'；'.join(lines)}",
        next_step="以新的限期为准",
        link=link,
    )
