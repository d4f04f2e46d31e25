"""The determination of a list (认定): prepared by one person, confirmed by another, then issued.

A confirmation is of one state of the list: it lapses with the first change after it, be it a case
withdrawn, a title below revoked, or a number edited. Issuing moves cases, see ``proceedings``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, digests, inbox, personal, policy
from registry.access import OFFICERS, Duty, business_date, may_change
from registry.audit import Verb
from registry.models import Authority, Event, User
from registry.policy import StepKind, Tier
from tiers import agreement, chain, consultation, eligibility, formal_findings, involvement, notice
from tiers.eligibility import Problem
from tiers.models import Application, Certification, Determination, Recommendation, Round

BY_LIST = "本件随批次名单一并认定：在批次的“认定”页经两人办理后一并印发"
STALE = "认定名单有变化，没有办理，请看过最新内容再办"


@dataclass(frozen=True)
class Paper:
    """The document by which the list is determined, and what the announcement is called."""

    title: str
    document_no: str
    decided_on: date


@dataclass(frozen=True)
class Row:
    """One case that waits for its determination, and what bars it on the day of the decision."""

    application: Application
    bars: tuple[Problem, ...]
    chosen: bool


@dataclass(frozen=True)
class Table:
    """The cases that wait now, with the open list where somebody began one."""

    held: Determination | None
    rows: tuple[Row, ...]
    # Numbers of cases that were chosen and wait no more.
    gone: tuple[str, ...]

    @cached_property
    def chosen(self) -> list[Row]:
        return [row for row in self.rows if row.chosen]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what is confirmed: the document, and every case with what bars it."""
        held = self.held
        paper = [held.title, held.document_no, str(held.decided_on)] if held else []
        listed = notice.listing([row.application for row in self.chosen])
        rows = [
            [row.application.submissions, line, [bar.message for bar in row.bars]]
            for row, line in zip(self.chosen, listed, strict=True)
        ]
        return digests.of([paper, rows])

    @property
    def confirmed(self) -> bool:
        return bool(self.held and self.held.confirmed_at) and not self.lapsed

    @property
    def lapsed(self) -> bool:
        """Whether it was confirmed once and has changed since."""
        held = self.held
        return bool(held and held.confirmed_at and held.confirmed_digest != self.digest)

    @property
    def stops(self) -> list[str]:
        """Why the list as it stands can neither be confirmed nor issued."""
        if not self.chosen:
            return ["名单里没有申报，请勾选后重新准备"]
        return [
            f"{row.application.number} 现在不能认定（{row.bars[0].message}），请取消勾选后重新准备"
            for row in self.chosen
            if row.bars
        ]


# --- questions ----------------------------------------


def by_list(batch: Round) -> bool:
    """Whether the rules of the round determine its cases together; renewals come one by one."""
    if batch.is_renewal:
        return False
    return policy.get(batch.policy).tiers[Tier(batch.tier)].determine_by == "list"


def may_handle(batch: Round, user: User) -> bool:
    """Whether this person works on the round's lists: one of the office that determines."""
    return (
        by_list(batch)
        and user.role in OFFICERS
        and user.role == chain.steps_of(batch)[-1].level
        and user.authority_id == batch.authority_id
        and may_change(user, Duty.COMPLETE, batch.tier)
    )


def table(batch: Round, *, on: date) -> Table:
    """Every case at this step in the order of numbers; where no day of the decision is put down
    yet, what bars a case is asked for ``on``.
    """
    held = Determination.objects.filter(round=batch, issued_at=None).first()
    chosen = dict(held.cases.values_list("pk", "number")) if held else {}
    return _table(batch, held, chosen, on=held.decided_on if held else on)


def _table(batch: Round, held: Determination | None, chosen: dict[int, str], *, on: date) -> Table:
    waiting = Application.objects.filter(
        round=batch, status=Application.Status.IN_PROGRESS, step=StepKind.DETERMINE
    )
    cases = list(waiting.for_page().order_by("number"))
    bars = _bars(cases, on)
    rows = tuple(Row(case, tuple(bars[case.pk]), case.pk in chosen) for case in cases)
    here = {case.pk for case in cases}
    gone = sorted(number for pk, number in chosen.items() if pk not in here)
    return Table(held, rows, tuple(gone))


