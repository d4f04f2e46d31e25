"""评审专家库: the pool of a province."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from registry.access import may_change
from registry.intake import Made, Outcome, Sent, Verdict
from registry.models import User
from registry.workbook.shapes import Field, Kind, Row, Table
from reports.intake import kinds
from reports.intake.lists.common import rows_of, text, verdicts
from tiers import experts, listings

FIELDS = (
    Field("code", "专家代号", synonyms=("代号",), max_length=12, hint="新聘的专家不填"),
    Field("name", "姓名", synonyms=("专家姓名", "专家"), max_length=40),
    Field(
        "username", "登录用户名", synonyms=("用户名",), max_length=60, hint="留空的由系统编写"
    ),
    Field("phone", "手机号", Kind.PHONE, ("手机", "联系电话", "电话", "手机号码")),
    Field(
        "employer", "工作单位", synonyms=("所在单位", "单位"), max_length=120, hint="填写全称"
    ),
    Field("title", "职称或职务", synonyms=("职称", "职务", "职称职务"), max_length=60),
    Field(
        "fields", "擅长行业", synonyms=("专业领域", "行业", "所属行业"),
        hint="国民经济行业大类，几个之间用顿号分开",
    ),
    Field("group", "所属集团", max_length=60, hint="集团各企业名称中共有的字样"),
    Field("division", "所在县区", Kind.COUNTY, ("所在县（市、区）", "县（市、区）")),
    Field("consulted", "服务过的企业", hint="企业全称后空一格写年份，几家之间用分号分开"),
    Field("term_from", "聘期开始", Kind.DATE, ("聘期起", "聘任开始日期")),
    Field("term_until", "聘期结束", Kind.DATE, ("聘期止", "聘任结束日期")),
)  # fmt: skip


def fields(user: User) -> Sequence[Field]:
    return FIELDS


def allowed(user: User, on: date) -> bool:
    return may_change(user) and experts.may_fill(user)


def _listed(row: Row) -> experts.Listed:
    days = {key: row[key] for key in ("term_from", "term_until")}
    texts: dict[str, Any] = {one.key: text(row, one.key) for one in FIELDS if one.key not in days}
    return experts.Listed(number=row.number, **days, **texts)


def check(table: Table, sent: Sent) -> list[Verdict]:
    listed = [_listed(row) for row in table.rows]
    return verdicts(table, listed, experts.judge(listed, by=sent.by))


def apply(found: Sequence[Verdict], sent: Sent) -> Mapping[int, Made]:
    done = experts.enter_many(rows_of(found), by=sent.by, at=sent.at, batch=sent.batch)
    return {one.number: asdict(made) for one, made in zip(found, done, strict=True)}


def holds(made: Sequence[Made], sent: Sent) -> list[str]:
    return list(experts.rests([experts.Done(**one) for one in made]))


def undo(made: Sequence[Made], sent: Sent) -> None:
    done = [experts.Done(**one) for one in made]
    experts.take_back(done, by=sent.by, at=sent.at, batch=sent.batch)


def outlook(found: Sequence[Verdict], sent: Sent) -> list[str]:
    fresh = sum(one.outcome == Outcome.NEW for one in found)
    return [f"新聘专家 {fresh} 位，各开通一个账号；初始密码在专家的账号页逐位生成"] if fresh else []


EXPERTS = kinds.Kind(
    key="experts",
    label="评审专家",
    unit="位",
    fields=fields,
    shown=("name", "employer"),
    allowed=allowed,
    refusal="评审专家由省级主管部门聘请和导入",
    check=check,
    apply=apply,
    holds=holds,
    undo=undo,
    outlook=outlook,
    place=("tiers:expert_list", "专家库"),
    lists=(listings.EXPERTS,),
    aside=("在聘",),
    about="按专家代号认人；没有代号的按手机号，或姓名和工作单位。已在库的只更新表里填了的内容，空白不改。",
)
