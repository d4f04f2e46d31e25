"""A file sent back with its faulty cells marked and an 错误说明 column.

An .xlsx of up to 10,000 rows stays the sender's own file; anything else comes back as a new .xlsx
with the same rows at the same places.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import PurePath
from typing import IO, Any

import xlsxwriter
from django.core.exceptions import ValidationError

from registry.workbook.looks import AUTHOR, FAULTY, LONGEST, OWN, WIDTH, breadth, joined, lines
from registry.workbook.process import ask
from registry.workbook.reading import bytes_of, read
from registry.workbook.shapes import Grid, Sheet, letters
from registry.workbook.values import shown

ROWS = 10_000
PATIENCE = 150
#: What stands in a cell as text stays text, whatever it looks like.
TEXT_STAYS_TEXT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_ADDRESS = re.compile(r"([A-Z]{1,3})(\d+)")


def mark(
    file: IO[bytes],
    name: str,
    problems: Mapping[str, str],
    *,
    sheet: str,
    header_row: int,
) -> tuple[bytes, str]:
    """The marked file and a name for it. ``problems`` are sentences by address ("E12"), or by the
    number of a row ("12") where no single cell is at fault.
    """
    grid = read(file, name)
    found = next(one for one in grid.sheets if one.name == sheet)
    marked = None
    if grid.form == "xlsx" and len(found.rows) <= ROWS:
        marked = _in_place(bytes_of(file), problems, sheet, header_row)
    return marked or _anew(
        grid, found, problems, header_row
    ), f"{PurePath(name).stem}_错误标注.xlsx"


def _in_place(
    data: bytes, problems: Mapping[str, str], sheet: str, header_row: int
) -> bytes | None:
    """None when the file is more than its process may take; the same rows are then written anew."""
    wanted = {"sheet": sheet, "header_row": header_row, "problems": dict(problems)}
    line = json.dumps(wanted, ensure_ascii=False).encode()
    try:
        _, marked = ask("registry.workbook.marker", line + b"\n" + data, PATIENCE)
    except ValidationError:
        return None
    return marked


def _anew(grid: Grid, sheet: Sheet, problems: Mapping[str, str], header_row: int) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **TEXT_STAYS_TEXT}) as book:
        _Copy(book, sheet, problems, header_row).write()
    return out.getvalue()


class _Copy:
    """The rows of a sheet in a new workbook, each at its place."""

    def __init__(
        self, book: xlsxwriter.Workbook, sheet: Sheet, problems: Mapping[str, str], header_row: int
    ) -> None:
        self.sheet, self.problems, self.header_row = sheet, problems, header_row
        self.page = book.add_worksheet(sheet.name or "名单")
        self.page.set_comments_author(AUTHOR)
        self.book = book
        self.formats: dict[tuple[bool, bool, bool], Any] = {}
        width = max((len(row) for row in sheet.rows), default=1)
        header = list(sheet.rows[header_row - 1]) if header_row <= len(sheet.rows) else []
        self.header = header
        self.own = header.index(OWN) if OWN in header else width

    def write(self) -> None:
        for area in self.sheet.merged:
            if (area.top, area.left) != (area.bottom, area.right):
                ends = (area.top - 1, area.left - 1, area.bottom - 1, area.right - 1)
                self.page.merge_range(*ends, "")
        for number, values in enumerate(self.sheet.rows, start=1):
            for column, value in enumerate(values):
                if value is not None and (column != self.own or number <= self.header_row):
                    self._cell(number, column, value)
        self._mark()
        self._shape()

    def _cell(self, number: int, column: int, value: Any) -> None:
        faulty = f"{letters(column + 1)}{number}" in self.problems
        day = isinstance(value, date)
        look = self._format(faulty, day, number == self.header_row)
        if day:
            self.page.write_datetime(number - 1, column, value, look)
        elif isinstance(value, bool):
            self.page.write_boolean(number - 1, column, value, look)
        elif isinstance(value, int | float):
            self.page.write_number(number - 1, column, value, look)
        else:
            self.page.write_string(number - 1, column, str(value)[:LONGEST], look)

    def _format(self, faulty: bool, day: bool, bold: bool) -> Any:
        key = (faulty, day, bold)
        if key not in self.formats:
            look: dict[str, Any] = {"bold": bold}
            if faulty:
                look["bg_color"] = f"#{FAULTY}"
            if day:
                look["num_format"] = "yyyy-mm-dd"
            self.formats[key] = self.book.add_format(look)
        return self.formats[key]

    def _mark(self) -> None:
        by_row: dict[int, list[str]] = {}
        for address, sentence in self.problems.items():
            match = _ADDRESS.fullmatch(address)
            row, text = int(match[2]) if match else int(address), sentence
            if match:
                column = next(i for i in range(16_384) if letters(i + 1) == match[1])
                if self.sheet.value(row, column + 1) is None:
                    self.page.write_blank(row - 1, column, None, self._format(True, False, False))
                self.page.write_comment(row - 1, column, sentence, {"x_scale": 2})
                text = f"{address} {self._caption(column)}：{sentence}"
            by_row.setdefault(row, []).append(text)
        red = self.book.add_format({"font_color": "#9C0006", "text_wrap": True, "valign": "top"})
        bold = self._format(False, False, True)
        self.page.write_string(self.header_row - 1, self.own, OWN, bold)
        for row, sentences in by_row.items():
            text = joined(sentences)[:LONGEST]
            self.page.write_string(row - 1, self.own, text, red)
            if (needed := lines(text)) > 1:
                self.page.set_row(row - 1, 15 * needed)

    def _caption(self, column: int) -> str:
        caption = self.header[column] if column < len(self.header) else None
        return "".join(caption.split())[:20] if isinstance(caption, str) else ""

    def _shape(self) -> None:
        """Columns as wide as what stands in them, the header in sight."""
        below = self.sheet.rows[self.header_row - 1 : self.header_row + 50]
        for column in range(max((len(row) for row in below), default=0)):
            longest = max(
                (breadth(shown(row[column])) for row in below if column < len(row)), default=0
            )
            self.page.set_column(column, column, min(max(longest + 2, 8), 48))
        self.page.set_column(self.own, self.own, WIDTH)
        self.page.freeze_panes(self.header_row, 0)
