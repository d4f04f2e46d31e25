"""The lists of a document as a workbook: a sheet for each table, text as text, ready for A4."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from registry.workbook import writing
from reports.documents.content import Cell, Document, Table, width

_BORDER = {"border": 1, "valign": "vcenter", "text_wrap": True, "font_name": "仿宋"}
#: Excel forbids these in the name of a sheet.
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))


def write(document: Document) -> bytes:
    kept = BytesIO()
    with writing.book(kept) as book:
        book.set_properties(
            {"title": document.title, "author": document.signed_by, **_day(document)}
        )
        styles = _styles(book)
        for title, table in _titled(document):
            _sheet(book, document, title, table, styles)
    return kept.getvalue()


def _day(document: Document) -> dict[str, Any]:
    day = document.dated
    return {"created": datetime(day.year, day.month, day.day)} if day else {}  # noqa: DTZ001


def _styles(book: xlsxwriter.Workbook) -> dict[str, Any]:
    small = {"font_name": "仿宋", "font_size": 10, "align": "left", "text_wrap": True}
    return {
        "title": book.add_format({"font_name": "黑体", "font_size": 16, "align": "center",
                                  "valign": "vcenter", "text_wrap": True}),
        "small": book.add_format({**small, "valign": "vcenter"}),
        "head": book.add_format({**_BORDER, "bold": True, "align": "center",
                                 "bg_color": "#EDEDED"}),
        "left": book.add_format({**_BORDER, "num_format": "@"}),
        "centre": book.add_format({**_BORDER, "num_format": "@", "align": "center"}),
        "count": book.add_format({**_BORDER, "num_format": "0", "align": "center"}),
    }  # fmt: skip


def _titled(document: Document) -> Iterator[tuple[str, Table]]:
    """Every table with what stands over it: the title of its annex, or of the document."""
    parts = [(document.title, document.blocks)]
    parts += [(annex.title, annex.blocks) for annex in document.annexes]
    for title, blocks in parts:
        for block in blocks:
            if isinstance(block, Table):
                yield title, block


def _sheet(
    book: xlsxwriter.Workbook,
    document: Document,
    title: str,
    table: Table,
    styles: dict[str, Any],
) -> None:
    sheet = book.add_worksheet(table.name.translate(_FORBIDDEN)[:31])
    last = len(table.columns) - 1
    room = [max(column.width * 1.9, width(column.title) * 2 + 1) for column in table.columns]
    for number, wide in enumerate(room):
        sheet.set_column(number, number, wide)
    above = () if title == document.title else (document.title,)
    heads = [*document.stamps, *above, title, _facts(document)]
    for row, text in enumerate(heads):
        is_title = text == title
        sheet.set_row(row, 34 if is_title else 18)
        sheet.merge_range(row, 0, row, last, "", styles["title" if is_title else "small"])
        sheet.write_string(row, 0, text, styles["title" if is_title else "small"])
    top = len(heads)
    for number, column in enumerate(table.columns):
        sheet.write_string(top, number, column.title, styles["head"])
    _rows(sheet, table, top + 1, styles, room)
    end = top + 1 + len(table.rows)
    for row, text in enumerate((*document.remarks, document.digest_line), start=end + 1):
        sheet.write_string(row, 0, text)
    _for_paper(sheet, top, last, wide=len(table.columns) > 6)


def _rows(
    sheet: Any, table: Table, first: int, styles: dict[str, Any], room: Sequence[float]
) -> None:
    for row, cells in enumerate(table.rows, start=first):
        sheet.set_row(row, 16 * max(map(_lines, cells, room)))
        for number, (column, cell) in enumerate(zip(table.columns, cells, strict=True)):
            if isinstance(cell, int):
                sheet.write_number(row, number, cell, styles["count"])
            else:
                style = styles["centre" if column.centred else "left"]
                sheet.write_string(row, number, cell, style)


def _lines(cell: Cell, room: float) -> int:
    """How many lines a cell needs in a column that has room for so many letters."""
    return sum(max(1, -int(-2.1 * width(line) // room)) for line in str(cell).split("\n"))


def _facts(document: Document) -> str:
    """Who, under which number, when: one line above the table."""
    facts = [document.signed_by, document.number, document.day]
    return "　".join(fact for fact in facts if fact)


def _for_paper(sheet: Any, head: int, last: int, *, wide: bool) -> None:
    sheet.freeze_panes(head + 1, 0)
    sheet.repeat_rows(head)
    sheet.set_paper(9)
    if wide:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.8, right=0.8, top=1.0, bottom=1.0)
    sheet.set_footer("&C第 &P 页，共 &N 页")
