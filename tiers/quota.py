"""Places in a round (名额), and the order in which a unit recommends its cases.

A round without quotas takes any number. Once its owner has given places to one unit, a unit without
places has none. A case keeps its place while it is open, also while it is with its firm again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet

from registry import audit, inbox
from registry.access import OFFICERS, business_date, may_change
from registry.audit import Verb
from registry.models import Authority, Event, User
from registry.policy import StepKind
from tiers import chain
from tiers.eligibility import Problem
from tiers.models import Application, Quota, Recommendation, Round

Status = Application.Status


@dataclass(frozen=True)
class Places:
    """A unit's places in a round and who holds them; ``allotted`` is None where none count."""

    authority: Authority
    allotted: int | None
    held: tuple[Recommendation, ...]

    @property
    def counted(self) -> tuple[Recommendation, ...]:
        return tuple(one for one in self.held if not one.off_quota)

    @property
    def off(self) -> tuple[Recommendation, ...]:
        return tuple(one for one in self.held if one.off_quota)

    @property
    def left(self) -> int | None:
        return None if self.allotted is None else self.allotted - len(self.counted)


# --- questions ----------------------------------------


def recommending_level(batch: Round) -> str | None:
    """The level that recommends under the rules of the round; None where nobody does."""
    named = chain.steps_of(batch)
    return next((step.level for step in named if step.kind == StepKind.RECOMMEND), None)


def units(batch: Round) -> QuerySet[Authority]:
    """Who may recommend in this round."""
    return Authority.objects.filter(
        kind=recommending_level(batch) or "", path__startswith=batch.authority.path
    ).order_by("path")


def places(batch: Round, among: Sequence[Authority]) -> list[Places]:
    """What each of these units has in the round and who holds it, in three queries."""
    allotted = dict(batch.quotas.values_list("authority", "places"))
    held: dict[int, list[Recommendation]] = {}
    standing = Recommendation.objects.standing().filter(round=batch).in_order()
    for one in standing.select_related(
        "application__factory__enterprise",
        "application__factory__division",
        "application__factory__industry",
        "application__assessment__factory__authority",
    ):
        held.setdefault(one.authority_id, []).append(one)
    return [
        Places(
            unit,
            allotted.get(unit.pk, 0) if allotted else None,
            tuple(held.get(unit.pk, ())),
        )
        for unit in among
    ]


def standing_of(application: Application) -> Recommendation | None:
    return Recommendation.objects.standing().filter(application=application).first()


def open_points(
    application: Application, *, on: date, off_quota: str, ground: str
) -> list[Problem]:
    """Why the case cannot be recommended now: out of time, no place left, no ground given."""
    batch = application.round
    if standing_of(application):
        return []
    found = []
    if batch.recommend_by and on > batch.recommend_by:
        found.append(Problem("recommend_by", f"推荐已于 {batch.recommend_by:%Y-%m-%d} 截止"))
    if off_quota:
        if off_quota not in batch.off_quota_kinds:
            found.append(Problem("off_quota", "请从本批次列明的不占名额类别中选择"))
        if not ground.strip():
            found.append(Problem("ground", "请写明不占名额的依据，例如文件名称和文号"))
        return found
    unit = chain.authority_at(application.factory, application.step_level)
    if unit is None:
        return found
    own = places(batch, [unit])[0]
    if own.left is not None and own.left <= 0:
        found.append(Problem("quota", _full(own)))
    return found


def _full(own: Places) -> str:
    if not own.allotted:
        return f"{own.authority.short_name}在本批次没有推荐名额，请向{_owner(own)}申请后再推荐"
    holders = "；".join(
        f"{one.application.factory.name}（{one.application.number}，{one.by_name}推荐）"
        for one in own.counted
    )
    return (
        f"{own.authority.short_name}在本批次的 {own.allotted} 个推荐名额已用完：{holders}。"
        "要推荐本件，请先让出一个名额"
    )


def _owner(own: Places) -> str:
    return own.authority.parent.name if own.authority.parent else "批次开放部门"


def may_reorder(batch: Round, user: User, on: date) -> bool:
    """Whether this person's unit may still change the order of what it recommends."""
    level = recommending_level(batch)
    in_time = batch.recommend_by is None or on <= batch.recommend_by
    return user.role == level and in_time and may_change(user)


# --- acts ----------------------------------------


@transaction.atomic
def allot(batch: Round, given: Mapping[int, int], *, by: User, at: datetime) -> None:
    """Give each unit its number of places; ``given`` maps authority ids to places.

    Raises ValidationError where a unit already holds more than it would get.
    """
    if by.role not in OFFICERS or by.authority_id != batch.authority_id:
        raise PermissionDenied("名额由开放批次的部门分配")
    if batch.is_renewal:
        raise PermissionDenied("到期复核不占名额")
    batch = _locked(batch.pk)
    known = {unit.pk: unit for unit in units(batch)}
    if not set(given) <= set(known):
        raise ValidationError("只能给本批次的推荐单位分配名额")
    short = [
        f"{own.authority.short_name}已推荐 {len(own.counted)} 件，名额不能少于 {len(own.counted)}"
        for own in places(batch, list(known.values()))
        if len(own.counted) > given.get(own.authority.pk, 0)
    ]
    if given and short:
        raise ValidationError(short)
    before = dict(batch.quotas.values_list("authority", "places"))
    Quota.objects.filter(round=batch).delete()
    Quota.objects.bulk_create(
        Quota(round=batch, authority=known[pk], places=number) for pk, number in given.items()
    )
    audit.record(
        Verb.ROUND_ALLOT,
        batch,
        by=by,
        at=at,
        path=batch.authority.path,
        places={known[pk].code: number for pk, number in given.items()},
    )
    for pk, number in given.items():
        if before.get(pk) != number:
            _tell_places(batch, known[pk], number, at=at)


