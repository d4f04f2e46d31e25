"""The lists of the registry: enterprises and factories."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet

from registry.access import business_date
from registry.filters import EnterpriseFilter
from registry.listing import Column, Kind, Listing
from registry.models import Enterprise, User


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
            order="name",
            heading=True,
            cell="registry/cells/enterprise.html",
        ),
        Column("credit_code", "信用代码", lambda firm: firm.credit_code, Kind.CODE, "credit_code"),
        Column(
            "authority",
            "属地主管部门",
            lambda firm: firm.authority.short_name if firm.authority else "",
            order="authority__path",
            empty=True,
        ),
        Column(
            "industry",
            "行业",
            lambda firm: firm.industry.name if firm.industry else "",
            order="industry__code",
            empty=True,
        ),
        Column("size", "规模", lambda firm: firm.get_size_display(), order="size"),
        Column(
            "factories",
            "工厂数",
            lambda firm: len(firm.factories.all()),
            Kind.NUMBER,
            total=True,
        ),
        Column("address", "注册地址", lambda firm: firm.address, shown=False),
        Column(
            "above_scale",
            "规模以上",
            lambda firm: {True: "是", False: "否"}.get(firm.above_scale, ""),
            shown=False,
        ),
        Column(
            "closed",
            "注销日期",
            lambda firm: firm.closed_on,
            Kind.DATE,
            "closed_on",
            empty=True,
            shown=False,
        ),
        Column(
            "registered",
            "登记日期",
            lambda firm: business_date(firm.created_at),
            Kind.DATE,
            "created_at",
        ),
    ),
)
