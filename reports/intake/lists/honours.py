"""既有称号, and the holders of an older honour that is looked at again together (以往称号名单)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from functools import partial

from registry import enterprises, policy
from registry.access import OFFICERS, may_change
from registry.intake import Made, Outcome, Sent, Verdict
from registry.models import User
from registry.policy import HonourKind
from registry.workbook.shapes import Field, Kind, Row, Table
from reports.intake import kinds
from reports.intake.lists.common import count, rows_of, text, verdicts
from tiers import listings, rereview

Kinds = Mapping[str, HonourKind]
Known = Callable[[User, date], Kinds]


def all_kinds(user: User, on: date) -> Kinds:
    """Every honour that the rules of the day know in the officer's province."""
    if user.role not in OFFICERS or user.authority is None:
        return {}
    try:
        rules = policy.current(user.authority.province_code, on)
    except LookupError:
        return {}
    return {kind.code: kind for kind in rules.honour_kinds}


def former_kinds(user: User, on: date) -> Kinds:
    """Those whose holders this office looks at again together."""
    known = all_kinds(user, on)
    codes = {one.honour_kind for one in rereview.subjects(user, on)} if known else set()
    return {code: kind for code, kind in known.items() if code in codes}


def _named(user: User) -> dict[str, str]:
    """The names of all that any edition of the province's rules knows."""
    province = user.authority.province_code if user.authority else ""
    return {
        kind.code: kind.name
        for rules in policy.all_policies()
        if rules.province == province
        for kind in rules.honour_kinds
    }


def fields(user: User) -> Sequence[Field]:
    return (
        Field(
            "name", "企业名称", Kind.NAME, ("单位名称", "企业", "企业全称"),
            required=True, max_length=120,
        ),
        Field("credit_code", "统一社会信用代码", Kind.CODE, ("信用代码",), required=True),
        Field(
            "factory_name", "工厂名称", Kind.NAME, ("工厂", "智能工厂名称"), max_length=120,
            hint="授予企业、不限于某座工厂的留空",
        ),
        Field(
            "kind", "称号", Kind.CHOICE, ("既有称号", "称号名称", "称号类别", "荣誉名称"),
            choices=_named(user),
            hint="只有一种称号时可以不填",
        ),
        Field("document_no", "文号", synonyms=("公布文号", "授予文号", "文件文号"), max_length=80),
        Field("awarded_on", "授予日期", Kind.DATE, ("公布日期", "认定日期", "获评日期")),
        Field("note", "说明", synonyms=("备注",), max_length=200),
    )  # fmt: skip


PLACE = Field(
    "place", "所属县（市、区）", Kind.COUNTY, ("所在地", "县（市、区）", "工厂所在地", "所属县区"),
    hint="没有登记的企业和工厂按它登记",
)  # fmt: skip


def former_fields(user: User) -> Sequence[Field]:
    return (*fields(user), PLACE)


DOCUMENT = kinds.Ask(
    "document_no", "授予文号", "表里没有“文号”一列时填写，按公布文件原样", required=False
)
DAY = kinds.Ask(
    "awarded_on", "授予日期", "表里没有“授予日期”一列时填写，例如 2023-12-29", required=False
)
SOURCE = kinds.Ask("source", "名单来源", "公布名单的文件名称，写入每项称号的来源", max_length=120)


def _listed(row: Row, found: Kinds, sent: Sent, *, source: str) -> enterprises.Named:
    only = next(iter(found)) if len(found) == 1 else ""
    return enterprises.Named(
        number=row.number,
        credit_code=text(row, "credit_code"),
        name=text(row, "name"),
        factory_name=text(row, "factory_name"),
        place=text(row, "place"),
        kind=row["kind"] or only,
        document_no=text(row, "document_no") or sent.given.get("document_no", ""),
        awarded_on=row["awarded_on"] or _day(sent.given.get("awarded_on", "")),
        note=text(row, "note"),
        source=source,
    )


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said.strip())
    except ValueError:
        return None


