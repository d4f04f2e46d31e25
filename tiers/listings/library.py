"""The list of the cultivation library."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from assessments.models import Measure
from registry.access import business_date
from registry.listing import Column, Kind, Listing
from registry.models import User
from registry.policy import Tier
from tiers import library
from tiers.forms.library import CandidateFilter
from tiers.models import Candidate, Stage


def _candidates(user: User, on: date) -> QuerySet[Any]:
    return Candidate.objects.visible_to(user).with_stage(on)


def _with_owners(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.for_list()  # type: ignore[attr-defined]


def _with_gaps(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    """Each with its gap and how its firm's plan goes; as many queries for one as for twenty."""
    gaps = library.gaps_of([(one.factory, one.tier) for one in rows], on)
    plans: dict[int, list[Measure]] = {}
    for measure in Measure.objects.filter(factory__in={one.factory_id for one in rows}):
        plans.setdefault(measure.factory_id, []).append(measure)
    for one in rows:
        one.gap = gaps.get(one.factory_id, library.Gap(None))
        one.plan = library.plan_of(plans.get(one.factory_id, []), on)
    return rows


CANDIDATES = Listing(
    key="candidates",
    title="培育库",
    page="tiers:library",
    unit="座",
    filterset=CandidateFilter,
    rows=_candidates,
    related=_with_owners,
    dress=_with_gaps,
    order="contact",
    columns=(
        Column(
            "factory",
            "工厂",
            lambda one: one.factory.name,
            order="factory__name",
            heading=True,
            cell="tiers/library/cells/factory.html",
        ),
        Column("firm", "企业", lambda one: one.factory.enterprise.name, shown=False),
        Column(
            "credit_code",
            "信用代码",
            lambda one: one.factory.enterprise.credit_code,
            Kind.CODE,
            shown=False,
        ),
        Column(
            "tier",
            "目标",
            lambda one: Tier(one.tier).label,
            order="tier",
            cell="tiers/library/cells/tier.html",
        ),
        Column("year", "目标年份", lambda one: one.year, Kind.NUMBER, "year", shown=False),
        Column(
            "stage",
            "进展",
            lambda one: Stage(one.stage).label,
            order="stage",
            cell="tiers/library/cells/stage.html",
        ),
        Column(
            "gap",
            "未达标要求",
            lambda one: one.gap.open if one.gap.assessment else None,
            Kind.NUMBER,
            cell="tiers/library/cells/gap.html",
        ),
        Column(
            "plan",
            "提升计划",
            lambda one: one.plan.words,
            cell="tiers/library/cells/plan.html",
        ),
        Column(
            "contact",
            "下次联系",
            lambda one: one.next_contact_on,
            Kind.DATE,
            "next_contact_on",
            empty=True,
            cell="tiers/library/cells/contact.html",
        ),
        Column(
            "owner",
            "负责人",
            lambda one: one.owner.name if one.owner else "",
            order="owner__name",
            empty=True,
        ),
        Column(
            "office",
            "培育部门",
            lambda one: one.authority.short_name,
            order="authority__path",
        ),
        Column(
            "entered",
            "列入日期",
            lambda one: business_date(one.entered_at),
            Kind.DATE,
            "entered_at",
            shown=False,
        ),
        Column(
            "left",
            "移出日期",
            lambda one: one.left_on,
            Kind.DATE,
            "left_on",
            empty=True,
            shown=False,
        ),
    ),
)
