"""企业和工厂名录: firms of an office and their factories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from registry import enterprises, listings
from registry.access import OFFICERS, may_change
from registry.intake import Made, Outcome, Sent, Verdict
from registry.models import Authority, Enterprise, User
from registry.workbook.codelists import Places
from registry.workbook.shapes import Field, Kind, Row, Table
from registry.workbook.values import Wrong
from reports.intake import kinds
from reports.intake.lists.common import count, rows_of, text, verdicts

SIZES = {
    "large": ("大", "大型企业"),
    "medium": ("中", "中型企业"),
    "small": ("小", "小型企业"),
    "micro": ("微", "微型企业"),
}
FIELDS = (
    Field(
        "name", "企业名称", Kind.NAME, ("单位名称", "公司名称", "企业全称", "企业"),
        required=True, max_length=120, hint="与营业执照一致的全称",
    ),
    Field(
        "credit_code", "统一社会信用代码", Kind.CODE, ("信用代码", "社会信用代码"),
        required=True, hint="18 位，按它认企业",
    ),
    # A firm may be seated in any province: read by ``_seats``.
    Field(
        "seat", "注册地", Kind.TEXT,
        ("注册地所在县（市、区）", "所属县（市、区）", "县（市、区）", "所属县区", "企业所在地"),
        hint="新登记的企业必填，写到县（市、区）",
    ),
    Field("address", "注册地址", synonyms=("企业地址", "住所", "地址"), max_length=200),
    Field("industry", "所属行业", Kind.INDUSTRY, ("行业", "国民经济行业")),
    Field(
        "size", "企业规模", Kind.CHOICE, ("规模", "企业类型"),
        choices=dict(Enterprise.Size.choices), spellings=SIZES,
    ),
    Field(
        "above_scale", "规模以上工业企业", Kind.YESNO,
        ("规模以上", "是否规上", "规上企业", "是否规模以上"),
    ),
    Field(
        "factory_name", "工厂名称", Kind.NAME, ("工厂",), max_length=120,
        hint="一座工厂一行；只登记企业的留空",
    ),
    Field(
        "factory_place", "工厂所在地", Kind.PLACE, ("工厂所在县（市、区）", "工厂所在县区"),
        hint="不填的按注册地",
    ),
    Field("factory_address", "工厂地址", synonyms=("生产地址",), max_length=200),
    Field("factory_industry", "工厂所属行业", Kind.INDUSTRY, ("工厂行业",)),
    Field("factory_products", "主要产品", synonyms=("产品", "主营产品"), max_length=200),
)  # fmt: skip


def fields(user: User) -> Sequence[Field]:
    return FIELDS


def allowed(user: User, on: date) -> bool:
    return user.role in OFFICERS and user.authority_id is not None and may_change(user)


def _seats(table: Table, office: Authority) -> dict[str, str]:
    """The codes of the places that the cells name: of the office's own area, or else of anywhere.
    What is wrong with the others is put down in their cells.
    """
    here, anywhere = Places(office), Places(None)
    place = Field("seat", "注册地", Kind.PLACE)
    found: dict[str, str] = {}
    for row in table.rows:
        cell = row.cells.get("seat")
        if cell is None or not cell.value:
            continue
        if cell.value not in found:
            try:
                found[cell.value] = _code(cell.value, (here, anywhere), place)
            except Wrong as wrong:
                cell.problem = str(wrong)
    return found


def _code(said: str, lists: Sequence[Places], place: Field) -> str:
    first: Wrong | None = None
    for places in lists:
        try:
            return places.read(said, place)[0]
        except Wrong as wrong:
            first = first or wrong
    raise first or Wrong("")


def _listed(row: Row, seats: Mapping[str, str]) -> enterprises.Listed:
    texts = {one.key: text(row, one.key) for one in FIELDS if one.key != "above_scale"}
    texts["seat"] = seats.get(texts["seat"], "")
    return enterprises.Listed(number=row.number, above_scale=row["above_scale"], **texts)


def check(table: Table, sent: Sent) -> list[Verdict]:
    seats = _seats(table, sent.office)
    listed = [_listed(row, seats) for row in table.rows]
    return verdicts(table, listed, enterprises.judge_roll(listed, by=sent.by))


def apply(found: Sequence[Verdict], sent: Sent) -> Mapping[int, Made]:
    done = enterprises.enter_roll(rows_of(found), by=sent.by, at=sent.at, batch=sent.batch)
    return {one.number: asdict(made) for one, made in zip(found, done, strict=True)}


def holds(made: Sequence[Made], sent: Sent) -> list[str]:
    return list(enterprises.roll_rests([enterprises.Done(**one) for one in made]))


def undo(made: Sequence[Made], sent: Sent) -> None:
    done = [enterprises.Done(**one) for one in made]
    enterprises.take_back_roll(done, by=sent.by, at=sent.at, batch=sent.batch)


def outlook(found: Sequence[Verdict], sent: Sent) -> list[str]:
    firms, factories = count(found, "登记企业"), count(found, "登记工厂")
    said = [f"新登记企业 {firms} 家、工厂 {factories} 座"] if firms or factories else []
    changed = sum(one.outcome == Outcome.CHANGED for one in found)
    return [*said, f"更新 {changed} 行的企业或工厂信息"] if changed else said


ENTERPRISES = kinds.Kind(
    key="enterprises",
    label="企业和工厂名录",
    unit="家",
    fields=fields,
    shown=("name", "factory_name"),
    allowed=allowed,
    refusal="企业和工厂名录由主管部门的经办人员导入",
    check=check,
    apply=apply,
    holds=holds,
    undo=undo,
    outlook=outlook,
    place=("registry:enterprise_list", "企业"),
    lists=(listings.ENTERPRISES, listings.FACTORIES),
    aside=("属地主管部门", "主管部门", "工厂数", "登记日期", "注销日期"),
    about="按统一社会信用代码认企业：没有登记的新登记，已登记的只更新表里填了的内容，空白不改。"
    "企业更名、工厂搬迁不能用导入办理。",
)
