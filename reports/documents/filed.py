"""备案函 with its list: what one office reports to the one above, as it was filed."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from registry.access import business_date
from registry.models import User
from reports.documents.content import Annex, Column, Document, Table, Text
from tiers import filing
from tiers.models import FilingEntry, FilingList

Status = FilingList.Status
COLUMNS = (
    Column("序号", 3, centred=True),
    Column("企业名称", 12),
    Column("统一社会信用代码", 14, centred=True),
    Column("工厂名称", 10),
    Column("所在县（市、区）", 6),
    Column("所属行业", 8),
    Column("成熟度等级", 4, centred=True),
    Column("自评日期", 6, centred=True),
    Column("覆盖环节", 7),
    Column("认定日期", 6, centred=True),
    Column("认定文号", 8),
    Column("有效期至", 6, centred=True),
    Column("证书编号", 9, centred=True),
)


def document(listed: FilingList, *, to: User, on: date) -> Document:
    """The list as this person sees it: as it was filed, or as it stands while it is worked on.

    It needs its authority and recipient. ``on`` dates a draft.
    """
    filed = listed.filed_at is not None and listed.status != Status.RETURNED
    rows, tier = _rows(listed, to), listed.get_tier_display()
    opening = (
        f"按照智能工厂梯度培育有关规定，对企业自评结果进行了复核，认定{tier}智能工厂{len(rows)}座，"
        f"现将清单（编号{listed.number}）随函报送，请予备案。"
    )
    return Document(
        title=f"{listed.authority.name}关于报送{tier}智能工厂备案清单的函",
        number=listed.document_no or "（文号待填）",
        addressee=listed.recipient.name,
        signed_by=listed.authority.name,
        dated=business_date(listed.filed_at) if listed.filed_at else on,
        blocks=(Text(opening), Text("清单内容由本单位负责核实。")),
        annexes=(
            Annex(
                f"{tier}智能工厂备案清单（共{len(rows)}座）", (Table("备案清单", COLUMNS, rows),)
            ),
        ),
        frozen_digest=listed.digest if filed else "",
        stamps=() if filed else ("草稿，尚未报备",),
        is_list=True,
        page=reverse("tiers:filing_list", args=[listed.pk]),
    )


def _rows(listed: FilingList, to: User) -> tuple[tuple[str | int, ...], ...]:
    as_filed = not filing.may_edit(listed, to)
    title = "certification__factory"
    entries = FilingEntry.objects.filter(filing_list=listed).select_related(
        f"{title}__division", f"{title}__industry", f"{title}__enterprise"
    )
    shown = (
        filing.shown(entry, as_filed=as_filed)
        for entry in entries.order_by("certification__valid_from", "pk")
        if filing.is_shown(entry, listed, to=to)
    )
    return tuple(
        (
            number,
            what["enterprise"],
            what["credit_code"],
            what["factory"],
            what["place"],
            what["industry"],
            f"{what['maturity_level']}级" if what["maturity_level"] else "",
            what["assessed_on"],
            what.get("covers", ""),
            what["decided_on"],
            what["document_no"],
            what["last_day"] or "未设",
            what["number"],
        )
        for number, what in enumerate(shown, start=1)
    )