def _locked(pk: int) -> Round:
    """The round under its lock: places are counted by one at a time."""
    batch: Round = Round.objects.select_for_update(of=("self",)).get(pk=pk)
    return batch


@transaction.atomic
def take(
    application: Application, *, off_quota: str, ground: str, by: User, at: datetime
) -> Recommendation:
    """Put the case forward at the end of its unit's order; one that stands already stays.

    The round's row is locked first, so that concurrent recommendations see each other's places.
    """
    batch = application.round = _locked(application.round_id)
    standing = standing_of(application)
    if standing is not None:
        return standing
    stops = open_points(application, on=business_date(at), off_quota=off_quota, ground=ground)
    if stops:
        raise ValidationError([ValidationError(p.message, code=p.code) for p in stops])
    unit = chain.authority_at(application.factory, application.step_level)
    if unit is None:
        raise RuntimeError(f"application {application.pk} waits at no unit that recommends")
    last = Recommendation.objects.filter(round=batch, authority=unit).aggregate(n=Max("rank"))["n"]
    return Recommendation.objects.create(
        round=batch,
        application=application,
        authority=unit,
        rank=(last or 0) + 1,
        off_quota=off_quota,
        ground=ground.strip(),
        by=by,
        by_name=str(by),
        at=at,
    )


def free(application: Application, reason: str, *, at: datetime) -> None:
    """The case is closed: whoever waits for its place may have it. Part of the closing act."""
    Recommendation.objects.standing().filter(application=application).update(
        released_at=at, release_reason=reason
    )


@transaction.atomic
def release(standing: Recommendation, *, reason: str, by: User, at: datetime) -> None:
    """让出名额: while the case is not yet past its unit, the unit may give its place to another."""
    held = (
        Recommendation.objects.visible_to(by)
        .standing()
        .select_for_update(of=("self",))
        .select_related("application__factory__authority", "round")
        .filter(pk=standing.pk)
        .first()
    )
    if held is None or held.authority_id != by.authority_id:
        raise PermissionDenied("名额由推荐它的部门让出")
    if not may_release(held):
        raise ValidationError("本件已报到上级，要让出名额请先由上级退回")
    if not reason.strip():
        raise ValidationError({"reason": "请写明让出名额的原因"})
    held.released_at, held.release_reason = at, reason.strip()
    held.save(update_fields=["released_at", "release_reason"])
    audit.record(
        Verb.RECOMMENDATION_RELEASE,
        held.application,
        by=by,
        at=at,
        path=held.application.factory.authority.path,
        enterprise_id=held.application.factory.enterprise_id,
        round=held.round_id,
    )


def may_release(held: Recommendation) -> bool:
    """Whether the case is with its firm or at its unit's own step again."""
    case = held.application
    return case.status == Status.RETURNED or (
        case.status == Status.IN_PROGRESS and case.step_level == held.authority.kind
    )


@transaction.atomic
def reorder(
    batch: Round, order: Sequence[int], *, seen: Sequence[int], by: User, at: datetime
) -> None:
    """Put a unit's recommendations into the given order of ids. ``seen`` is the order that was on
    the screen: where it has meanwhile changed nothing is done.
    """
    if not may_reorder(batch, by, business_date(at)):
        raise PermissionDenied("推荐次序由推荐单位在推荐截止前排定")
    batch = _locked(batch.pk)
    rows = Recommendation.objects.standing().filter(round=batch, authority=by.authority_id)
    standing = list(rows.in_order())
    now = [one.pk for one in standing]
    if list(seen) != now:
        raise ValidationError("这份次序刚刚变过，请看过最新的次序再排", code="stale")
    if sorted(order) != sorted(now):
        raise ValidationError("每一件都要有一个次序，不能重复")
    by_id = {one.pk: one for one in standing}
    for rank, pk in enumerate(order, start=1):
        by_id[pk].rank = rank
    Recommendation.objects.bulk_update(standing, ["rank"])
    audit.record(
        Verb.RECOMMENDATION_ORDER,
        batch,
        by=by,
        at=at,
        path=by.authority_path,
        order=[by_id[pk].application_id for pk in order],
    )


def _tell_places(batch: Round, unit: Authority, number: int, *, at: datetime) -> None:
    inbox.send(
        inbox.officers_of(unit),
        inbox.Message(
            event=Event.ROUND_PLACES,
            matter=batch.title,
            result=f"本单位推荐名额 {number} 个",
            next_step="按名额推荐并排定次序",
            due_on=batch.recommend_by,
            link=f"/rounds/{batch.pk}/",
        ),
        key=f"quota:{batch.pk}:{number}:{at:%Y%m%d%H%M%S}",
        at=at,
    )