def _bars(cases: Sequence[Application], on: date) -> dict[int, list[Problem]]:
    """What ``eligibility.at_determination`` and the departments say of each, in few queries."""
    events, below = formal_findings.bars(cases, on), eligibility.prerequisites_of(cases, on=on)
    values, vetoes = agreement.objections_of(cases), consultation.standing_vetoes_of(cases)
    return {
        case.pk: [
            *_too_early(case, on),
            *events.get(case.pk, []),
            *([below[case.pk]] if case.pk in below else []),
            *(Problem("verification", text) for text in values.get(case.pk, [])),
            *vetoes.get(case.pk, []),
        ]
        for case in cases
    }


def _too_early(case: Application, on: date) -> list[Problem]:
    sent = case.first_submitted_at
    if sent is None or on >= business_date(sent):
        return []
    return [Problem("decided_on", "认定日期早于企业提交申报的日期")]


def as_text(held: Determination) -> str:
    """The list as the file that anybody can download; the digest is that of its bytes."""
    return digests.text_of(held.content)


def open_points(application: Application) -> list[Problem]:
    """Why the case gets no title alone: its round's list does, once it is issued."""
    if not by_list(application.round):
        return []
    issued = Determination.objects.issued().filter(cases=application.pk).exists()
    return [] if issued else [Problem("determination", BY_LIST)]


# --- acts ----------------------------------------


@transaction.atomic
def prepare(
    batch: Round,
    chosen: Collection[int],
    paper: Paper,
    *,
    performance_confirmed: bool,
    seen: int,
    by: User,
    at: datetime,
) -> Determination:
    """Put down the document and the cases of the list. ``seen`` is the version that was on the
    screen, 0 where there was none.
    """
    batch = _locked(batch, by)
    held = Determination.objects.filter(round=batch, issued_at=None).first()
    held = held or Determination(round=batch)
    if held.version != seen:
        raise ValidationError(STALE, code="stale")
    _ensure_whole(paper, performance_confirmed, on=business_date(at))
    now = _table(batch, held, dict.fromkeys(chosen, ""), on=paper.decided_on)
    if now.gone:
        raise ValidationError(STALE, code="stale")
    held.title, held.document_no = paper.title.strip(), paper.document_no.strip()
    held.decided_on = paper.decided_on
    if now.stops:
        raise ValidationError(now.stops)
    cases = [row.application for row in now.chosen]
    involvement.ensure_impartial(cases, by, "准备认定名单")
    held.prepared_name, held.prepared_at = str(by), at
    held.version += 1
    held.confirmed_by, held.confirmed_name, held.confirmed_at = None, "", None
    held.confirmed_digest = ""
    held.save()
    held.cases.set(cases)
    held.preparers.add(*involvement.people_behind(by))
    _trail(Verb.DETERMINATION_PREPARE, held, by=by, at=at, cases=len(cases), version=held.version)
    colleagues = [one for one in inbox.officers_of(batch.authority) if one.pk != by.pk]
    _tell_desk(held, colleagues, f"名单已准备，共 {len(cases)} 座，待确认", at=at)
    return held


def _ensure_whole(paper: Paper, performance_confirmed: bool, *, on: date) -> None:
    missing = {}
    if not paper.title.strip():
        missing["title"] = "请填写公告标题"
    elif fault := personal.refusal(paper.title):
        missing["title"] = fault
    if not paper.document_no.strip():
        missing["document_no"] = "请填写认定文件的文号"
    if paper.decided_on > on:
        missing["decided_on"] = "认定日期不能晚于今天"
    if not performance_confirmed:
        missing["performance_confirmed"] = "请核实名单内各工厂的主要技术经济指标并勾选"
    if missing:
        raise ValidationError(missing)


@transaction.atomic
def confirm(batch: Round, *, seen: str, by: User, at: datetime) -> Determination:
    """A second person confirms the list whose digest he has ``seen``."""
    batch = _locked(batch, by)
    now = table(batch, on=business_date(at))
    held = now.held
    if held is None:
        raise ValidationError("还没有准备认定名单")
    if now.digest != seen:
        raise ValidationError(STALE, code="stale")
    if now.confirmed:
        raise ValidationError(f"已由{held.confirmed_name}确认", code="stale")
    if involvement.prepared(held, by):
        raise ValidationError("名单由本人（或所代的人）准备，须由另一人确认", code="same_person")
    if now.stops:
        raise ValidationError(now.stops)
    involvement.ensure_impartial((row.application for row in now.chosen), by, "确认认定名单")
    held.confirmed_by, held.confirmed_name, held.confirmed_at = by, str(by), at
    held.confirmed_digest = now.digest
    held.save(update_fields=["confirmed_by", "confirmed_name", "confirmed_at", "confirmed_digest"])
    _trail(Verb.DETERMINATION_CONFIRM, held, by=by, at=at, digest=held.confirmed_digest)
    _tell_desk(held, held.preparers.all(), f"名单已由{held.confirmed_name}确认，可以印发", at=at)
    return held


