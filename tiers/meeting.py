"""The meeting on a round (会议审定): what is prepared for each case in silence, and its
confirmation by a second person.

Nothing of it is seen outside the office that holds it until ``tiers.proceedings`` releases all of
it at once. A confirmation is of one state of the table: it lapses with the first change after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, digests
from registry.access import OFFICERS, Duty, business_date, may_change
from registry.audit import Verb
from registry.models import User
from registry.policy import StepKind
from tiers import experts, inspection, involvement
from tiers.eligibility import Problem
from tiers.inspection import Visit
from tiers.models import (
    Application,
    Meeting,
    MeetingItem,
    Recommendation,
    Round,
)

Outcome = MeetingItem.Outcome
REASON_LIMIT = 500
STALE = "会议审定表有变化，没有保存，请看过最新内容再办"


@dataclass(frozen=True)
class Word:
    """What is put down for one case; without an outcome an earlier one is taken back."""

    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Row:
    """One case of the table: who recommended it in which place, how experts ranked it, its visit,
    what is prepared.
    """

    rank: int
    application: Application
    recommendation: Recommendation | None
    review: experts.Line | None
    visit: Visit
    item: MeetingItem | None

    @property
    def unit(self) -> str:
        return self.recommendation.authority.short_name if self.recommendation else ""

    @property
    def place(self) -> int | None:
        """Its place in its unit's order as the unit numbered it."""
        return self.recommendation.rank if self.recommendation else None

    @property
    def site(self) -> str:
        return self.visit.label

    @property
    def differing(self) -> int | None:
        one = self.visit.inspection
        return len(one.found["differing"]) if one and one.found else None

    @property
    def frozen(self) -> dict[str, Any]:
        """The row as it is kept at the release."""
        case, word = self.application, self.item
        return {
            "rank": self.rank,
            "number": case.number,
            "enterprise": case.factory.enterprise.name,
            "factory": case.factory.name,
            "unit": self.unit,
            "place": self.place,
            "off_quota": self.recommendation.off_quota if self.recommendation else "",
            "score": self.review.mean if self.review else None,
            "corrected": self.review.corrected if self.review else None,
            "score_rank": self.review.rank if self.review else None,
            "corrected_rank": self.review.corrected_rank if self.review else None,
            "site": self.site,
            "differing": self.differing,
            "outcome": word.outcome if word else "",
            "outcome_label": word.get_outcome_display() if word else "",
            "reason": word.reason if word else "",
        }


