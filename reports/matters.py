"""What waits for a person beside cases and lists, with its day: titles that are being revoked or
given up, inspections, re-reviews, summaries of a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.urls import reverse

from registry.access import may_change
from registry.models import User
from reports.models import Summary
from tiers import appeals, rereview, revocation, supervision, surrender
from tiers.models import Candidate, Rereview, Revocation, Supervision, SupervisionCheck, Surrender

AT_ONCE = 12
RELATED = ("certification__factory__enterprise", "authority")


@dataclass(frozen=True)
class Matter:
    """One thing to do: what it is about, what to do, until when, and where."""

    subject: str
    what: str
    url: str
    due_on: date | None = None
    left: int | None = None

    @classmethod
    def of(cls, subject: str, what: str, url: str, due_on: date | None, on: date) -> Matter:
        return cls(subject, what, url, due_on, (due_on - on).days if due_on else None)


def _in_order(found: Iterator[Matter]) -> list[Matter]:
    """Whatever has a day first, the nearest on top."""
    return sorted(found, key=lambda one: (one.due_on is None, one.due_on or date.max))[:AT_ONCE]


# --- of a firm ----------------------------------------


def of_firm(user: User, on: date) -> list[Matter]:
    """What the firm has to answer or to mend, and what it still may ask for."""
    return _in_order(_firm_matters(user, on)) if may_change(user) else []


def _firm_matters(user: User, on: date) -> Iterator[Matter]:
    rows = Revocation.objects.visible_to(user).filter(Q(outcome="") | Q(appeal_until__gte=on))
    for one in rows.select_related(*RELATED):
        tier, name = one.certification.get_tier_display(), one.certification.factory.name
        url = reverse("tiers:revocation", args=[one.pk])
        if revocation.may_state(one, user, on=on):
            what = f"拟撤销{tier}认定：可以陈述申辩、要求听证"
            yield Matter.of(name, what, url, one.heard_until, on)
        elif not one.outcome and one.hears and one.hearing_on and one.hearing_on >= on:
            what = f"拟撤销{tier}认定：参加听证，地点{one.hearing_place}"
            yield Matter.of(name, what, url, one.hearing_on, on)
        elif appeals.may_appeal(one, user, on=on):
            what = f"{tier}认定已撤销：可以申请复核"
            yield Matter.of(name, what, url, one.appeal_until, on)
    mending = SupervisionCheck.objects.visible_to(user).mending().filter(answered_at=None)
    for check in mending.for_list():
        what = f"监督抽查限期整改：提交整改情况（{check.supervision.title}）"
        url = reverse("tiers:supervision_check", args=[check.pk])
        yield Matter.of(check.certification.factory.name, what, url, check.mend_due_on, on)
    for campaign, holders in rereview.of_firm(user, on):
        for row in holders:
            if row.state in rereview.UNASSESSED:
                factory = row.candidate.factory
                name = factory.name if factory else row.honour.document_no
                what = f"{campaign.title}：{row.label}，按现行要素条件完成自评并锁定"
                url = reverse("tiers:rereview", args=[campaign.pk])
                yield Matter.of(name, what, url, campaign.closes_on, on)


# --- of an office ----------------------------------------


def of_office(user: User, on: date) -> list[Matter]:
    """What this officer can do today for his office about titles in force or under appeal."""
    return _in_order(_office_matters(user, on)) if may_change(user) else []


def _office_matters(user: User, on: date) -> Iterator[Matter]:
    own, above = Q(authority=user.authority_id), Q(authority__parent=user.authority_id)
    appealed = Q(appealed_at__isnull=False)
    rows = Revocation.objects.standing().filter(own | (above & appealed))
    for one in rows.select_related(*RELATED):
        if what := _step(one, user, on):
            due_on = one.hearing_on if not one.outcome and one.hears else None
            url = reverse("tiers:revocation", args=[one.pk])
            yield Matter.of(_named(one), what, url, due_on, on)
    given_up = Surrender.objects.waiting().filter(certification__issuer=user.authority_id)
    for declared in given_up.select_related("certification__factory__enterprise"):
        if surrender.may_confirm(declared.certification, user):
            url = reverse("tiers:title", args=[declared.certification_id])
            yield Matter.of(_named(declared), "企业声明放弃认定，待确认", url, None, on)
    yield from _inspections(user, on)
    yield from _summaries(user, on)
    yield from _contacts(user, on)
    for campaign in Rereview.objects.under_way().filter(authority=user.authority_id):
        over = campaign.closes_on < on
        what = "自评已截止，填写意见并由第二人确认" if over else "集中复核：自评截止前可以催报"
        url = reverse("tiers:rereview", args=[campaign.pk])
        yield Matter.of(campaign.title, what, url, None if over else campaign.closes_on, on)


def _contacts(user: User, on: date) -> Iterator[Matter]:
    """Candidates of his own whom he agreed to call by now."""
    due = Candidate.objects.due(on).filter(owner=user.pk).order_by("next_contact_on")
    if days := list(due.values_list("next_contact_on", flat=True)):
        url = f"{reverse('tiers:library')}?contact=due&owner={user.pk}"
        what = f"{len(days)} 座工厂到了约定的联系日期，联系后登记"
        yield Matter.of("培育库", what, url, days[0], on)


def _summaries(user: User, on: date) -> Iterator[Matter]:
    """The office's own summaries of a year, and those below that are late."""
    open_ones = Summary.objects.standing().unsigned().select_related("authority").order_by("pk")
    for one in open_ones.filter(authority=user.authority_id):
        what = "年度总结已准备，由准备人以外的人员签报" if one.prepared_at else "填写年度总结"
        yield Matter.of(str(one), what, reverse("reports:summary", args=[one.pk]), one.due_on, on)
    late: dict[int, list[str]] = {}
    for one in open_ones.filter(authority__parent=user.authority_id, due_on__lt=on):
        late.setdefault(one.year, []).append(one.authority.short_name)
    for year, names in sorted(late.items()):
        subject = "、".join(names[:3]) + (f"等 {len(names)} 个单位" if len(names) > 3 else "")
        url = f"{reverse('reports:summary_board')}?year={year}"
        yield Matter.of(subject, f"{year}年度总结逾期未报送，催报", url, None, on)


