"""年度总结 of an office: its figures, its words, and the units it adds up, as it was signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from django.urls import reverse

from registry.access import business_date
from reports import summaries
from reports.documents.content import (
    Annex,
    Block,
    Cell,
    Column,
    Document,
    Heading,
    Table,
    Text,
    in_words,
    numeral,
)
from reports.models import Summary
from reports.summaries import Content, Line

FIGURE_COLUMNS = (
    Column("类别", 7, centred=True),
    Column("指标", 10),
    Column("单位", 4, centred=True),
    Column("数量", 5, centred=True),
)
FILE_COLUMNS = (Column("序号", 3, centred=True), Column("附件", 12), Column("SHA-256", 20))
LATER = "数据为签报时的数据；签报以后登记内容的变化列在平台的更正中，不改变本件。"
ELSEWHERE = "不属于以上单位"


def document(one: Summary) -> Document:
    """One edition, with its authority: as it was signed, or as it stands while it is written."""
    content = summaries.shown(one)
    sections: list[tuple[str, Block]] = [("主要数据", figures(content))]
    for key, heading, _ in summaries.SECTIONS:
        sections.append((heading, Text(content.texts.get(key, "").strip() or "（没有填写）")))
    if content.gaps_note:
        sections.append(("下级未签报的说明", Text(content.gaps_note)))
    blocks = [
        block
        for number, (title, what) in enumerate(sections, start=1)
        for block in (Heading(f"{numeral(number)}、{title}"), what)
    ]
    return Document(
        title=f"{one.authority.name}{one.year}年度智能工厂梯度培育工作总结",
        number=f"第{one.edition}版",
        signed_by=one.authority.name,
        dated=date.fromisoformat(one.frozen["signed_on"]) if one.signed_at else None,
        blocks=tuple(blocks),
        annexes=_annexes(content),
        frozen_digest=one.digest if one.signed_at else "",
        digest_of="内容",
        remarks=(LATER,) if one.signed_at else (),
        stamps=_stamps(one),
        is_list=True,
        page=reverse("reports:summary", args=[one.pk]),
    )


def figures(content: Content) -> Table:
    rows = tuple(
        (line.figure.group, line.figure.label, line.figure.unit, line.total)
        for line in content.lines
    )
    return Table("主要数据", FIGURE_COLUMNS, rows)


def _annexes(content: Content) -> tuple[Annex, ...]:
    found = []
    if content.units:
        by_group = groupby(content.lines, key=lambda line: line.figure.group)
        tables: list[Block] = []
        for group, lines in by_group:
            tables += [Heading(group, 2), _by_unit(group, list(lines), content)]
        found.append(Annex("分单位汇总表", tuple(tables)))
    if content.files:
        rows = tuple(
            (number, one["name"], one["sha256"])
            for number, one in enumerate(content.files, start=1)
        )
        found.append(Annex("附件材料清单", (Table("附件材料清单", FILE_COLUMNS, rows),)))
    return tuple(found)


def _by_unit(group: str, lines: Sequence[Line], content: Content) -> Table:
    """A line for each unit, one for what lies below none of them, and the sum."""
    columns = (Column("单位", 8), *(Column(one.figure.label, 5, centred=True) for one in lines))
    units = [*((unit.code, unit.name) for unit in content.units), (summaries.OWN, ELSEWHERE)]
    rows: list[tuple[Cell, ...]] = [
        (name, *(line.count(code) for line in lines)) for code, name in units
    ]
    total: tuple[Cell, ...] = ("合计", *(line.total for line in lines))
    return Table(f"分单位{group}", columns, (*rows, total))


def _stamps(one: Summary) -> tuple[str, ...]:
    if one.sent_back_at:
        day = in_words(business_date(one.sent_back_at))
        return (f"本版已于{day}退回，不再计入汇总。原因：{one.sent_back_reason}",)
    return () if one.signed_at else ("草稿，尚未签报",)