def settle(batch: Round, *, seen: str, by: User, at: datetime) -> tuple[Determination, list[Row]]:
    """Close the confirmed list as it stands. Part of ``proceedings.issue``."""
    batch = _locked(batch, by)
    now = table(batch, on=business_date(at))
    held = now.held
    if held is None:
        raise ValidationError("没有待印发的认定名单，可能已由同事印发，请刷新后再看", code="stale")
    if now.digest != seen:
        raise ValidationError(STALE, code="stale")
    if now.lapsed:
        raise ValidationError("确认以后名单有变化，确认已失效，请重新确认", code="lapsed")
    if not now.confirmed:
        raise ValidationError("认定名单还没有第二人确认，不能印发")
    cases = [row.application for row in now.chosen]
    involvement.ensure_impartial(cases, by, "印发认定名单")
    held.cases.set(cases)
    held.issued_by, held.issued_name, held.issued_at = by, str(by), at
    held.save(update_fields=["issued_by", "issued_name", "issued_at"])
    return held, now.chosen


def announce(held: Determination, *, by: User, at: datetime) -> None:
    """Freeze what the public reads, now that the titles have their numbers, and tell the offices
    that recommended. Part of ``proceedings.issue``.
    """
    cases = list(held.cases.for_page().order_by("number"))
    titles = {
        one.application_id: one for one in Certification.objects.filter(application__in=cases)
    }
    held.content = [
        {**line, **_title_line(titles[case.pk])}
        for case, line in zip(cases, notice.listing(cases), strict=True)
    ]
    held.digest = digests.of(held.content)
    held.save(update_fields=["content", "digest"])
    _trail(
        Verb.DETERMINATION_ISSUE, held, by=by, at=at, digest=held.digest, cases=len(cases),
        document_no=held.document_no,
    )  # fmt: skip
    _tell_units(held, cases, at=at)


def _title_line(title: Certification) -> dict[str, Any]:
    return {
        "title_number": title.number,
        "valid_from": str(title.valid_from),
        "last_day": str(title.last_day or ""),
    }


def _tell_desk(held: Determination, people: Iterable[User], result: str, *, at: datetime) -> None:
    message = inbox.Message(
        event=Event.DESK_DETERMINATION,
        matter=held.title,
        result=result,
        next_step="核对名单后办理，准备人不能自己确认",
        link=f"/rounds/{held.round_id}/determine/",
    )
    key = f"determination:{held.pk}:{held.version}:{held.confirmed_digest[:12]}"
    inbox.send(people, message, key=key, at=at)


def _tell_units(held: Determination, cases: Sequence[Application], *, at: datetime) -> None:
    units: dict[Authority, int] = {}
    standing = Recommendation.objects.standing().filter(application__in=cases)
    for one in standing.select_related("authority").order_by("authority__path"):
        units[one.authority] = units.get(one.authority, 0) + 1
    for unit, count in units.items():
        message = inbox.Message(
            event=Event.ROUND_DETERMINED,
            matter=held.title,
            result=f"已认定 {len(cases)} 座，其中本单位推荐 {count} 座",
            next_step="查阅公告名单",
            link=f"/announcements/{held.pk}/",
        )
        inbox.send(inbox.officers_of(unit), message, key=f"determined:{held.pk}", at=at)


def _locked(batch: Round, by: User) -> Round:
    """The round again under its lock: its list is prepared, confirmed, issued by one at a time."""
    if not may_handle(batch, by):
        raise PermissionDenied("认定名单由作出认定的部门办理")
    found: Round = (
        Round.objects.select_for_update(of=("self",)).select_related("authority").get(pk=batch.pk)
    )
    return found


def _trail(verb: Verb, held: Determination, *, by: User, at: datetime, **data: Any) -> None:
    audit.record(verb, held, by=by, at=at, path=held.round.authority.path, **data)
