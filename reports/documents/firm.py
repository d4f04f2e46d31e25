"""一企一档 on paper: how a firm stands on a day and everything on record about it, by date."""

from __future__ import annotations

from django.urls import reverse

from registry.listings import place_of
from reports import firm_file
from reports.documents.content import Block, Column, Document, Heading, Table, Text
from reports.firm_file import Entry, Held, Reading, Standing

FACT_COLUMNS = (Column("项目", 6, centred=True), Column("内容", 20))
TITLED = (
    Column("工厂", 10),
    Column("所在地", 8),
    Column("主管部门", 7),
    Column("等级", 4, centred=True),
    Column("状态", 4, centred=True),
    Column("证书编号", 9),
    Column("认定日期", 6, centred=True),
    Column("有效期至", 6, centred=True),
)
ENTRIES = (
    Column("日期", 6, centred=True),
    Column("登记日期", 6, centred=True),
    Column("事项", 14),
    Column("内容", 20),
    Column("工厂", 8),
    Column("类别", 7),
    Column("单位", 8),
)


def document(reading: Reading) -> Document:
    """What this person may read, as of the day; without anybody's telephone."""
    standing, found = firm_file.standing(reading), firm_file.entries(reading)
    blocks: list[Block] = [
        Heading("一、基本情况"),
        Table("基本情况", FACT_COLUMNS, _facts(reading, standing)),
        Heading("二、工厂和有效认定"),
        Table("工厂和有效认定", TITLED, tuple(_titled(standing)))
        if standing.factories
        else Text("没有登记工厂。"),
        Heading("三、全部记录"),
        Table("全部记录", ENTRIES, tuple(_line(one) for one in found))
        if found
        else Text("没有记录。"),
    ]
    return Document(
        title=f"{standing.name}一企一档",
        number=f"统一社会信用代码：{reading.firm.credit_code}",
        signed_by=reading.user.place_name,
        dated=reading.on,
        blocks=tuple(blocks),
        page=reverse("reports:firm_file", args=[reading.firm.pk]),
    )


def _facts(reading: Reading, standing: Standing) -> tuple[tuple[str, str], ...]:
    firm = reading.firm
    return (
        ("企业名称", standing.name),
        ("统一社会信用代码", firm.credit_code),
        ("曾用名", "、".join(standing.former)),
        ("注册地", f"{place_of(firm.seat)}{firm.address}"),
        ("属地主管部门", firm.authority.name if firm.authority else ""),
        ("所属行业", str(firm.industry or "")),
        ("企业规模", firm.get_size_display()),
        ("注销日期", f"{standing.closed:%Y-%m-%d}" if standing.closed else ""),
        *(
            ("禁止申报", f"{ban.from_on:%Y-%m-%d} 至 {ban.until_on:%Y-%m-%d}，{ban.cause}")
            for ban in standing.bans
        ),
    )


def _titled(standing: Standing) -> list[tuple[str, ...]]:
    return [row for held in standing.factories for row in _of_factory(held)]


def _of_factory(held: Held) -> list[tuple[str, ...]]:
    state = held.state
    where = (state.name, state.division.name if state.division else "", state.authority.short_name)
    if not held.titles:
        return [(*where, "", "没有有效认定", "", "", "")]
    return [
        (
            *where,
            title.get_tier_display(),
            label,
            title.number,
            f"{title.valid_from:%Y-%m-%d}",
            f"{title.last_day:%Y-%m-%d}" if title.last_day else "",
        )
        for title, _, label in held.titles
    ]


def _line(one: Entry) -> tuple[str, ...]:
    return (
        f"{one.when:%Y-%m-%d}",
        f"{one.known:%Y-%m-%d}",
        one.title,
        one.text,
        one.factory,
        one.label,
        one.actor,
    )
