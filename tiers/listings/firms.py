"""The lists of what firms hold and report, of experts and of inspections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from registry import policy
from registry.access import day_of, may_change
from registry.listing import Column, Kind, Listing
from registry.listings import place_of
from registry.models import Honour, User
from tiers import experts
from tiers.filters import (
    ChangeFilter,
    CheckFilter,
    ExpertFilter,
    HonourFilter,
)
from tiers.models import (
    Expert,
    FirmChange,
    SupervisionCheck,
)

DATE, CODE, NUMBER = Kind.DATE, Kind.CODE, Kind.NUMBER


# --- honours, experts -----------------------------------------------------


def _honours(user: User, on: date) -> QuerySet[Any]:
    return Honour.objects.visible_to(user)


def _named(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    """With the words of their kinds, whichever edition of the firm's province knows them."""
    words = {
        (rules.province, kind.code): kind.name
        for rules in policy.all_policies()
        for kind in rules.honour_kinds
    }
    for row in rows:
        office = row.enterprise.authority or user.authority
        province = office.province_code if office else ""
        row.kind_name = words.get((province, row.kind), row.kind)
    return rows


def _state(honour: Honour) -> str:
    if honour.withdrawn_on:
        return "已取消"
    return "已核实" if honour.verified_at else "待核实"


HONOURS = Listing(
    key="honours",
    title="既有称号",
    page="tiers:derivation_list",
    unit="项",
    filterset=HonourFilter,
    rows=_honours,
    related=lambda honours: honours.select_related("enterprise__authority", "factory"),
    dress=_named,
    order="-awarded_on",
    identity="credit_code",
    columns=(
        Column(
            "name",
            "企业名称",
            lambda h: h.enterprise.name,
            order="enterprise__spoken",
            heading=True,
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            lambda h: h.enterprise.credit_code,
            CODE,
            shown=False,
        ),
        Column("factory_name", "工厂名称", lambda h: h.factory.name if h.factory else ""),
        Column("kind", "称号", lambda h: h.kind_name, order="kind", cell="tiers/cells/honour.html"),
        Column("document_no", "文号", lambda h: h.document_no, order="document_no"),
        Column("awarded_on", "授予日期", lambda h: h.awarded_on, DATE, "awarded_on"),
        Column("note", "说明", lambda h: h.note, shown=False),
        Column("state", "核实情况", _state, cell="tiers/cells/honour_state.html"),
        Column("withdrawn_on", "取消日期", lambda h: h.withdrawn_on, DATE, shown=False),
    ),
)


def _experts(user: User, on: date) -> QuerySet[Any]:
    return Expert.objects.visible_to(user)


