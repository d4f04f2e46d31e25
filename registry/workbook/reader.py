"""The process that parses a stranger's file: started for one file, limited, and gone after it.

    python -m registry.workbook.reader < file > answer

The parser may take all memory or abort; then this process ends and nothing else does. The answer is
JSON; data are never unpickled. Imports neither Django nor the rest of the product.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine as calamine

from registry.workbook import guard, scan
from registry.workbook.guard import COLUMNS, ROWS, Refusal
from registry.workbook.limits import answer

SECONDS = 20
#: Text of all cells together: one long text may stand behind many cells.
TEXT = 100 * 2**20
_SEPARATORS = ",\t;|，；"
_EPOCHS = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}


class _Budget:
    """How much text may still be taken."""

    def __init__(self) -> None:
        self.left = TEXT

    def take(self, text: str) -> str:
        self.left -= len(text)
        if self.left < 0:
            raise Refusal(guard.SWOLLEN)
        return text


def read(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The grid of a file as JSON can hold it; days stand as [ISO date]."""
    form = guard.form_of(data)
    if form == "csv":
        return {"form": form, "sheets": [_text_sheet(data)]}, b""
    book = scan.book_of(guard.parts_of(data)) if form == "xlsx" else scan.Book()
    budget = _Budget()
    try:
        opened = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [
            _sheet(opened.get_sheet_by_name(meta.name), meta, book, budget)
            for meta in opened.sheets_metadata
            if meta.typ == calamine.SheetTypeEnum.WorkSheet
        ]
    except calamine.PasswordError:
        raise Refusal(guard.LOCKED) from None
    except calamine.CalamineError:
        raise Refusal(guard.BROKEN) from None
    if not sheets:
        raise Refusal("文件里没有工作表。请把名单放在工作表里，保存后再上传")
    return {
        "form": form,
        "sheets": sheets,
        "template": book.template,
        "epoch": book.epoch,
    }, b""


def _sheet(sheet: Any, meta: Any, book: scan.Book, budget: _Budget) -> dict[str, Any]:
    marks = book.sheets.get(meta.name) or scan.Marks()
    rows: list[list[Any]] = []
    if sheet.end is not None:
        last_row, last_column = sheet.end
        if last_row >= ROWS:
            raise Refusal(guard.too_long(last_row + 1))
        if last_column >= COLUMNS:
            raise Refusal(guard.too_wide(last_column + 1))
        left = [None] * sheet.start[1]
        rows = [left + [_plain(v, budget) for v in row] for row in sheet.iter_rows()]
    _apply(marks, rows, book.epoch, budget)
    for row in rows:
        while row and row[-1] is None:
            row.pop()
    return {
        "name": meta.name,
        "rows": rows,
        "merged": [
            (top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        ],
        "formulas": sorted(marks.formulas),
        "visible": meta.visible == calamine.SheetVisibleEnum.Visible,
    }


def _plain(value: Any, budget: _Budget) -> Any:
    if isinstance(value, str):
        return budget.take(value) if value else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, datetime):
        return [value.date().isoformat()] if value.time() == time() else str(value)
    if isinstance(value, date):
        return [value.isoformat()]
    if isinstance(value, time | timedelta):
        return str(value)
    return value


def _apply(marks: scan.Marks, rows: list[list[Any]], epoch: int, budget: _Budget) -> None:
    """Put in what the parser leaves out."""
    for at, text in marks.formulas.items():
        if at not in marks.blank_text and _at(rows, at) is None:
            _put(rows, at, budget.take(text))
    for at, text in marks.errors.items():
        _put(rows, at, budget.take(text or "#N/A"))
    for at in marks.dates:
        number = _at(rows, at)
        if isinstance(number, int | float) and 0 < number < 2_958_466:
            _put(rows, at, [(_EPOCHS[epoch] + timedelta(days=int(number))).isoformat()])
    for at in marks.percents:
        number = _at(rows, at)
        if isinstance(number, int | float):
            _put(rows, at, f"{number * 100:.10g}%")


def _at(rows: list[list[Any]], at: tuple[int, int]) -> Any:
    row, column = at
    return rows[row - 1][column - 1] if row <= len(rows) and column <= len(rows[row - 1]) else None


def _put(rows: list[list[Any]], at: tuple[int, int], value: Any) -> None:
    row, column = at
    rows.extend([] for _ in range(row - len(rows)))
    rows[row - 1].extend([None] * (column - len(rows[row - 1])))
    rows[row - 1][column - 1] = value


def _text_sheet(data: bytes) -> dict[str, Any]:
    text = _decoded(data)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    rows: list[list[Any]] = []
    try:
        for row in lines:
            cells: list[Any] = [cell if cell.strip() else None for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            if len(cells) > COLUMNS:
                raise Refusal(guard.too_wide(len(cells)))
            rows.append(cells)
            if len(rows) > ROWS and cells:
                raise Refusal(guard.too_long(len(rows)))
    except csv.Error:
        raise Refusal(
            f"文件第 {len(rows) + 1} 行的引号或换行不成对，无法分列。"
            "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后再上传"
        ) from None
    return {"name": "", "rows": rows, "merged": [], "formulas": [], "visible": True}


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: Iterable[str] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal(
        "认不出文件的文字编码。请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后再上传"
    )


def _separator(text: str) -> str:
    """The sign that cuts most lines into the same number of pieces."""
    lines = [line for line in text[:65536].splitlines() if line.strip()][:60]

    def evenness(sign: str) -> tuple[int, int]:
        counts = Counter(line.count(sign) for line in lines if sign in line)
        number, lines_so = counts.most_common(1)[0] if counts else (0, 0)
        return lines_so * min(number, 3), -_SEPARATORS.index(sign)

    return max(_SEPARATORS, key=evenness)


if __name__ == "__main__":
    answer(read, SECONDS)
