"""The lists of the registry: enterprises and factories."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from registry.access import business_date
from registry.filters import EnterpriseFilter, FactoryFilter
from registry.listing import Column, Kind, Listing
from registry.models import Claim, Division, Enterprise, Factory, User


def place_of(division: Division | None) -> str:
    """With the name above it: districts of two cities may share theirs."""
    return f"{division.parent or ''}{division}" if division else ""


_SIZES = {"": "", **{one.value: str(one.label) for one in Enterprise.Size}}
_YES_NO = {True: "是", False: "否", None: ""}
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
    return related.prefetch_related("factories")


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
            lambda firm: len(firm.factories.all()),
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
            paths=("created_at",),
            plain=business_date,
        ),
    ),
)


# --- people ---------------------------------------------------------------


class ClaimFilter(django_filters.FilterSet):
    tab = django_filters.ChoiceFilter(
        label="事项",
        choices=[("waiting", "待确认"), ("done", "已办理")],
        method="by_tab",
        widget=forms.HiddenInput,
    )

    class Meta:
        model = Claim
        fields: list[str] = []

    def by_tab(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        waiting = Q(status=Claim.Status.PENDING)
        return queryset.filter(waiting if value == "waiting" else ~waiting)


def _claims(user: User, on: date) -> QuerySet[Any]:
    return Claim.objects.visible_to(user)


CLAIMS = Listing(
    key="claims",
    title="人员确认",
    page="registry:people",
    unit="人",
    filterset=ClaimFilter,
    rows=_claims,
    related=lambda rows: rows.select_related("user", "enterprise", "authority", "decided_by"),
    order="-made",
    columns=(
        Column("enterprise", "企业名称", lambda one: one.enterprise.name, heading=True),
        Column(
            "credit_code", "统一社会信用代码", lambda one: one.enterprise.credit_code, Kind.CODE
        ),
        Column("name", "姓名", lambda one: one.user.name),
        Column("phone", "联系电话", lambda one: one.user.phone, Kind.CODE),
        Column("kind", "类别", lambda one: one.get_kind_display()),
        Column("authority", "确认部门", lambda one: one.authority.short_name),
        Column("made", "申请日期", lambda one: business_date(one.made_at), Kind.DATE, "made_at"),
        Column("status", "状态", lambda one: one.get_status_display()),
        Column("reason", "说明", lambda one: one.reason),
        Column(
            "decided",
            "办理日期",
            lambda one: business_date(one.decided_at) if one.decided_at else None,
            Kind.DATE,
        ),
        Column("by", "办理人", lambda one: one.decided_by.name if one.decided_by else ""),
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
            paths=("created_at",),
            plain=business_date,
        ),
    ),
)