def _told(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    """With the names of their industries, and whether their term runs."""
    known = experts.fields_known()
    for row in rows:
        row.field_names = "、".join(known.get(code, code) for code in row.fields)
        row.state = _serving(row, on)
        row.editable = may_change(user) and row.retired_at is None
    return rows


def _serving(expert: Expert, on: date) -> tuple[str, str]:
    """Whether his term runs, as a look and its word."""
    if expert.retired_at:
        return ("closed", "已解聘")
    if on < expert.term_from:
        return ("upcoming", "未到聘期")
    return ("open", "在聘") if on <= expert.term_until else ("closed", "聘期已过")


def _consulted(expert: Expert) -> str:
    return "；".join(f"{one['name']} {one['year']}" for one in expert.consulted)


EXPERTS = Listing(
    key="experts",
    title="评审专家",
    page="tiers:expert_list",
    unit="位",
    filterset=ExpertFilter,
    rows=_experts,
    related=lambda rows: rows.select_related("user", "division__parent"),
    dress=_told,
    order="code",
    identity="code",
    columns=(
        Column("code", "专家代号", lambda e: e.code, CODE, "code"),
        Column(
            "name",
            "姓名",
            lambda e: e.user.name,
            order="user__name",
            heading=True,
            cell="tiers/cells/expert.html",
        ),
        Column("username", "登录用户名", lambda e: e.user.username, shown=False),
        Column("phone", "手机号", lambda e: e.user.phone, CODE, shown=False),
        Column("employer", "工作单位", lambda e: e.employer, order="employer"),
        Column("title", "职称或职务", lambda e: e.title, shown=False),
        Column("fields", "擅长行业", lambda e: e.field_names),
        Column("group", "所属集团", lambda e: e.group, shown=False),
        Column("division", "所在县区", lambda e: place_of(e.division)),
        Column("consulted", "服务过的企业", _consulted, shown=False),
        Column("term_from", "聘期开始", lambda e: e.term_from, DATE, "term_from"),
        Column("term_until", "聘期结束", lambda e: e.term_until, DATE, "term_until"),
        Column("serves", "在聘", lambda e: e.state[1], cell="tiers/cells/expert_state.html"),
    ),
)

# --- changes, inspections -------------------------------------------------


def _changes(user: User, on: date) -> QuerySet[Any]:
    return FirmChange.objects.visible_to(user)


CHANGES = Listing(
    key="changes",
    title="企业变更",
    page="tiers:change_list",
    unit="件",
    filterset=ChangeFilter,
    rows=_changes,
    related=lambda rows: rows.select_related("authority", "enterprise"),
    order="-at",
    columns=(
        Column(
            "kind",
            "事项",
            lambda c: c.get_kind_display(),
            order="kind",
            heading=True,
            cell="tiers/cells/change.html",
        ),
        Column("firm_name", "企业", lambda c: c.firm_name, order="firm_name"),
        Column(
            "credit_code",
            "统一社会信用代码",
            lambda c: c.enterprise.credit_code,
            CODE,
            shown=False,
        ),
        Column("factory_name", "工厂", lambda c: c.factory_name),
        Column("on", "变更日期", lambda c: c.on, DATE, "on"),
        Column("document", "依据", lambda c: c.document, shown=False),
        Column("name", "新名称或承继企业", lambda c: c.name),
        Column(
            "authority",
            "确认部门",
            lambda c: c.authority.short_name,
            order="authority__path",
            cell="tiers/cells/change_office.html",
        ),
        Column("at", "申报日期", lambda c: day_of(c.at), DATE, "at"),
        Column("status", "状态", lambda c: c.get_status_display(), cell="tiers/cells/status.html"),
        Column("decided", "办理日期", lambda c: day_of(c.decided_at), DATE, shown=False),
        Column("reason", "不予确认的原因", lambda c: c.reason, shown=False),
    ),
)


def _with_titles(checks: Any) -> QuerySet[Any]:
    found: QuerySet[Any] = checks.for_list()
    return found


def _checks(user: User, on: date) -> QuerySet[Any]:
    return SupervisionCheck.objects.visible_to(user)


def _late(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    for check in rows:
        check.late = check.is_overdue(on)
    return rows


CHECKS = Listing(
    key="checks",
    title="监督检查",
    page="tiers:supervision_list",
    unit="座",
    filterset=CheckFilter,
    rows=_checks,
    related=_with_titles,
    dress=_late,
    order="-drawn",
    columns=(
        Column(
            "factory",
            "工厂",
            lambda c: c.certification.factory.name,
            order="certification__factory__spoken",
            heading=True,
            cell="tiers/cells/check.html",
        ),
        Column(
            "enterprise",
            "企业",
            lambda c: c.certification.factory.enterprise.name,
            order="certification__factory__enterprise__spoken",
        ),
        Column(
            "number",
            "证书编号",
            lambda c: c.certification.number,
            CODE,
            "certification__number",
        ),
        Column("supervision", "抽查", lambda c: c.supervision.title),
        Column("authority", "抽查部门", lambda c: c.supervision.authority.short_name),
        Column(
            "drawn",
            "抽取日期",
            lambda c: day_of(c.supervision.at),
            DATE,
            "supervision__at",
            shown=False,
        ),
        Column("state", "状态", lambda c: c.label, cell="tiers/cells/check_state.html"),
        Column(
            "officer",
            "检查人",
            lambda c: c.officer.name if c.officer else "",
            order="officer__name",
            empty=True,
            cell="tiers/cells/check_officer.html",
        ),
        Column("due_on", "限期", lambda c: c.due_on, DATE, cell="tiers/cells/check_due.html"),
        Column(
            "visited_on",
            "检查日期",
            lambda c: c.visited_on,
            DATE,
            "visited_on",
            empty=True,
            shown=False,
        ),
        Column(
            "findings",
            "发现的问题",
            lambda c: len(c.findings),
            NUMBER,
            total=True,
            shown=False,
        ),
        Column("summary", "检查情况", lambda c: c.summary, shown=False),
        Column("mend_due_on", "整改期限", lambda c: c.mend_due_on, DATE, shown=False),
        Column("recheck", "复查情况", lambda c: c.recheck_finding, shown=False),
    ),
)