@dataclass(frozen=True)
class Table:
    """The table of a round as it stands now, with its open meeting where somebody began one."""

    meeting: Meeting | None
    rows: tuple[Row, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over what is confirmed: the list, every decision, and what is said of the day."""
        held = self.meeting
        said = [str(held.held_on or ""), held.attendees, held.minutes] if held else []
        rows = [[row.application.submissions, row.frozen] for row in self.rows]
        return digests.of([said, rows])

    @property
    def confirmed(self) -> bool:
        return bool(self.meeting and self.meeting.confirmed_at) and not self.lapsed

    @property
    def lapsed(self) -> bool:
        """Whether it was confirmed once and has changed since."""
        held = self.meeting
        return bool(held and held.confirmed_at and held.digest != self.digest)

    @property
    def reviewed(self) -> bool:
        return any(row.review for row in self.rows)

    @property
    def open_rows(self) -> list[Row]:
        return [row for row in self.rows if row.item is None]

    def of(self, outcome: str) -> list[Row]:
        return [row for row in self.rows if row.item and row.item.outcome == outcome]


# --- questions ----------------------------------------


def may_handle(batch: Round, user: User) -> bool:
    """Whether this person works on the meetings of the round: one of its own office."""
    return (
        user.role in OFFICERS
        and user.authority_id == batch.authority_id
        and may_change(user, Duty.COMPLETE, batch.tier)
    )


def table(batch: Round) -> Table:
    """Every case at this step, the best by corrected mark on top; without a review those
    recommended first in their unit.
    """
    held = Meeting.objects.filter(round=batch, released_at=None).first()
    cases = list(
        Application.objects.filter(
            round=batch, status=Application.Status.IN_PROGRESS, step=StepKind.MEET
        ).for_list()
    )
    standing = Recommendation.objects.standing().filter(application__in=cases)
    places = {one.application_id: one for one in standing.select_related("authority")}
    items = {one.application_id: one for one in held.items.all()} if held else {}

    reviews = _reviews(batch, cases)

    def order(visit: Visit) -> tuple[bool, int, int, str, str]:
        place, line = places.get(visit.application.pk), reviews.get(visit.application.pk)
        judged = line.corrected_rank if line else None
        unit = place.authority.path if place else ""
        number = visit.application.number or ""
        return (judged is None, judged or 0, place.rank if place else 0, unit, number)

    ordered = sorted(inspection.visits(batch, cases), key=order)
    return Table(
        held,
        tuple(
            Row(
                number,
                visit.application,
                places.get(visit.application.pk),
                reviews.get(visit.application.pk),
                visit,
                _fresh(items.get(visit.application.pk), visit.application),
            )
            for number, visit in enumerate(ordered, start=1)
        ),
    )


def _reviews(batch: Round, cases: Collection[Application]) -> dict[int, experts.Line]:
    """What the review of each case has come to, where the rules have one."""
    if not cases or not experts.has_review(batch):
        return {}
    return {one.case.pk: one for one in experts.summary(batch)}


def _fresh(item: MeetingItem | None, case: Application) -> MeetingItem | None:
    """What was prepared for an earlier submission says nothing of this one."""
    return item if item and item.submission == case.submissions else None


def open_points(application: Application, on: date) -> list[Problem]:
    """Why the case cannot be passed on: no meeting has released that it may."""
    return _unless_released(application, Outcome.PASS)


def bars_rejection(application: Application) -> list[Problem]:
    """Why it cannot be refused at this step: that too is for the meeting."""
    return _unless_released(application, Outcome.REJECT)


def _unless_released(application: Application, outcome: str) -> list[Problem]:
    last = (
        MeetingItem.objects.filter(application=application, submission=application.submissions)
        .exclude(meeting__released_at=None)
        .order_by("-meeting__released_at", "-pk")
        .first()
    )
    if last is not None and last.outcome == outcome:
        return []
    return [Problem("meeting", BY_MEETING)]


BY_MEETING = "本件由会议审定，结果在本批次的“会议审定”页经两人办理后一并公布"


# --- acts ----------------------------------------


@transaction.atomic
def prepare(
    batch: Round,
    words: Mapping[int, Word],
    *,
    held_on: date | None,
    attendees: str,
    minutes: str,
    seen: int,
    by: User,
    at: datetime,
) -> Meeting:
    """Put down what the meeting is to decide; ``words`` are by id of the case. Nobody is told.

    ``seen`` is the version of the meeting that was on the screen, 0 where there was none.
    """
    batch = _locked(batch, by)
    now = table(batch)
    held = now.meeting or Meeting(round=batch)
    if held.version != seen:
        raise ValidationError(STALE, code="stale")
    rows = {row.application.pk: row for row in now.rows}
    if not set(words) <= set(rows):
        raise ValidationError(STALE, code="stale")
    changed = {pk: word for pk, word in words.items() if word != _word(rows[pk].item)}
    _ensure_whole(rows, changed)
    involvement.ensure_impartial((rows[pk].application for pk in changed), by, "准备审定")
    held.held_on, held.attendees, held.minutes = held_on, attendees.strip(), minutes.strip()
    held.prepared_name, held.prepared_at = str(by), at
    held.version += 1
    held.confirmed_by, held.confirmed_name, held.confirmed_at, held.digest = None, "", None, ""
    held.save()
    held.preparers.add(*involvement.people_behind(by))
    _write(held, rows, changed, by=by, at=at)
    _trail(Verb.MEETING_PREPARE, held, by=by, at=at, cases=len(changed), version=held.version)
    return held


def _word(item: MeetingItem | None) -> Word:
    return Word(item.outcome, item.reason) if item else Word()


def _ensure_whole(rows: Mapping[int, Row], words: Mapping[int, Word]) -> None:
    faults = []
    for pk, word in words.items():
        number = rows[pk].application.number
        if word.outcome not in ("", *Outcome.values):
            faults.append(f"{number}：请从列出的审定意见中选择")
        elif word.outcome in (Outcome.REJECT, Outcome.HOLD) and not word.reason:
            faults.append(f"{number}：{Outcome(word.outcome).label}须写明理由")
        elif len(word.reason) > REASON_LIMIT:
            faults.append(f"{number}：理由不超过{REASON_LIMIT}个字")
    if faults:
        raise ValidationError(faults)


def _write(
    held: Meeting, rows: Mapping[int, Row], words: Mapping[int, Word], *, by: User, at: datetime
) -> None:
    held.items.filter(application__in=words).delete()
    MeetingItem.objects.bulk_create(
        MeetingItem(
            meeting=held,
            application_id=pk,
            submission=rows[pk].application.submissions,
            outcome=word.outcome,
            reason=word.reason,
            by=by,
            by_name=str(by),
            at=at,
        )
        for pk, word in words.items()
        if word.outcome
    )


@transaction.atomic
def confirm(batch: Round, *, seen: str, by: User, at: datetime) -> Meeting:
    """A second person confirms the table whose digest he has ``seen``."""
    batch = _locked(batch, by)
    now = table(batch)
    held = now.meeting
    if held is None:
        raise ValidationError("还没有准备会议审定意见")
    if now.digest != seen:
        raise ValidationError(STALE, code="stale")
    if now.confirmed:
        raise ValidationError(f"已由{held.confirmed_name}确认", code="stale")
    if involvement.prepared(held, by):
        raise ValidationError(
            "审定意见由本人（或所代的人）准备，须由另一人确认", code="same_person"
        )
    stops = list(_unready(now, on=business_date(at)))
    if stops:
        raise ValidationError(stops)
    involvement.ensure_impartial((row.application for row in now.rows), by, "确认审定")
    held.confirmed_by, held.confirmed_name, held.confirmed_at = by, str(by), at
    held.digest = now.digest
    held.save(update_fields=["confirmed_by", "confirmed_name", "confirmed_at", "digest"])
    _trail(Verb.MEETING_CONFIRM, held, by=by, at=at, digest=held.digest)
    return held


def _unready(now: Table, *, on: date) -> Iterable[str]:
    held = now.meeting
    if not now.rows:
        yield "没有待审定的申报"
    if now.open_rows:
        numbers = "、".join(str(row.application.number) for row in now.open_rows[:5])
        yield f"还有 {len(now.open_rows)} 件没有审定意见：{numbers}"
    if held is None or not held.held_on or not held.attendees or not held.minutes:
        yield "请先填写会议日期、参会人员和会议纪要"
    elif held.held_on > on:
        yield f"会议日期是 {held.held_on:%Y-%m-%d}，开过会才能确认"


def settle(batch: Round, *, seen: str, by: User, at: datetime) -> tuple[Meeting, tuple[Row, ...]]:
    """Close the confirmed meeting with its table as it stands. Part of ``proceedings.release``."""
    batch = _locked(batch, by)
    now = table(batch)
    held = now.meeting
    if held is None:
        raise ValidationError("没有待公布的会议审定，可能已由同事公布，请刷新后再看", code="stale")
    if now.digest != seen:
        raise ValidationError(STALE, code="stale")
    if now.lapsed:
        raise ValidationError("确认以后名单或意见有变化，确认已失效，请重新确认", code="lapsed")
    if not now.confirmed:
        raise ValidationError("审定意见还没有第二人确认，不能公布")
    involvement.ensure_impartial((row.application for row in now.rows), by, "公布审定")
    held.released_by, held.released_name, held.released_at = by, str(by), at
    held.frozen = [row.frozen for row in now.rows]
    held.save(update_fields=["released_by", "released_name", "released_at", "frozen"])
    counts = {outcome.value: len(now.of(outcome)) for outcome in Outcome}
    _trail(Verb.MEETING_RELEASE, held, by=by, at=at, digest=held.digest, **counts)
    return held, now.rows


def _locked(batch: Round, by: User) -> Round:
    """The round again under its lock: its meeting is prepared, confirmed, released by one at a
    time.
    """
    if not may_handle(batch, by):
        raise PermissionDenied("会议审定由开放批次的部门办理")
    found: Round = (
        Round.objects.select_for_update(of=("self",)).select_related("authority").get(pk=batch.pk)
    )
    return found


def _trail(verb: Verb, held: Meeting, *, by: User, at: datetime, **data: Any) -> None:
    audit.record(verb, held, by=by, at=at, path=held.round.authority.path, **data)
