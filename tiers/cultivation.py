"""Candidates for the leading tier (培育对象): listed by the ministries for some years, reviewed by
the province, then accepted or not. A candidate holds no title of the tier and never counts as one.
"""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, inbox, policy, workdays
from registry.access import OFFICERS, Duty, business_date, may_change
from registry.audit import Verb
from registry.models import Event, Factory, User
from registry.policy import StepKind, Tier
from tiers import telling
from tiers.eligibility import Problem
from tiers.models import Application, Cultivation

Ending = Cultivation.Ending
REMIND_DAYS = (180, 90, 30)
CHUNK = 500
STAGE = "领航级培育对象"


# --- questions ----------------------------------------


def of_factory(factory: Factory | int, on: date) -> Cultivation | None:
    """The candidacy that runs for a factory on a day."""
    return Cultivation.objects.running(on).filter(application__factory=factory).first()


def may_review(one: Cultivation, user: User) -> bool:
    """Whether this person records the review: of the office that recommended it, while it waits."""
    case = one.application
    return (
        case.status == Application.Status.IN_PROGRESS
        and case.step == StepKind.ACCEPT
        and user.role in OFFICERS
        and user.authority_id == case.round.authority_id
        and may_change(user, Duty.COMPLETE, case.tier)
    )


def open_points(application: Application, *, dated: date) -> list[Problem]:
    """Why it cannot be accepted: no review went up, or its time had passed before one did."""
    one = Cultivation.objects.filter(application=application).first()
    if one is None:
        return [Problem("cultivation", "这座工厂不是培育对象，不能验收")]
    if one.reviewed_on is None:
        return [Problem("cultivation", "还没有登记推荐单位初审，请先登记")]
    if dated < one.listed_on:
        return [Problem("decided_on", "文件日期不能早于列入培育对象的日期")]
    return []


# --- acts ----------------------------------------


def begin(
    application: Application, *, document_no: str, listed_on: date, by: User, at: datetime
) -> Cultivation:
    """The ministries have listed the case's factory. Part of ``workflow.act``."""
    rule = policy.get(application.round.policy).tiers[Tier(application.tier)]
    if rule.cultivation_years is None:
        raise RuntimeError(f"the rules of application {application.pk} cultivate nobody")
    last_day = workdays.years_later(listed_on, rule.cultivation_years)
    one: Cultivation = Cultivation.objects.create(
        application=application, document_no=document_no, listed_on=listed_on, last_day=last_day
    )
    _trail(Verb.CULTIVATION_BEGIN, one, by=by, at=at, last_day=str(last_day))
    _tell(
        [one],
        "listed",
        result=f"列入{STAGE}，培育期至 {last_day:%Y年%-m月%-d日}",
        next_step="按要素条件建设，期满前申请验收",
        at=at,
    )
    return one


def end(application: Application, ending: Cultivation.Ending, *, by: User, at: datetime) -> None:
    """Its case was accepted, refused or taken back. Part of ``workflow.act``; one that has lapsed
    stays so, unless it is accepted after all.
    """
    one = Cultivation.objects.filter(application=application).first()
    if one is None or (one.ending and ending != Ending.ACCEPTED):
        return
    one.ending, one.ended_on = ending, business_date(at)
    one.save(update_fields=["ending", "ended_on"])
    _trail(Verb.CULTIVATION_END, one, by=by, at=at, ending=ending)


