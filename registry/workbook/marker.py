"""The process that marks faulty cells in the sender's own .xlsx: limited like the reader, because
the file is a stranger's.

    python -m registry.workbook.marker < "JSON line, then the file" > "JSON line, then the file"

What it put there at an earlier round is taken away first, so a mended file comes back clean.
"""

from __future__ import annotations

import json
import re
import warnings
from copy import copy
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_from_string

from registry.workbook import guard, scan
from registry.workbook.limits import answer
from registry.workbook.looks import AUTHOR, FAULTY, LONGEST, OWN, WIDTH, joined, lines

SECONDS = 90
#: openpyxl writes each sheet to a temporary file first.
DISK = 256 * 2**20
_FILL = PatternFill("solid", fgColor=f"FF{FAULTY}")


def mark(request: bytes) -> tuple[dict[str, Any], bytes]:
    line, _, data = request.partition(b"\n")
    wanted = json.loads(line)
    scan.book_of(guard.parts_of(data))
    warnings.simplefilter("ignore")
    book = openpyxl.load_workbook(BytesIO(data), rich_text=True)
    sheet = book[wanted["sheet"]]
    header = wanted["header_row"]
    column = _own_column(sheet, header)
    _unmark(sheet, column, header)
    by_row: dict[int, list[str]] = {}
    for address, sentence in wanted["problems"].items():
        letters, row = _split(address)
        if letters:
            _mark_cell(sheet, address, sentence)
            sentence = f"{address} {_caption(sheet, letters, header)}：{sentence}"
        by_row.setdefault(row, []).append(sentence)
    _explain(sheet, column, header, by_row)
    out = BytesIO()
    book.save(out)
    return {}, out.getvalue()


def _split(address: str) -> tuple[str, int]:
    """An address, or the number of a row whose fault is in no single cell."""
    if address.isdigit():
        return "", int(address)
    letters, row = coordinate_from_string(address)
    return letters, row


def _own_column(sheet: Any, header: int) -> int:
    """Where the explanations stand, or the first free column to the right."""
    last = 1
    for (row, column), cell in sheet._cells.items():
        if cell.value is None or row < header:
            continue
        if row == header and str(cell.value).strip() == OWN:
            return column
        last = max(last, column)
    spanned = [area.max_col for area in sheet.merged_cells.ranges if area.max_row >= header]
    return min(max([last, *spanned]) + 1, 16_384)


def _unmark(sheet: Any, own: int, header: int) -> None:
    for (row, column), cell in sheet._cells.items():
        if column == own and row > header:
            cell.value = None
        comment = cell.comment
        if comment is None or comment.author != AUTHOR:
            continue
        before = comment.text.partition(_BEFORE)[2]
        cell.comment = Comment(before, "") if before else None
        if cell.fill.fgColor.rgb == f"FF{FAULTY}":
            cell.fill = PatternFill()


_BEFORE = "\n原批注："


def _mark_cell(sheet: Any, address: str, sentence: str) -> None:
    cell = sheet[address]
    for area in sheet.merged_cells.ranges:
        if address in area:
            cell = sheet.cell(area.min_row, area.min_col)
            break
    cell.fill = _FILL
    before = f"{_BEFORE}{cell.comment.text}" if cell.comment else ""
    cell.comment = Comment(
        f"{sentence}{before}", AUTHOR, height=40 + 18 * (len(sentence) // 18 + 1), width=300
    )


def _caption(sheet: Any, letters: str, header: int) -> str:
    column = openpyxl.utils.column_index_from_string(letters)
    for row in range(header, max(header - 3, 0), -1):
        if value := sheet.cell(row, column).value:
            return re.sub(r"\s+", "", str(value))[:20]
    return ""


def _explain(sheet: Any, column: int, header: int, by_row: dict[int, list[str]]) -> None:
    title = sheet.cell(header, column)
    if title.value is None and column > 1:
        beside = sheet.cell(header, column - 1)
        if beside.has_style:
            title.font, title.border = copy(beside.font), copy(beside.border)
            title.fill, title.alignment = copy(beside.fill), copy(beside.alignment)
    title.value = OWN
    sheet.column_dimensions[get_column_letter(column)].width = WIDTH
    for row, sentences in by_row.items():
        cell = sheet.cell(row, column)
        cell.value = joined(sentences)[:LONGEST]
        cell.data_type = "s"
        cell.font = Font(name=title.font.name, size=title.font.size, color="FF9C0006")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        shape = sheet.row_dimensions[row]
        if shape.height is None and (needed := lines(cell.value)) > 1:
            shape.height = 15 * needed


if __name__ == "__main__":
    answer(mark, SECONDS, DISK)
