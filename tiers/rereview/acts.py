"""The acts of a campaign while it runs: opening, more time, reminders, findings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import policy
from registry.access import business_date
from registry.audit import Verb
from registry.models import Authority, User
from tiers.models import Rereview, RereviewItem
from tiers.rereview.base import locked, span, tell, tell_bureaus, tier_of, trail
from tiers.rereview.table import UNASSESSED, Outcome, Row, subjects, table


@dataclass(frozen=True)
class Plan:
    """What a campaign is announced with."""

    title: str
    asks: str
    opens_on: date
    closes_on: date


@dataclass(frozen=True)
class Word:
    """What is put down, for one holder or for many."""

    outcome: str
    reason: str
    performance_confirmed: bool = False


@dataclass(frozen=True)
class Line:
    """What became of one row; ``refusal`` is empty where it was put down."""

    name: str
    refusal: str = ""


# --- opening ----------------------------------------


@transaction.atomic
def open_campaign(subject: str, plan: Plan, *, by: User, at: datetime) -> Rereview:
    """Open a campaign about an honour and announce it to everybody who holds it."""
    on = business_date(at)
    about = next((one for one in subjects(by, on) if one.key == subject), None)
    if about is None or by.authority is None:
        raise PermissionDenied("按规则，本部门不组织这项称号的集中复核")
    _check_plan(plan, on)
    Authority.objects.select_for_update(of=("self",)).get(pk=by.authority.pk)
    fresh = {"authority": by.authority, "honour_kind": about.honour_kind, "tier": about.tier}
    if Rereview.objects.under_way().filter(**fresh).exists():
        raise ValidationError(f"{about.label}的集中复核正在进行，办结后才能再开展", code="subject")
    campaign = Rereview.objects.create(
        **fresh,
        policy=policy.current(by.authority.province_code, on).code,
        title=plan.title.strip(),
        asks=plan.asks.strip(),
        opens_on=plan.opens_on,
        closes_on=plan.closes_on,
        opened_by=by,
        opened_at=at,
    )
    now = table(campaign, on=on)
    tell(
        campaign,
        now.counted,
        f"rereview:{campaign.pk}",
        at,
        result=f"{span(campaign)}集中复核，须按现行要素条件重新自评，达到{tier_of(campaign)}",
        next_step="完成自评并锁定，核对称号和工厂信息",
    )
    tell_bureaus(campaign, now.counted, at)
    trail(Verb.REREVIEW_OPEN, campaign, by=by, at=at, holders=len(now.counted))
    return campaign


def _check_plan(plan: Plan, on: date) -> None:
    found = {}
    if not plan.title.strip():
        found["title"] = "请填写批次名称"
    if not plan.asks.strip():
        found["asks"] = "请写明复核要求，企业按此准备"
    if plan.opens_on < on:
        found["opens_on"] = f"开始日期不能早于今天（{on:%Y-%m-%d}）"
    if plan.closes_on < plan.opens_on:
        found["closes_on"] = "自评截止日期不能早于开始日期"
    if found:
        raise ValidationError(found)


@transaction.atomic
def extend(campaign: Rereview, *, closes_on: date, reason: str, by: User, at: datetime) -> Rereview:
    """Give the firms more time; told to everybody whose result is still open."""
    campaign = locked(campaign, by)
    found = {}
    if closes_on <= campaign.closes_on:
        found["closes_on"] = f"请填 {campaign.closes_on:%Y-%m-%d} 以后的日期"
    elif closes_on < business_date(at):
        found["closes_on"] = "请填今天或以后的日期"
    if not reason.strip():
        found["reason"] = "请填写延长原因"
    if found:
        raise ValidationError(found)
    campaign.closes_on = closes_on
    campaign.save(update_fields=["closes_on"])
    tell(
        campaign,
        table(campaign, on=business_date(at)).undecided,
        f"rereview-extended:{campaign.pk}:{closes_on}",
        at,
        result=f"自评截止日期延长到 {closes_on:%Y-%m-%d}：{reason.strip()}",
        next_step="完成自评并锁定",
    )
    trail(Verb.REREVIEW_EXTEND, campaign, by=by, at=at, closes_on=f"{closes_on}", reason=reason)
    return campaign


@transaction.atomic
def remind(campaign: Rereview, *, by: User, at: datetime) -> int:
    """Tell those whose self-assessment is missing or falls short, once a day; how many holders."""
    campaign = locked(campaign, by)
    on = business_date(at)
    if on > campaign.closes_on:
        raise ValidationError("自评已截止，不再催报。需要再给时间的，先延长截止日期")
    if campaign.reminded_on == on:
        raise ValidationError("今天已催报过，明天可以再催", code="stale")
    waiting = table(campaign, on=on).of(*UNASSESSED)
    if not waiting:
        raise ValidationError("没有需要催报的企业：自评都已达到")
    campaign.reminded_on = on
    campaign.save(update_fields=["reminded_on"])
    tell(
        campaign,
        waiting,
        f"rereview-reminded:{campaign.pk}:{on}",
        at,
        result=f"还没有达到{tier_of(campaign)}的自评，截止后按未提交办理",
        next_step="按现行要素条件完成自评并锁定",
    )
    trail(Verb.REREVIEW_REMIND, campaign, by=by, at=at, holders=len(waiting))
    return len(waiting)


# --- findings ----------------------------------------


@transaction.atomic
def find(
    campaign: Rereview, word: Word, seen: Mapping[int, str], *, by: User, at: datetime
) -> list[Line]:
    """Put the same word down for each of these holders and say row by row what became of it.

    ``seen`` holds by id of the honour the mark of what was on the screen.
    """
    campaign = locked(campaign, by)
    _check_word(word, seen)
    on = business_date(at)
    rows = {row.honour.pk: row for row in table(campaign, on=on).rows}
    lines, taken = [], []
    for pk, mark in seen.items():
        row = rows.get(pk)
        refusal = _refusal(campaign, row, mark, word, on)
        lines.append(Line(row.name if row else "不在名单中的称号", refusal))
        if row and not refusal:
            taken.append(row)
    if taken:
        _write(campaign, taken, word, by=by, at=at)
    return lines


def _check_word(word: Word, seen: Collection[int]) -> None:
    found = {}
    if not seen:
        found["holders"] = "请选择要填写意见的工厂"
    if word.outcome not in Outcome.values:
        found["outcome"] = "请选择复核意见"
    if not word.reason.strip():
        found["reason"] = "请写明复核的情况和理由，企业能看到"
    if word.outcome == Outcome.PASS and not word.performance_confirmed:
        found["performance_confirmed"] = "请核实主要技术经济指标并勾选"
    if found:
        raise ValidationError(found)


def _refusal(campaign: Rereview, row: Row | None, mark: str, word: Word, on: date) -> str:
    if row is None:
        return "称号已由别处办理，或工厂已不归本部门，请刷新后再看"
    if row.mark != mark:
        return "情况或意见有变化，请看过最新内容再填"
    if not row.counts:
        return f"{row.label}，不参加本批次复核"
    if word.outcome == Outcome.PASS and not row.candidate.ripe:
        return "；".join(problem.message for problem in row.candidate.problems)
    if row.machine in UNASSESSED and on <= campaign.closes_on:
        return f"自评到 {campaign.closes_on:%Y-%m-%d} 截止，截止后才能按没有达到填写"
    return ""


def _write(campaign: Rereview, rows: list[Row], word: Word, *, by: User, at: datetime) -> None:
    campaign.items.filter(honour__in=[row.honour.pk for row in rows]).delete()
    RereviewItem.objects.bulk_create(
        RereviewItem(
            rereview=campaign,
            honour=row.honour,
            factory=row.candidate.factory,
            assessment=row.candidate.assessment,
            outcome=word.outcome,
            reason=word.reason.strip(),
            by=by,
            by_name=str(by),
            at=at,
        )
        for row in rows
    )
    campaign.preparers.add(by)
    trail(
        Verb.REREVIEW_FIND,
        campaign,
        by=by,
        at=at,
        outcome=word.outcome,
        honours=sorted(row.honour.pk for row in rows),
    )
