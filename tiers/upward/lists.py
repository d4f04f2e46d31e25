"""The lists of a round that go up or come down: as they are put down by one person, and settled
when another confirms them. Nothing of an open list is seen outside the office of the round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q

from assessments.models import ScenarioInstance
from registry import audit, digests
from registry.access import business_date
from registry.audit import Verb
from registry.models import User
from registry.policy import NATIONAL, StepKind
from tiers import involvement
from tiers.eligibility import Problem
from tiers.models import Application, Recommendation, Round, UpwardItem, UpwardList
from tiers.upward.places import locked, may_handle, places_of

__all__ = ["may_handle"]

Kind, Outcome = UpwardList.Kind, UpwardItem.Outcome
REASON_LIMIT = 500
STALE = "名单有变化，没有保存，请看过最新内容再办"
BATCHED = "本件与同批次的申报一起，在本批次的“{}”页由两人办理"
REPORTED = "本件已上报国家审定，不能退回；企业不再参加的，由企业撤回申报"
STEP_OF = {
    Kind.NOMINATION: StepKind.SELECT,
    Kind.RESULT: StepKind.AWAIT,
    Kind.ACCEPTANCE: StepKind.ACCEPT,
}
#: What yes and no are called on each list.
WORDS = {
    Kind.NOMINATION: {Outcome.YES: "推荐", Outcome.NO: "不推荐"},
    Kind.RESULT: {Outcome.YES: "列入国家名单", Outcome.NO: "未列入"},
    Kind.ACCEPTANCE: {Outcome.YES: "通过验收", Outcome.NO: "未通过验收"},
}


@dataclass(frozen=True)
class Word:
    """What is put down for one case; without an outcome an earlier one is taken back."""

    outcome: str = ""
    rank: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Row:
    """One case: how its unit placed it, its counts of scenarios, and what is put down for it."""

    kind: UpwardList.Kind
    application: Application
    recommendation: Recommendation | None
    scenarios: int
    ai: int
    item: UpwardItem | None
    # Of the recommendation that was reported.
    reported: int | None

    @property
    def unit(self) -> str:
        return self.recommendation.authority.short_name if self.recommendation else ""

    @property
    def place(self) -> int | None:
        """Its place in its unit's order as the unit numbered it."""
        return self.recommendation.rank if self.recommendation else None

    @property
    def ai_share(self) -> str:
        """The share with both its counts: 3/8（37.5%）."""
        if not self.scenarios:
            return "没有场景"
        return f"{self.ai}/{self.scenarios}（{100 * self.ai / self.scenarios:.1f}%）"

    @property
    def outcome_label(self) -> str:
        return WORDS[self.kind].get(Outcome(self.item.outcome), "") if self.item else "未定"

    @property
    def said(self) -> Word:
        found = self.item
        return Word(found.outcome, found.rank, found.reason) if found else Word()


@dataclass(frozen=True)
class Table:
    """A list as it stands now: every case at its step, and the open list where one was begun."""

    kind: UpwardList.Kind
    open: UpwardList | None
    rows: tuple[Row, ...]

    @property
    def decided(self) -> list[Row]:
        """Those for which something is put down, the recommended in their order."""
        found = [row for row in self.rows if row.item]
        return sorted(found, key=lambda row: (row.said.outcome != Outcome.YES, row.said.rank or 0))

    def of(self, outcome: str) -> list[Row]:
        return [row for row in self.decided if row.said.outcome == outcome]

    @property
    def digest(self) -> str:
        """Over what the second person confirms; it changes when any of it does."""
        held = self.open
        head = [held.document_no, str(held.dated or "")] if held else []
        rows = [
            [
                row.application.pk,
                row.application.submissions,
                row.said.outcome,
                row.said.rank,
                row.said.reason,
            ]
            for row in self.decided
        ]
        return digests.of([self.kind, head, rows])


# --- questions ----------------------------------------


