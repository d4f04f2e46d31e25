"""年度总结汇总表: the words of the office's own summary, and figures that are only compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from registry.access import OFFICERS, may_change
from registry.intake import Made, Sent, Verdict
from registry.models import User
from registry.workbook.shapes import Field, Kind, Row, Table
from reports.intake import kinds
from reports.intake.lists.common import rows_of, text, verdicts
from reports.summaries import FIGURES, returned

FIELDS = (
    Field(
        "office", "单位", synonyms=("报送单位", "报送部门", "填报单位", "单位名称"), required=True
    ),
    Field("year", "年份", Kind.YEAR, ("年度", "总结年度"), hint="不填的按最近一年"),
    *(Field(key, heading) for key, heading in returned.WORDS.items()),
    *(
        Field(
            one.key, f"{one.group}：{one.label}（{one.unit}）", Kind.WHOLE,
            (one.label, f"{one.group}：{one.label}"), unit=one.unit,
            hint="由登记计算，只核对不写入",
        )
        for one in FIGURES
    ),
)  # fmt: skip


def fields(user: User) -> Sequence[Field]:
    return FIELDS


def allowed(user: User, on: date) -> bool:
    return user.role in OFFICERS and may_change(user) and returned.may_send(user)


def _listed(row: Row) -> returned.Listed:
    figures = {one.key: row[one.key] for one in FIGURES}
    return returned.Listed(
        number=row.number,
        office=text(row, "office"),
        year=row["year"],
        words={key: text(row, key) for key in returned.WORDS},
        figures={key: number for key, number in figures.items() if number is not None},
    )


def check(table: Table, sent: Sent) -> list[Verdict]:
    listed = [_listed(row) for row in table.rows]
    return verdicts(table, listed, returned.judge(listed, by=sent.by))


def apply(found: Sequence[Verdict], sent: Sent) -> Mapping[int, Made]:
    done = returned.write_many(rows_of(found), by=sent.by, at=sent.at)
    return {one.number: asdict(made) for one, made in zip(found, done, strict=True)}


def holds(made: Sequence[Made], sent: Sent) -> list[str]:
    return list(returned.rests([returned.Done(**one) for one in made]))


def undo(made: Sequence[Made], sent: Sent) -> None:
    returned.take_back([returned.Done(**one) for one in made], by=sent.by, at=sent.at)


def outlook(found: Sequence[Verdict], sent: Sent) -> list[str]:
    written = sum(bool(one.changes) for one in found)
    other = sum(
        sum("登记" in said and "不写入" in said for said in one.effects)
        + sum(fault.key in KEYS for fault in one.faults)
        for one in found
    )
    said = ["写入本部门年度总结的文字部分；已准备的须重新准备"] if written else []
    return [*said, f"{other} 处数字与登记不一致，按登记数据，不写入"] if other else said


KEYS = frozenset(one.key for one in FIGURES)

SUMMARIES = kinds.Kind(
    key="summaries",
    label="年度总结汇总表",
    unit="个单位",
    fields=fields,
    shown=("office", "year"),
    allowed=allowed,
    refusal="本部门没有需要填写的年度总结",
    check=check,
    apply=apply,
    holds=holds,
    undo=undo,
    outlook=outlook,
    place=("reports:summary_board", "年度总结"),
    aside=("签报日期",),
    about="一个单位一行。本部门一行的文字写入年度总结；各行的数字与登记核对，不一致的指出来，不写入。",
)
