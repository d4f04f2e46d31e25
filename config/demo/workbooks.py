"""The part of the demo world that turns on workbooks: a list taken over, one that waits with
faults, one undone.
"""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import xlsxwriter
from django.core.files.base import ContentFile

from registry import creditcode
from reports import intake
from reports.models import Batch

if TYPE_CHECKING:
    from config.demo.world import World

HEADS = (
    "序号", "企业名称", "统一社会信用代码", "工厂名称", "所属县（市、区）", "所属行业",
    "能力成熟度自评等级", "自评时间", "覆盖环节", "认定日期", "备注",
)  # fmt: skip


def run(world: World) -> None:
    """Only where the world's file has such lists."""
    given: dict[str, Any] = world.data.get("workbooks", {})
    if not given:
        return
    by = world.officers[given["office"]]
    for one in given["lists"]:
        at, number = world.at(one["days_ago"], 15), one["document_no"]
        content = ContentFile(_sheet(one, at.date()), one["name"])
        kind, said = intake.KINDS["filing"], {"document_no": number}
        batch = intake.upload(kind, content, name=one["name"], given=said, by=by, at=at)
        if one["then"] != "wait":
            batch = _take_over(world, batch, by, one)
        if one["then"] == "undo":
            at = world.at(one["days_ago"], 17)
            intake.undo(batch, seen=batch.version, by=by, at=at)


def _take_over(world: World, batch: Batch, by: Any, one: dict[str, Any]) -> Batch:
    at = world.at(one["days_ago"], 16)
    return intake.order(batch, Batch.Way.ALL, seen=batch.version, by=by, at=at)


def _sheet(one: dict[str, Any], day: date) -> bytes:
    kept = BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as book:
        sheet, days = book.add_worksheet("备案清单"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range(0, 0, 0, len(HEADS) - 1, one["name"].partition(".")[0])
        sheet.write_row(2, 0, HEADS)
        for place, row in enumerate(one["rows"], start=3):
            for column, value in enumerate(_line(row, place - 2, day)):
                if isinstance(value, date):
                    sheet.write_datetime(place, column, value, days)
                else:
                    sheet.write(place, column, value)
        sheet.write(len(one["rows"]) + 4, 0, "填表人：演示　　审核人：演示")
    return kept.getvalue()


def _line(row: list[Any], number: int, day: date) -> list[Any]:
    """What the file says of a factory; ``!`` before a code spoils its last place."""
    name, code, factory, county, industry, level, parts = row
    whole = creditcode.complete(code.removeprefix("!"))
    if code.startswith("!"):
        whole = whole[:-1] + ("0" if whole[-1] != "0" else "1")
    assessed, decided = day - timedelta(days=60 - number), day - timedelta(days=30 - number)
    return [number, name, whole, factory, county, industry, level, assessed, parts, decided, ""]