def table(batch: Round, kind: UpwardList.Kind) -> Table:
    """Every case that waits for this list, in the order of its unit or as it was reported."""
    held = UpwardList.objects.filter(round=batch, kind=kind, confirmed_at=None).first()
    cases = list(
        Application.objects.filter(
            round=batch, status=Application.Status.IN_PROGRESS, step=STEP_OF[kind]
        )
        .for_list()
        .select_related("assessment", "factory__industry", "cultivation")
    )
    standing = Recommendation.objects.standing().filter(application__in=cases)
    places = {one.application_id: one for one in standing.select_related("authority")}
    items = {one.application_id: one for one in held.items.all()} if held else {}
    ranks = _reported(cases)
    counts = _scenarios(cases)
    rows = [
        Row(
            kind,
            case,
            places.get(case.pk),
            *counts.get(case.assessment_id, (0, 0)),
            _fresh(items.get(case.pk), case),
            ranks.get(case.pk),
        )
        for case in cases
    ]
    return Table(kind, held, tuple(sorted(rows, key=_order)))


def _order(row: Row) -> tuple[int, int, str, str]:
    unit = row.recommendation.authority.path if row.recommendation else ""
    return (row.reported or 0, row.place or 0, unit, row.application.number or "")


def _fresh(item: UpwardItem | None, case: Application) -> UpwardItem | None:
    """What was put down for an earlier submission says nothing of this one."""
    return item if item and item.submission == case.submissions else None


def _reported(cases: Iterable[Application]) -> dict[int, int]:
    """The priority under which each case was reported."""
    items = UpwardItem.objects.filter(
        application__in=cases,
        outcome=Outcome.YES,
        upward_list__kind=Kind.NOMINATION,
        upward_list__confirmed_at__isnull=False,
    )
    return dict(items.order_by("pk").values_list("application", "rank"))


def _scenarios(cases: Iterable[Application]) -> dict[int, tuple[int, int]]:
    """How many instances of scenarios each assessment names, and how many of them use AI."""
    rows = (
        ScenarioInstance.objects.filter(assessment__in=[case.assessment_id for case in cases])
        .order_by()
        .values_list("assessment")
        .annotate(total=Count("pk"), ai=Count("pk", filter=Q(uses_ai=True)))
    )
    return {pk: (total, ai) for pk, total, ai in rows}


def kind_at(step: str) -> UpwardList.Kind | None:
    """The list that moves a case on from a step; None where none does."""
    return next((kind for kind, at in STEP_OF.items() if at == step), None)


def open_points(application: Application) -> list[Problem]:
    """Why the case cannot go on: no confirmed list says so."""
    return _unless_settled(application, Outcome.YES)


def bars_rejection(application: Application) -> list[Problem]:
    """Why it cannot be refused: that too is for the list."""
    return _unless_settled(application, Outcome.NO)


def holds(application: Application) -> list[Problem]:
    """Why it cannot be sent back to the firm: what was reported is out of the province's hands."""
    return [Problem("reported", REPORTED)] if application.step in NATIONAL else []


def _unless_settled(application: Application, outcome: str) -> list[Problem]:
    kind = kind_at(application.step)
    if kind is None:
        return []
    last = (
        UpwardItem.objects.filter(
            application=application,
            submission=application.submissions,
            upward_list__kind=kind,
            upward_list__confirmed_at__isnull=False,
        )
        .order_by("-upward_list__confirmed_at", "-pk")
        .first()
    )
    if last is not None and last.outcome == outcome:
        return []
    return [Problem("upward", BATCHED.format(kind.label))]


# --- acts ----------------------------------------