@transaction.atomic
def review(
    one: Cultivation,
    *,
    opinion: str,
    document_no: str,
    reviewed_on: date | None,
    by: User,
    at: datetime,
) -> Cultivation:
    """推荐单位初审: the province has looked at what was built and reports it for acceptance, before
    the time is over.
    """
    rows = Cultivation.objects.select_for_update(of=("self",))
    one = rows.select_related("application__round", "application__factory__authority").get(
        pk=one.pk
    )
    if not may_review(one, by):
        raise PermissionDenied("初审由推荐它的省级部门在培育期内登记")
    if not opinion.strip() or not document_no.strip() or reviewed_on is None:
        raise ValidationError("请填写初审意见、报送文号和初审日期")
    if not one.listed_on <= reviewed_on <= business_date(at):
        raise ValidationError({"reviewed_on": "初审日期在列入日期以后，不晚于今天"})
    if reviewed_on > one.last_day:
        raise ValidationError(
            {"reviewed_on": f"培育期已于 {one.last_day:%Y-%m-%d} 届满，期满后不能再报验收"}
        )
    one.review_opinion, one.review_document_no = opinion.strip(), document_no.strip()
    one.reviewed_on, one.reviewed_by, one.reviewed_name = reviewed_on, by, str(by)
    one.save()
    _trail(Verb.CULTIVATION_REVIEW, one, by=by, at=at, document_no=one.review_document_no)
    _tell(
        [one],
        f"reviewed:{one.review_document_no}"[:60],
        result="推荐单位初审已完成，已报国家验收",
        next_step="等待国家验收",
        at=at,
    )
    return one


# --- the night ----------------------------------------


def remind(*, on: date, at: datetime) -> int:
    """Tell the firms whose time as a candidate ends in 180, 90 or 30 days; after an outage only
    the nearest step that was missed. Returns how many were told.
    """
    told = 0
    running = Cultivation.objects.running(on).filter(ending="", reviewed_on__isnull=True)
    for one in running.select_related("application__round", "application__factory__enterprise"):
        left = (one.last_day - on).days
        step = min((days for days in REMIND_DAYS if left <= days), default=None)
        if step is None or (one.reminded_days is not None and one.reminded_days <= step):
            continue
        told += _remind_one(one, step, left, at=at)
    return told


@transaction.atomic
def _remind_one(one: Cultivation, step: int, left: int, *, at: datetime) -> int:
    claimed = Cultivation.objects.filter(pk=one.pk, reminded_days=one.reminded_days).update(
        reminded_days=step
    )
    if claimed:
        _tell(
            [one],
            f"remind:{step}",
            result=f"培育期还有 {left} 天届满，还没有报验收",
            next_step="与推荐单位联系初审和验收",
            due_on=one.last_day,
            at=at,
        )
    return claimed


@transaction.atomic
def lapse(*, on: date, at: datetime) -> int:
    """Record every candidacy that ended without an acceptance and was not reported for one in
    time. Returns how many this run recorded.
    """
    due = Cultivation.objects.select_for_update(of=("self",), skip_locked=True).filter(
        ending="", last_day__lt=on, reviewed_on__isnull=True
    )
    rows = list(
        due.select_related(
            "application__round",
            "application__factory__enterprise",
            "application__factory__authority",
        ).order_by("pk")[:CHUNK]
    )
    for one in rows:
        one.ending, one.ended_on = Ending.LAPSED, one.ends_on
        one.save(update_fields=["ending", "ended_on"])
        _trail(Verb.CULTIVATION_END, one, by=None, at=at, ending=Ending.LAPSED)
    _tell(
        rows,
        "lapsed",
        result="培育期满未通过验收，培育结束",
        next_step="可以按以后批次的要求重新申报",
        at=at,
    )
    return len(rows)


def _tell(
    rows: list[Cultivation],
    key: str,
    *,
    result: str,
    next_step: str,
    at: datetime,
    due_on: date | None = None,
) -> None:
    for one in rows:
        case = one.application
        message = telling.of_application(
            case, Event.CASE_CULTIVATION, result=result, next_step=next_step, due_on=due_on
        )
        staff = inbox.staff_of(case.factory.enterprise)
        inbox.send(staff, message, key=f"cultivation:{one.pk}:{key}", at=at)


def _trail(verb: Verb, one: Cultivation, *, by: User | None, at: datetime, **data: str) -> None:
    factory = one.application.factory
    audit.record(
        verb,
        one.application,
        by=by,
        at=at,
        path=factory.authority.path,
        enterprise_id=factory.enterprise_id,
        **data,
    )
