"""推荐函 with 推荐汇总表 of a round: whom a unit recommends to the round's owner, in its order.

The unit gives the letter its number and date when it sends it. The table names whom to call, read
from the people at the time of printing: it goes to an office and is never public.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.urls import reverse

from reports.documents.content import Annex, Column, Document, Table, Text
from reports.documents.recommended import OUTSIDE
from tiers import agreement, quota, upward
from tiers.models import Recommendation, Round

COLUMNS = (
    Column("序号", 3, centred=True),
    Column("企业名称", 11),
    Column("统一社会信用代码", 14, centred=True),
    Column("工厂名称", 9),
    Column("所在县（市、区）", 6, centred=True),
    Column("所属行业", 7),
    Column("地址", 9),
    Column("成熟度等级", 4, centred=True),
    Column("推荐名额", 8),
    Column("联系人", 5, centred=True),
    Column("电话", 9, centred=True),
)
NUMBERED = "文号和成文日期由推荐单位发文时编定。"
OPEN = "推荐尚未截止"


def document(batch: Round, own: quota.Places, *, on: date) -> Document:
    """What a unit holds in a round on a day; stamped as open as long as the order may change."""
    tier, unit = batch.get_tier_display(), own.authority.name
    cases = [one.application for one in own.held]
    counted = f"占用名额{len(own.counted)}座" if own.allotted is not None else "不限名额"
    off = f"，不占名额{len(own.off)}座" if own.off else ""
    opening = (
        f"按照“{batch.title}”要求，经审核，现推荐{tier}智能工厂{len(cases)}座（{counted}{off}），"
        "按优先次序为："
    )
    names = tuple(
        Text(f"{place}. {case.factory.enterprise.name}　{case.factory.name}")
        for place, case in enumerate(cases, 1)
    )
    open_still = batch.recommend_by is None or on <= batch.recommend_by
    return Document(
        title=f"{unit}关于推荐{tier}智能工厂的函",
        addressee=batch.authority.name,
        signed_by=unit,
        dated=None,
        blocks=(Text(opening), *names),
        annexes=(Annex(f"{tier}智能工厂推荐汇总表（共{len(cases)}座）", (_table(own),)),),
        remarks=(NUMBERED, OUTSIDE),
        stamps=(OPEN,) if open_still else (),
        is_list=True,
        page=reverse("tiers:round", args=[batch.pk]),
    )


def _table(own: quota.Places) -> Table:
    people = upward.contacts_of(one.application_id for one in own.held)
    rows = (_row(place, one, people) for place, one in enumerate(own.held, 1))
    return Table("推荐汇总表", COLUMNS, tuple(rows))


def _row(
    place: int, one: Recommendation, people: Mapping[int, upward.Contact]
) -> tuple[str | int, ...]:
    case = one.application
    factory, who = case.factory, people[case.pk]
    level = agreement.maturity_level(case)
    return (
        place,
        factory.enterprise.name,
        factory.enterprise.credit_code,
        factory.name,
        factory.division.name if factory.division else "未登记",
        str(factory.industry or "未登记"),
        factory.address or "未登记",
        f"{level}级" if level else "—",
        f"不占名额：{one.off_quota}（{one.ground}）" if one.off_quota else "占用名额",
        who.name,
        who.phone,
    )
