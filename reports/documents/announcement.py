"""公告: the titles of one document, as the public read them when they were issued."""

from __future__ import annotations

from django.urls import reverse

from reports.documents.content import Annex, Column, Document, Table, Text, in_words
from tiers.models import Determination

COLUMNS = (
    Column("序号", 4, centred=True),
    Column("企业名称", 15),
    Column("统一社会信用代码", 15, centred=True),
    Column("工厂名称", 14),
    Column("所在地", 7, centred=True),
    Column("等级", 6, centred=True),
    Column("证书编号", 11, centred=True),
    Column("有效期至", 8, centred=True),
)


def document(held: Determination) -> Document:
    """The list needs the authority of its round; issued ones only."""
    if held.issued_at is None:
        raise ValueError("a list that is not issued is no document yet")
    count, tier = len(held.content), held.round.get_tier_display()
    opening = (
        f"按照智能工厂梯度培育有关规定，经审核、公示，现认定下列{count}座工厂为{tier}智能工厂"
        "（名单见附件），予以公布。"
    )
    term = (
        f"认定自{in_words(held.decided_on)}起生效；换发的，从原有效期满后起算。"
        "更名、暂停、撤销等以后的变化，以公开名录为准。"
    )
    return Document(
        title=held.title,
        number=held.document_no,
        signed_by=held.round.authority.name,
        dated=held.decided_on,
        blocks=(Text(opening), Text(term)),
        annexes=(Annex(f"{tier}智能工厂认定名单（共{count}座）", (table(held),)),),
        frozen_digest=held.digest,
        public=True,
        is_list=True,
        page=reverse("tiers:announcement", args=[held.pk]),
    )


def table(held: Determination) -> Table:
    rows = tuple(
        (
            row["no"],
            row["enterprise"],
            row["credit_code"],
            row["factory"],
            row["place"] or row["unit"],
            row["tier"],
            row["title_number"],
            row["last_day"] or "长期有效",
        )
        for row in held.content
    )
    return Table("认定名单", COLUMNS, rows)
