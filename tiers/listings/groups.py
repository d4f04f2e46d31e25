"""The lists of central groups: what they certify by document, and the factories on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from registry.access import day_of
from registry.listing import Column, Kind, Listing
from registry.models import User
from tiers import register
from tiers.filters import (
    GroupItemFilter,
    GroupListFilter,
)
from tiers.models import (
    GroupList,
    GroupListItem,
)

DATE, CODE, NUMBER = Kind.DATE, Kind.CODE, Kind.NUMBER


def _of_group(user: User, on: date) -> QuerySet[Any]:
    return GroupList.objects.visible_to(user)


def _with_factories(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.annotate(factories=Count("items"))


GROUP_LISTS = Listing(
    key="group-lists",
    title="集团认定名单",
    page="tiers:group_lists",
    unit="份",
    filterset=GroupListFilter,
    rows=_of_group,
    related=_with_factories,
    order="-dated",
    columns=(
        Column(
            "document_no",
            "认定文号",
            lambda one: one.document_no,
            order="document_no",
            heading=True,
            cell="tiers/cells/group_list.html",
        ),
        Column("state", "进展", lambda one: one.state[1], cell="tiers/cells/state.html"),
        Column("factories", "工厂数", lambda one: one.factories, NUMBER, total=True),
        Column("dated", "文件日期", lambda one: one.dated, DATE, "dated"),
        Column("prepared_by", "准备人", lambda one: one.prepared_name),
        Column("prepared", "准备日期", lambda one: day_of(one.prepared_at), DATE, "prepared_at"),
        Column("confirmed_by", "确认人", lambda one: one.confirmed_name),
        Column(
            "confirmed",
            "确认日期",
            lambda one: day_of(one.confirmed_at),
            DATE,
            "confirmed_at",
            empty=True,
        ),
    ),
)


def _on_lists(user: User, on: date) -> QuerySet[Any]:
    return GroupListItem.objects.filter(group_list__in=GroupList.objects.visible_to(user))


GROUP_FACTORIES = Listing(
    key="group-factories",
    title="集团认定的工厂",
    page="tiers:group_factories",
    unit="座",
    filterset=GroupItemFilter,
    rows=_on_lists,
    related=lambda rows: rows.select_related(
        "group_list",
        "certification",
        "factory__enterprise",
        "factory__authority__parent",
        "factory__division",
    ),
    order="-dated",
    columns=(
        Column(
            "document_no",
            "认定文号",
            lambda one: one.group_list.document_no,
            order="group_list__document_no",
        ),
        Column("state", "进展", lambda one: one.group_list.state[1]),
        Column("dated", "文件日期", lambda one: one.group_list.dated, DATE, "group_list__dated"),
        Column(
            "enterprise",
            "企业名称",
            lambda one: one.factory.enterprise.name,
            order="factory__enterprise__spoken",
        ),
        Column(
            "credit_code", "统一社会信用代码", lambda one: one.factory.enterprise.credit_code, CODE
        ),
        Column(
            "factory",
            "工厂名称",
            lambda one: one.factory.name,
            order="factory__spoken",
            heading=True,
        ),
        Column("city", "所在市", lambda one: register.place_of(one.factory)[0]),
        Column("county", "所在县（市、区）", lambda one: register.place_of(one.factory)[1]),
        Column(
            "number",
            "证书编号",
            lambda one: one.certification.number if one.certification else "",
            CODE,
        ),
    ),
)
