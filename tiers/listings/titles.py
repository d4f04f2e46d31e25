"""The lists of titles, cases and rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from registry import policy
from registry.access import day_of
from registry.listing import Column, Kind, Listing
from registry.models import User
from registry.policy import Tier
from tiers import clocks, register
from tiers.filters import (
    ApplicationFilter,
    RoundFilter,
    TitleListFilter,
)
from tiers.models import (
    Application,
    Certification,
    Round,
    Standing,
)
from tiers.progress import label_of, status_label

DATE, CODE, NUMBER = Kind.DATE, Kind.CODE, Kind.NUMBER


_TIERS = {tier.value: str(tier.label) for tier in Tier}
_STANDINGS = {one.value: str(one.label) for one in Standing}
_SOURCES = {one.value: str(one.label) for one in Certification.Source}
_ENDINGS = {"": "", **{one.value: str(one.label) for one in Certification.Ending}}
_KINDS = {one.value: str(one.label) for one in Round.Kind}
#: What ``register.place_by`` asks for.
PLACE = (
    "factory__division__name",
    "factory__division__authority",
    "factory__authority__short_name",
    "factory__authority__parent__short_name",
    "factory__authority__parent__kind",
)
INDUSTRY = ("factory__industry__code", "factory__industry__name")


def _tier(value: str) -> str:
    return _TIERS.get(value, "")


def _coded(code: str | None, name: str | None) -> str:
    return f"{code} {name}" if code else ""


# --- titles ---------------------------------------------------------------


def _titles(user: User, on: date) -> QuerySet[Any]:
    return Certification.objects.visible_to(user).with_standing(on)


def _with_places(titles: QuerySet[Any]) -> QuerySet[Any]:
    return titles.select_related(
        "factory__enterprise",
        "factory__division",
        "factory__industry",
        "factory__authority__parent",
        "issuer",
    )


def _with_standings(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    for title in rows:
        title.left = title.days_left(on)
    return rows


TITLES = Listing(
    key="titles",
    title="称号",
    page="tiers:title_list",
    unit="项",
    filterset=TitleListFilter,
    rows=_titles,
    related=_with_places,
    dress=_with_standings,
    order="-valid_from",
    columns=(
        Column(
            "factory",
            "工厂",
            lambda t: t.factory.name,
            order="factory__spoken",
            heading=True,
            cell="tiers/cells/title.html",
            paths=("factory__name",),
        ),
        Column(
            "enterprise",
            "企业",
            lambda t: t.factory.enterprise.name,
            order="factory__enterprise__spoken",
            paths=("factory__enterprise__name",),
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            lambda t: t.factory.enterprise.credit_code,
            CODE,
            shown=False,
            paths=("factory__enterprise__credit_code",),
        ),
        Column(
            "city",
            "所在市",
            lambda t: register.place_of(t.factory)[0],
            order="factory__authority__path",
            cell="tiers/cells/nowrap.html",
            alike=True,
            paths=PLACE,
            plain=lambda *of: register.place_by(*of)[0],
        ),
        Column(
            "county",
            "所在县（市、区）",
            lambda t: register.place_of(t.factory)[1],
            paths=PLACE,
            plain=lambda *of: register.place_by(*of)[1],
        ),
        Column(
            "industry",
            "行业",
            lambda t: str(t.factory.industry or ""),
            shown=False,
            paths=INDUSTRY,
            plain=_coded,
        ),
        Column(
            "tier",
            "等级",
            lambda t: _tier(t.tier),
            order="tier",
            cell="tiers/cells/title_tier.html",
            alike=True,
            paths=("tier",),
            plain=_TIERS.get,
        ),
        Column(
            "standing",
            "状态",
            lambda t: str(Standing(t.standing).label),
            order="standing",
            cell="tiers/cells/title_standing.html",
            alike=True,
            paths=("standing",),
            plain=_STANDINGS.get,
        ),
        Column(
            "valid_from",
            "认定日期",
            lambda t: t.valid_from,
            DATE,
            "valid_from",
            paths=("valid_from",),
        ),
        Column(
            "last_day",
            "有效期至",
            lambda t: t.last_day,
            DATE,
            "ends_on",
            empty=True,
            paths=("last_day",),
        ),
        Column(
            "left",
            "剩余天数",
            lambda t: t.left,
            NUMBER,
            cell="tiers/cells/title_left.html",
            alike=True,
        ),
        Column(
            "issuer",
            "认定部门",
            lambda t: t.issuer.short_name,
            shown=False,
            paths=("issuer__short_name",),
        ),
        Column(
            "document_no",
            "认定文号",
            lambda t: t.document_no,
            order="document_no",
            paths=("document_no",),
        ),
        Column(
            "number", "证书编号", lambda t: t.number, CODE, "number", shown=False, paths=("number",)
        ),
        Column(
            "source",
            "来源",
            lambda t: t.get_source_display(),
            shown=False,
            paths=("source",),
            plain=_SOURCES.get,
        ),
        Column(
            "maturity",
            "成熟度等级",
            lambda t: t.maturity_level,
            NUMBER,
            shown=False,
            paths=("maturity_level",),
        ),
        Column(
            "published_on",
            "公开名录",
            lambda t: t.published_on,
            DATE,
            "published_on",
            empty=True,
            paths=("published_on",),
        ),
        Column(
            "ending",
            "终止情形",
            lambda t: t.get_ending_display(),
            shown=False,
            paths=("ending",),
            plain=_ENDINGS.get,
        ),
    ),
)

# --- cases ----------------------------------------------------------------


def _cases(user: User, on: date) -> QuerySet[Any]:
    return Application.objects.visible_to(user)


def _with_clocks(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    for case in rows:
        case.due = clocks.due(case, on)
    return rows


def _county(case: Application) -> str:
    division = case.factory.division
    return division.name if division else case.factory.authority.short_name


CASES = Listing(
    key="cases",
    title="申报",
    page="tiers:desk",
    unit="件",
    filterset=ApplicationFilter,
    rows=_cases,
    related=lambda cases: cases.select_related(
        "factory__enterprise", "factory__division", "factory__authority", "round"
    ),
    dress=_with_clocks,
    order="due_on",
    columns=(
        Column(
            "due_on",
            "限期",
            lambda c: c.due_on,
            DATE,
            "due_on",
            empty=True,
            cell="tiers/cells/due.html",
            paths=("due_on",),
        ),
        Column(
            "number",
            "受理编号",
            lambda c: c.number,
            CODE,
            "number",
            empty=True,
            cell="tiers/cells/case.html",
            paths=("number",),
        ),
        Column(
            "enterprise",
            "企业",
            lambda c: c.factory.enterprise.name,
            order="factory__enterprise__spoken",
            heading=True,
            paths=("factory__enterprise__name",),
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            lambda c: c.factory.enterprise.credit_code,
            CODE,
            shown=False,
            paths=("factory__enterprise__credit_code",),
        ),
        Column(
            "factory",
            "工厂",
            lambda c: c.factory.name,
            order="factory__spoken",
            paths=("factory__name",),
        ),
        Column(
            "county",
            "县（市、区）",
            _county,
            order="factory__authority__path",
            paths=("factory__division__name", "factory__authority__short_name"),
            plain=lambda own, office: own or office,
        ),
        Column(
            "tier",
            "等级",
            lambda c: _tier(c.tier),
            order="tier",
            cell="tiers/cells/case_tier.html",
            paths=("tier",),
            plain=_TIERS.get,
        ),
        Column("round", "批次", lambda c: c.round.title, shown=False, paths=("round__title",)),
        Column(
            "kind",
            "类别",
            lambda c: c.round.get_kind_display(),
            shown=False,
            paths=("round__kind",),
            plain=_KINDS.get,
        ),
        Column(
            "status",
            "状态",
            status_label,
            order="status",
            cell="tiers/cells/case_status.html",
            paths=("status", "step", "step_level"),
            plain=label_of,
        ),
        Column(
            "submissions",
            "提交次数",
            lambda c: c.submissions,
            NUMBER,
            "submissions",
            cell="tiers/cells/submissions.html",
            alike=True,
            paths=("submissions",),
        ),
        Column(
            "submitted",
            "提交日期",
            lambda c: day_of(c.submitted_at),
            DATE,
            "submitted_at",
            empty=True,
            paths=("submitted_at",),
            plain=day_of,
        ),
        Column(
            "first",
            "首次提交日期",
            lambda c: day_of(c.first_submitted_at),
            DATE,
            shown=False,
            paths=("first_submitted_at",),
            plain=day_of,
        ),
    ),
)
OWN_CASES = replace(CASES, key="own-cases", title="我的申报", page="tiers:application_list")


def _rounds(user: User, on: date) -> QuerySet[Any]:
    seen = Application.objects.visible_to(user)
    counted = Count("applications", filter=Q(applications__in=seen))
    return Round.objects.visible_to(user).batches().annotate(submitted=counted)


def _opened(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    """With the state of the day, as a look and its word."""
    for batch in rows:
        batch.state = state_of(batch, on)
    return rows


def state_of(batch: Round, on: date) -> tuple[str, str]:
    if batch.is_open(on):
        return ("open", "受理中")
    return ("upcoming", "未开始") if on < batch.opens_on else ("closed", "已截止")


ROUNDS = Listing(
    key="rounds",
    title="申报批次",
    page="tiers:round_list",
    unit="个",
    filterset=RoundFilter,
    rows=_rounds,
    related=lambda rounds: rounds.select_related("authority"),
    dress=_opened,
    order="-opens_on",
    columns=(
        Column(
            "title",
            "批次名称",
            lambda r: r.title,
            order="title",
            heading=True,
            cell="tiers/cells/round.html",
        ),
        Column("tier", "等级", lambda r: _tier(r.tier), cell="tiers/cells/tier.html"),
        Column("authority", "开放部门", lambda r: r.authority.short_name, order="authority__path"),
        Column("opens_on", "开始日期", lambda r: r.opens_on, DATE, "opens_on"),
        Column(
            "closes_on",
            "截止日期",
            lambda r: r.closes_on,
            DATE,
            "closes_on",
            empty=True,
            cell="tiers/cells/round_until.html",
        ),
        Column("state", "状态", lambda r: r.state[1], cell="tiers/cells/state.html"),
        Column("policy", "规则版本", lambda r: policy.get(r.policy).title),
        Column("submitted", "已提交", lambda r: r.submitted, NUMBER, total=True),
    ),
)