@transaction.atomic
def prepare(
    batch: Round,
    kind: UpwardList.Kind,
    words: Mapping[int, Word],
    *,
    document_no: str,
    dated: date | None,
    seen: int,
    by: User,
    at: datetime,
) -> UpwardList:
    """Put down what is to be reported or was decided; ``words`` are by id of the case. Nobody is
    told. ``seen`` is the version of the list that was on the screen, 0 where there was none.
    """
    batch = locked(batch, by)
    now = table(batch, kind)
    held = now.open or UpwardList(round=batch, kind=kind)
    rows = {row.application.pk: row for row in now.rows}
    if held.version != seen or not set(words) <= set(rows):
        raise ValidationError(STALE, code="stale")
    changed = {pk: word for pk, word in words.items() if word != rows[pk].said}
    _ensure_whole(now, words)
    involvement.ensure_impartial((rows[pk].application for pk in changed), by, "准备")
    held.document_no, held.dated = document_no.strip(), dated
    held.prepared_name, held.prepared_at = str(by), at
    held.version += 1
    held.save()
    held.preparers.add(*involvement.people_behind(by))
    held.items.filter(application__in=changed).delete()
    UpwardItem.objects.bulk_create(
        UpwardItem(
            upward_list=held,
            application_id=pk,
            submission=rows[pk].application.submissions,
            outcome=word.outcome,
            rank=word.rank,
            reason=word.reason,
        )
        for pk, word in changed.items()
        if word.outcome
    )
    trail(Verb.UPWARD_PREPARE, held, by=by, at=at, cases=len(changed), version=held.version)
    return held


def _ensure_whole(now: Table, words: Mapping[int, Word]) -> None:
    faults, ranks = [], []
    for row in now.rows:
        word, name = words.get(row.application.pk, row.said), row.application.number
        if word.outcome not in ("", *Outcome.values):
            faults.append(f"{name}：请从列出的结论中选择")
        elif word.outcome == Outcome.NO and not word.reason and now.kind == Kind.NOMINATION:
            faults.append(f"{name}：不推荐须写明理由，企业能看到")
        elif len(word.reason) > REASON_LIMIT:
            faults.append(f"{name}：理由不超过{REASON_LIMIT}个字")
        if now.kind == Kind.NOMINATION and (word.outcome == Outcome.YES) != (word.rank is not None):
            faults.append(f"{name}：推荐的填写优先次序，其他的不填")
        ranks += [word.rank] if word.rank is not None else []
    if not faults and sorted(ranks) != list(range(1, len(ranks) + 1)):
        faults.append("优先次序从 1 起连续编号，不重复")
    if faults:
        raise ValidationError(faults)


def settle(
    batch: Round, kind: UpwardList.Kind, *, seen: str, by: User, at: datetime
) -> tuple[UpwardList, list[Row]]:
    """A second person confirms the list whose digest he has ``seen``; it is frozen by the caller,
    who carries it out. Part of ``reporting.confirm``.
    """
    batch = locked(batch, by)
    now = table(batch, kind)
    held = now.open
    if held is None:
        raise ValidationError("没有待确认的名单，可能已由同事确认，请刷新后再看", code="stale")
    if now.digest != seen:
        raise ValidationError(STALE, code="stale")
    if involvement.prepared(held, by):
        raise ValidationError("名单由本人（或所代的人）准备，须由另一人确认", code="same_person")
    involvement.ensure_impartial((row.application for row in now.decided), by, "确认")
    if stops := list(_unready(batch, now, held, on=business_date(at))):
        raise ValidationError(stops)
    held.confirmed_by, held.confirmed_name, held.confirmed_at = by, str(by), at
    held.save(update_fields=["confirmed_by", "confirmed_name", "confirmed_at"])
    return held, now.decided


def _unready(batch: Round, now: Table, held: UpwardList, *, on: date) -> Iterable[str]:
    if not now.decided:
        yield "还没有填写任何一件的结论"
    if not held.document_no or not held.dated:
        yield "请先填写文号和文件日期"
    elif held.dated > on:
        yield f"文件日期是 {held.dated:%Y-%m-%d}，到那一天才能确认"
    if now.kind == Kind.NOMINATION:
        yield from _over_places(batch, len(now.of(Outcome.YES)))


def _over_places(batch: Round, wanted: int) -> Iterable[str]:
    places = places_of(batch)
    if places.quota is None:
        yield "请先登记国家下达的名额和通知文号"
    elif wanted > places.left:
        yield (
            f"国家名额 {places.quota.places} 个，已上报 {places.used} 座，"
            f"还能推荐 {places.left} 座，名单上有 {wanted} 座"
        )


def trail(verb: Verb, held: UpwardList, *, by: User, at: datetime, **data: Any) -> None:
    audit.record(verb, held, by=by, at=at, path=held.round.authority.path, kind=held.kind, **data)