def _named(one: Revocation | Surrender) -> str:
    factory = one.certification.factory
    return f"{factory.enterprise.name}　{factory.name}"


def _step(one: Revocation, user: User, on: date) -> str:
    """What this person can do about a revocation now; empty where it is another's turn."""
    if one.outcome:
        return "复核申请待答复" if appeals.may_answer(one, user) else ""
    if not revocation.of_office(user, one.authority_id):
        return ""
    if one.hears and one.heard_at is None:
        if one.hearing_on is None:
            return "企业要求听证：确定时间和地点"
        return "登记听证情况" if one.hearing_on <= on else "举行听证"
    return "撤销程序：作出决定" if revocation.may_decide(one, user, on=on) else ""


def _inspections(user: User, on: date) -> Iterator[Matter]:
    url = reverse("tiers:supervision_list")
    count = supervision.waiting(user, on)
    if count.mine:
        mine = SupervisionCheck.objects.unsigned().filter(officer=user)
        due = mine.order_by("supervision__due_on").values_list("supervision__due_on", flat=True)
        what = f"{count.mine} 座工厂待到现场检查并签署结果"
        yield Matter.of("监督抽查", what, f"{url}?tab=mine", due[0], on)
    if count.to_recheck:
        what = f"{count.to_recheck} 座工厂已提交整改情况，待复查"
        yield Matter.of("监督抽查", what, url, None, on)
    open_draws = Supervision.objects.filter(authority=user.authority_id)
    for drawn in open_draws.filter(checks__officer=None, checks__signed_at=None).distinct():
        page = reverse("tiers:supervision", args=[drawn.pk])
        yield Matter.of(drawn.title, "还有抽中的工厂没有分派检查人", page, drawn.due_on, on)
