"""推荐函 with 推荐汇总表: whom a province recommends to the ministries, as it was confirmed.

The table names whom to call, read from the people at the time of printing: it goes to an office and
is never public.
"""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from reports.documents.content import Annex, Column, Document, Table, Text
from tiers import upward
from tiers.models import UpwardItem, UpwardList

COLUMNS = (
    Column("序号", 3, centred=True),
    Column("推荐单位", 8),
    Column("市级推荐单位", 5, centred=True),
    Column("企业名称", 11),
    Column("统一社会信用代码", 14, centred=True),
    Column("工厂名称", 9),
    Column("所属行业", 7),
    Column("地址", 9),
    Column("成熟度等级", 4, centred=True),
    Column("人工智能场景", 7, centred=True),
    Column("联系人", 5, centred=True),
    Column("电话", 9, centred=True),
)
RECIPIENT = "工业和信息化部"
OUTSIDE = "联系人和电话按下载时登记，不在摘要内。"


def document(held: UpwardList) -> Document:
    """A confirmed list of recommendations."""
    letter = upward.letter(held)
    tier, count = letter["tier_label"], letter["count"]
    opening = (
        f"按照{letter['notice']}要求，经审核，{letter['recommended_by']}推荐{tier}智能工厂{count}座"
        f"（名额{letter['places']}个），按优先次序为："
    )
    names = tuple(
        Text(f"{row['rank']}. {row['enterprise']}　{row['factory']}") for row in letter["names"]
    )
    return Document(
        title=f"{letter['recommended_by']}关于推荐{tier}智能工厂的函",
        number=letter["document_no"],
        addressee=RECIPIENT,
        signed_by=letter["recommended_by"],
        dated=date.fromisoformat(letter["dated"]),
        blocks=(Text(opening), *names),
        annexes=(Annex(f"{tier}智能工厂推荐汇总表（共{count}座）", (table(held),)),),
        frozen_digest=held.digest,
        digest_of="内容",
        remarks=(OUTSIDE,),
        is_list=True,
        page=reverse("tiers:upward_list", args=[held.pk]),
    )


def table(held: UpwardList) -> Table:
    people = upward.contacts(held)
    by = held.frozen["recommended_by"]
    rows = []
    for row in held.frozen["rows"]:
        if row["outcome"] != UpwardItem.Outcome.YES:
            continue
        who = people.get(row["application"])
        rows.append(
            (
                row["rank"],
                by,
                row["unit"],
                row["enterprise"],
                row["credit_code"],
                row["factory"],
                row["industry"] or "未登记",
                row["address"] or "未登记",
                f"{row['maturity_level']}级" if row["maturity_level"] else "—",
                row["ai_share"],
                who.name if who else "",
                who.phone if who else "",
            )
        )
    return Table("推荐汇总表", COLUMNS, tuple(rows))
