"""The lists of self-assessments and of the measures that firms plan."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet

from assessments import standard
from assessments.forms.measures import LockedFilter, MeasureFilter
from assessments.models import Assessment, Measure
from registry.access import business_date
from registry.listing import Column, Kind, Listing
from registry.models import User
from registry.policy import Tier

DATE, CODE, NUMBER = Kind.DATE, Kind.CODE, Kind.NUMBER


def _locked(user: User, on: date) -> QuerySet[Any]:
    return Assessment.objects.visible_to(user).filter(locked_at__isnull=False)


def _with_firms(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.select_related(
        "factory__enterprise", "factory__authority", "factory__division", "factory__industry"
    )


ASSESSMENTS = Listing(
    key="assessments",
    title="工厂自评",
    page="assessments:assessment_list",
    unit="份",
    filterset=LockedFilter,
    rows=_locked,
    related=_with_firms,
    order="-locked",
    columns=(
        Column(
            "factory",
            "工厂",
            lambda a: a.factory.name,
            order="factory__spoken",
            heading=True,
            cell="assessments/cells/assessment.html",
        ),
        Column(
            "enterprise",
            "企业",
            lambda a: a.factory.enterprise.name,
            order="factory__enterprise__spoken",
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            lambda a: a.factory.enterprise.credit_code,
            CODE,
            shown=False,
        ),
        Column(
            "authority",
            "主管部门",
            lambda a: a.factory.authority.short_name,
            order="factory__authority__path",
        ),
        Column(
            "tier",
            "自评达到",
            lambda a: str(Tier(a.reached_tier).label) if a.reached_tier else "未达到基础级",
            cell="assessments/cells/reached.html",
        ),
        Column(
            "level",
            "成熟度等级",
            lambda a: a.maturity_level,
            NUMBER,
            "maturity_level",
            empty=True,
            cell="assessments/cells/level.html",
        ),
        Column("score", "成熟度得分", lambda a: a.maturity_score, NUMBER, shown=False),
        Column("standard", "标准版本", lambda a: standard.get(a.standard).title, shown=False),
        Column("locked", "锁定日期", lambda a: business_date(a.locked_at), DATE, "locked_at"),
        Column("digest", "内容摘要", lambda a: a.digest, CODE, shown=False),
    ),
)


def _measures(user: User, on: date) -> QuerySet[Any]:
    return Measure.objects.visible_to(user)


MEASURES = Listing(
    key="measures",
    title="提升计划",
    page="assessments:plan_list",
    unit="项",
    filterset=MeasureFilter,
    rows=_measures,
    related=_with_firms,
    order="due_on",
    columns=(
        Column("action", "措施", lambda m: m.action, heading=True),
        Column("factory", "工厂", lambda m: m.factory.name, order="factory__spoken"),
        Column(
            "enterprise",
            "企业",
            lambda m: m.factory.enterprise.name,
            order="factory__enterprise__spoken",
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            lambda m: m.factory.enterprise.credit_code,
            CODE,
            shown=False,
        ),
        Column("gap", "要补的差距", lambda m: m.gap),
        Column("owner", "责任部门或岗位", lambda m: m.owner),
        Column(
            "due_on",
            "完成期限",
            lambda m: m.due_on,
            DATE,
            "due_on",
            cell="assessments/cells/due.html",
        ),
        Column(
            "investment",
            "投资（万元）",
            lambda m: m.investment,
            NUMBER,
            "investment",
            empty=True,
            total=True,
        ),
        Column(
            "status",
            "进展",
            lambda m: m.get_status_display(),
            cell="assessments/cells/progress.html",
        ),
        Column("result", "结果", lambda m: m.result, shown=False),
    ),
)