def _source(sent: Sent, number: int) -> str:
    """Where a row came from: the batch keeps the file with its digest."""
    named = sent.given.get("source", "").strip()
    return f"{named}{'，' if named else ''}导入批次 {sent.batch} 第 {number} 行"


def _check(table: Table, sent: Sent, *, known: Known, enters: bool) -> list[Verdict]:
    found = known(sent.by, sent.on)
    listed = [_listed(row, found, sent, source=_source(sent, row.number)) for row in table.rows]
    judged = enterprises.judge_honours(listed, found, by=sent.by, on=sent.on, enters=enters)
    return verdicts(table, listed, judged)


def _apply(
    found: Sequence[Verdict], sent: Sent, *, known: Known, enters: bool
) -> Mapping[int, Made]:
    done = enterprises.record_honours(
        rows_of(found),
        known(sent.by, sent.on),
        by=sent.by,
        at=sent.at,
        enters=enters,
        batch=sent.batch,
    )
    return {one.number: asdict(made) for one, made in zip(found, done, strict=True)}


def _recorded(made: Sequence[Made]) -> list[enterprises.Recorded]:
    return [enterprises.Recorded(**one) for one in made]


def holds(made: Sequence[Made], sent: Sent) -> list[str]:
    told = rereview.announced([one["honour"] for one in made if one["new"]])
    said = [f"“{one.title}”已把这些称号通知到企业，须先办结集中复核" for one in told]
    return [*said, *enterprises.honours_rest(_recorded(made))]


def undo(made: Sequence[Made], sent: Sent) -> None:
    enterprises.take_back_honours(_recorded(made), by=sent.by, at=sent.at, batch=sent.batch)


def outlook(found: Sequence[Verdict], sent: Sent) -> list[str]:
    fresh, verified = count(found, "登记称号"), count(found, "登记称号并核实")
    said = [f"登记称号 {fresh} 项，其中 {verified} 项即为已核实"] if fresh else []
    firms, factories = count(found, "登记企业"), count(found, "登记工厂")
    if firms or factories:
        said.append(f"新登记企业 {firms} 家、工厂 {factories} 座")
    if changed := sum(one.outcome == Outcome.CHANGED for one in found):
        said.append(f"更正或核实已登记的称号 {changed} 项")
    return said


HONOURS = kinds.Kind(
    key="honours",
    label="既有称号",
    unit="项",
    fields=fields,
    shown=("name", "kind"),
    allowed=lambda user, on: may_change(user) and bool(all_kinds(user, on)),
    refusal="既有称号由主管部门的经办人员导入",
    check=partial(_check, known=all_kinds, enters=False),
    apply=partial(_apply, known=all_kinds, enters=False),
    holds=holds,
    undo=undo,
    outlook=outlook,
    place=("tiers:derivation_list", "对应认定"),
    lists=(listings.HONOURS,),
    aside=("核实情况", "取消日期"),
    asks=(DOCUMENT, DAY),
    about="以前获得的国家、省级和市级称号。企业须已登记；授予部门或其上级导入的即为已核实。",
)
FORMER_TITLES = kinds.Kind(
    key="former-titles",
    label="以往称号名单",
    unit="项",
    fields=former_fields,
    shown=("name", "factory_name"),
    allowed=lambda user, on: may_change(user) and bool(former_kinds(user, on)),
    refusal="按规则，本部门不组织以往称号的集中复核，不能导入名单",
    check=partial(_check, known=former_kinds, enters=True),
    apply=partial(_apply, known=former_kinds, enters=True),
    holds=holds,
    undo=undo,
    outlook=outlook,
    place=("tiers:rereview_list", "集中复核"),
    lists=(listings.FORMER_TITLES,),
    aside=("核实情况", "取消日期", "来源"),
    asks=(SOURCE, DOCUMENT, DAY),
    about="按规则须集中复核的以往称号。没有登记的企业和工厂会一并登记，每项称号记下名单来源，"
    "导入后列入集中复核的对象。",
)
