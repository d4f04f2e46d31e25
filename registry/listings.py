"""The lists of the registry: firms, factories, people, delegations, who opened a firm's file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate

from registry.access import SHANGHAI, Seat, business_date
from registry.filters import (
    ClaimFilter,
    DelegationFilter,
    EnterpriseFilter,
    FactoryFilter,
    ReadingFilter,
)
from registry.listing import Column, Kind, Listing
from registry.models import Claim, Delegation, Division, Enterprise, Factory, Reading, User


def place_of(division: Division | None) -> str:
    """With the name above it: districts of two cities may share theirs."""
    return f"{division.parent or ''}{division}" if division else ""


_SIZES = {"": "", **{one.value: str(one.label) for one in Enterprise.Size}}
_YES_NO = {True: "是", False: "否", None: ""}
#: The business day on which it came into the register.
_REGISTERED = TruncDate("created_at", tzinfo=SHANGHAI)
#: How many factories a firm has.
_COUNTED = Coalesce(
    Subquery(
        Factory.objects.filter(enterprise=OuterRef("pk"))
        .order_by()
        .values("enterprise")
        .annotate(count=Count("pk"))
        .values("count")
    ),
    0,
)


def _or_none(text: str | None) -> str:
    return text or ""


def _coded(code: str | None, name: str | None) -> str:
    return f"{code} {name}" if code else ""


def _under(above: str | None, own: str | None) -> str:
    return f"{above or ''}{own}" if own else ""


def _enterprises(user: User, on: date) -> QuerySet[Any]:
    return Enterprise.objects.visible_to(user)


def _with_places(firms: QuerySet[Any]) -> QuerySet[Any]:
    related = firms.select_related("authority", "industry", "seat__parent__parent")
    return related.annotate(counted=_COUNTED)


ENTERPRISES = Listing(
    key="enterprises",
    title="企业",
    page="registry:enterprise_list",
    unit="家",
    filterset=EnterpriseFilter,
    rows=_enterprises,
    related=_with_places,
    order="-registered",
    identity="credit_code",
    columns=(
        Column(
            "name",
            "企业名称",
            lambda firm: firm.name,
            order="spoken",
            heading=True,
            cell="registry/cells/enterprise.html",
            paths=("name",),
        ),
        Column(
            "credit_code",
            "信用代码",
            lambda firm: firm.credit_code,
            Kind.CODE,
            "credit_code",
            paths=("credit_code",),
        ),
        Column(
            "authority",
            "属地主管部门",
            lambda firm: firm.authority.short_name if firm.authority else "",
            order="authority__path",
            empty=True,
            paths=("authority__short_name",),
            plain=_or_none,
        ),
        Column(
            "industry",
            "行业",
            lambda firm: str(firm.industry or ""),
            order="industry__code",
            empty=True,
            paths=("industry__code", "industry__name"),
            plain=_coded,
        ),
        Column(
            "size",
            "规模",
            lambda firm: firm.get_size_display(),
            order="size",
            paths=("size",),
            plain=_SIZES.get,
        ),
        Column(
            "factories",
            "工厂数",
            lambda firm: firm.counted,
            Kind.NUMBER,
            total=True,
            paths=(_COUNTED,),
        ),
        Column("address", "注册地址", lambda firm: firm.address, shown=False, paths=("address",)),
        Column(
            "above_scale",
            "规模以上",
            lambda firm: {True: "是", False: "否"}.get(firm.above_scale, ""),
            shown=False,
            paths=("above_scale",),
            plain=_YES_NO.get,
        ),
        Column(
            "closed",
            "注销日期",
            lambda firm: firm.closed_on,
            Kind.DATE,
            "closed_on",
            empty=True,
            shown=False,
            paths=("closed_on",),
        ),
        Column(
            "registered",
            "登记日期",
            lambda firm: business_date(firm.created_at),
            Kind.DATE,
            "created_at",
            paths=(_REGISTERED,),
        ),
    ),
)


# --- people ---------------------------------------------------------------


def _claims(user: User, on: date) -> QuerySet[Any]:
    return Claim.objects.visible_to(user)


def _with_firms(claims: QuerySet[Any]) -> QuerySet[Any]:
    """Each with whether its firm has a manager already."""
    led = User.objects.filter(enterprise=OuterRef("enterprise"), seat=Seat.MANAGER, is_active=True)
    related = claims.select_related("user", "enterprise", "authority", "decided_by")
    return related.annotate(is_led=Exists(led))


CLAIMS = Listing(
    key="claims",
    title="人员确认",
    page="registry:people",
    unit="人",
    filterset=ClaimFilter,
    rows=_claims,
    related=_with_firms,
    order="made",
    columns=(
        Column(
            "enterprise",
            "企业名称",
            lambda one: one.enterprise.name,
            order="enterprise__spoken",
            heading=True,
            cell="registry/cells/claim_firm.html",
        ),
        Column(
            "credit_code", "统一社会信用代码", lambda one: one.enterprise.credit_code, Kind.CODE
        ),
        Column("name", "姓名", lambda one: one.user.name, order="user__name"),
        Column("phone", "联系电话", lambda one: one.user.phone, Kind.CODE),
        Column("kind", "类别", lambda one: one.get_kind_display(), order="kind"),
        Column(
            "authority", "确认部门", lambda one: one.authority.short_name, order="authority__path"
        ),
        Column("made", "申请日期", lambda one: business_date(one.made_at), Kind.DATE, "made_at"),
        Column(
            "status",
            "状态",
            lambda one: one.get_status_display(),
            cell="registry/cells/status.html",
        ),
        Column("reason", "说明", lambda one: one.reason, shown=False),
        Column(
            "decided",
            "办理日期",
            lambda one: business_date(one.decided_at) if one.decided_at else None,
            Kind.DATE,
            "decided_at",
            empty=True,
        ),
        Column("by", "办理人", lambda one: one.decided_by.name if one.decided_by else ""),
    ),
)


# --- delegations ----------------------------------------------------------


def _place_of_stand_in(one: Delegation) -> str:
    return one.stand_in.authority.short_name if one.stand_in.authority else ""


def _delegations(user: User, on: date) -> QuerySet[Any]:
    return Delegation.objects.visible_to(user)


def _with_states(rows: Sequence[Any], user: User, on: date) -> Sequence[Any]:
    """Each with its state of the day, and what this person may do with it."""
    for one in rows:
        over = one.revoked_at is not None or one.until_on < on
        own = user.standing_in is None and user.pk in (one.giver_id, one.stand_in_id)
        one.state = _state_of(one, on)
        one.may_enter = own and one.stand_in_id == user.pk and one.runs_on(on)
        one.may_revoke = own and not over
    return rows


def _state_of(one: Delegation, on: date) -> tuple[str, str]:
    if one.revoked_at is not None:
        return ("closed", "已提前终止")
    if on < one.from_on:
        return ("upcoming", "未开始")
    return ("open", "生效中") if on <= one.until_on else ("closed", "已到期")


DELEGATIONS = Listing(
    key="delegations",
    title="委托办理",
    page="registry:delegation_list",
    unit="项",
    filterset=DelegationFilter,
    rows=_delegations,
    related=lambda rows: rows.select_related(
        "giver", "stand_in__authority", "authority", "revoked_by"
    ),
    dress=_with_states,
    order="-from_on",
    columns=(
        Column("giver", "委托人", lambda one: one.giver.name, order="giver__name", heading=True),
        Column(
            "authority", "委托人部门", lambda one: one.authority.short_name, order="authority__path"
        ),
        Column("stand_in", "代办人", lambda one: one.stand_in.name, order="stand_in__name"),
        Column("place", "代办人部门", _place_of_stand_in),
        Column("from_on", "开始日期", lambda one: one.from_on, Kind.DATE, "from_on"),
        Column("until_on", "结束日期", lambda one: one.until_on, Kind.DATE, "until_on"),
        Column("duties", "可代办的事项", lambda one: one.duty_names),
        Column("tiers", "限于等级", lambda one: one.tier_names),
        Column("reason", "委托原因", lambda one: one.reason, shown=False),
        Column(
            "state", "状态", lambda one: one.state[1], cell="registry/cells/delegation_state.html"
        ),
        Column("revoked_by", "终止人", lambda one: str(one.revoked_by or ""), shown=False),
    ),
)

# --- factories ------------------------------------------------------------


def _factories(user: User, on: date) -> QuerySet[Any]:
    return Factory.objects.visible_to(user)


FACTORIES = Listing(
    key="factories",
    title="工厂",
    page="registry:enterprise_list",
    unit="座",
    filterset=FactoryFilter,
    rows=_factories,
    related=lambda rows: rows.select_related(
        "enterprise__industry", "division__parent", "industry"
    ),
    order="-registered",
    identity="credit_code",
    columns=(
        Column(
            "enterprise",
            "企业名称",
            lambda f: f.enterprise.name,
            heading=True,
            paths=("enterprise__name",),
        ),
        Column(
            "credit_code",
            "统一社会信用代码",
            lambda f: f.enterprise.credit_code,
            Kind.CODE,
            paths=("enterprise__credit_code",),
        ),
        Column("name", "工厂名称", lambda f: f.name, order="name", paths=("name",)),
        Column(
            "division",
            "工厂所在地",
            lambda f: place_of(f.division),
            paths=("division__parent__name", "division__name"),
            plain=_under,
        ),
        Column("address", "工厂地址", lambda f: f.address, paths=("address",)),
        Column(
            "industry",
            "工厂所属行业",
            lambda f: str(f.industry or ""),
            paths=("industry__code", "industry__name"),
            plain=_coded,
        ),
        Column("products", "主要产品", lambda f: f.products, paths=("products",)),
        Column(
            "registered",
            "登记日期",
            lambda f: business_date(f.created_at),
            Kind.DATE,
            "created_at",
            paths=(_REGISTERED,),
        ),
    ),
)

# --- who opened a firm's file ---------------------------------------------


def _readings(user: User, on: date) -> QuerySet[Any]:
    return Reading.objects.visible_to(user)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


READINGS = Listing(
    key="readings",
    title="查阅记录",
    page="registry:reading_list",
    filterset=ReadingFilter,
    rows=_readings,
    order="-at",
    columns=(
        Column(
            "part",
            "查阅内容",
            lambda one: one.part,
            order="part",
            heading=True,
            cell="registry/cells/reading.html",
        ),
        Column("name", "名称", lambda one: one.name, shown=False),
        Column("office", "查阅单位", lambda one: one.office, order="office"),
        Column("reader", "查阅人", lambda one: one.reader),
        Column(
            "at",
            "当日首次查阅",
            lambda one: _moment(one.at),
            order="at",
        ),
    ),
)
