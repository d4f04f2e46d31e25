"""The list of what departments are asked, with the word of theirs that stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from registry.access import day_of
from registry.listing import Column, Kind, Listing
from registry.models import User
from registry.policy import Tier
from tiers import consultation
from tiers.filters import ConsultationFilter
from tiers.models import Consultation

DATE, CODE = Kind.DATE, Kind.CODE
#: What was sent names the tier as it is printed.
TIERS = {str(tier.label): tier for tier in Tier}


def _asked(user: User, on: date) -> QuerySet[Any]:
    return Consultation.objects.visible_to(user)


def _code_sent(one: Consultation) -> str:
    return str(one.content.get("credit_code", ""))


def _answered(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    """Each with the department's word that stands, how far it is, and the tier that was sent."""
    for one in rows:
        one.tier = TIERS.get(one.content["tier"], "")
        one.said = consultation.latest(one)
        one.state = consultation.state_of(one, one.said, on)
    return rows


CONSULTATIONS = Listing(
    key="consultations",
    title="征求意见",
    page="tiers:consultation_list",
    unit="件",
    filterset=ConsultationFilter,
    rows=_asked,
    related=lambda rows: rows.prefetch_related("opinions"),
    dress=_answered,
    order="due_on",
    columns=(
        Column(
            "enterprise",
            "企业",
            lambda one: one.content["enterprise"],
            heading=True,
            cell="tiers/cells/consulted.html",
        ),
        Column("credit_code", "统一社会信用代码", _code_sent, CODE, shown=False),
        Column("number", "受理编号", lambda one: one.content["number"], CODE),
        Column("factory", "工厂", lambda one: one.content["factory"]),
        Column("tier", "申报等级", lambda one: one.content["tier"], cell="tiers/cells/tier.html"),
        Column("sent", "发出日期", lambda one: day_of(one.sent_at), DATE, "sent_at", shown=False),
        Column("due_on", "答复期限", lambda one: one.due_on, DATE, "due_on"),
        Column("state", "状态", lambda one: one.state[1], cell="tiers/cells/state.html"),
        Column(
            "ground", "理由和依据", lambda one: one.said.ground if one.said else "", shown=False
        ),
        Column("by", "答复人", lambda one: one.said.by_name if one.said else "", shown=False),
        Column("answered", "答复日期", lambda one: day_of(one.said.at) if one.said else None, DATE),
    ),
)
