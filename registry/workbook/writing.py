"""Tables on their way out, as a workbook or as CSV: row by row, in flat memory.

What somebody typed stays text: nothing becomes a formula, a link or a number. Codes are text, dates
are dates, numbers are numbers. What was asked for stands on a sheet of its own, with the number of
rows and a digest of their cells.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from inspect import unwrap
from types import MethodType
from typing import IO, Any

import xlsxwriter
from django.core.exceptions import ValidationError
from xlsxwriter.worksheet import Worksheet

from registry.access import SHANGHAI

#: A workbook in which nothing that somebody typed becomes a formula, a number or a link.
AS_TEXT = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
ABOUT, TOTAL = "导出说明", "合计"
#: Properties of the file by which an export that is sent back is known again.
MARK = "portal-list"
MOST_ROWS = 1_048_575 - 1  # of a sheet, without the head and the totals
LONGEST = 32_767  # characters of a cell
#: Excel forbids these in the name of a sheet, and Windows in that of a file.
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'\"<>|\r\n\t", "_"))
_SAMPLED = 200
_EPOCH = date(1899, 12, 30).toordinal()
#: What a spreadsheet would take for a formula; the apostrophes let a guarded field be read back.
_STARTS = "[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_LIVE, _GUARDED = re.compile(f"'*{_STARTS}"), re.compile(f"'+{_STARTS}")


class Kind(StrEnum):
    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    PERCENT = "percent"


class Encoding(StrEnum):
    """Of CSV: both hold every character there is."""

    UTF_8 = "utf-8-sig"
    GB18030 = "gb18030"


FORMATS = {
    Kind.TEXT: "@",
    Kind.CODE: "@",
    Kind.NUMBER: "General",
    Kind.DATE: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.PERCENT: "0.0%",  # a share of one
}
#: Letters that the usual content takes, where it is always the same.
WIDTHS = {Kind.DATE: 11.0, Kind.MOMENT: 16.0, Kind.PERCENT: 8.0}


@dataclass(frozen=True)
class Heading:
    """One column: its caption, what its cells are, whether adding them up means something."""

    caption: str
    kind: str = Kind.TEXT
    total: bool = False


@dataclass(frozen=True)
class About:
    """What was asked: pairs of words for the sheet beside the list. ``mark`` is what the file is
    known by when it comes back.
    """

    title: str
    lines: Sequence[tuple[str, str]] = ()
    author: str = ""
    mark: str = ""


@dataclass
class Tally:
    """What has gone through: rows, their digest, the totals, the widest cells of the first rows."""

    headings: Sequence[Heading]
    rows: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    totals: dict[int, Any] = field(default_factory=dict)
    widest: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.totals = {place: 0 for place, one in enumerate(self.headings) if one.total}
        self.widest = [_width(one.caption) + 3 for one in self.headings]

    def counted(self, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        for row in rows:
            self.rows += 1
            self.digest.update(repr(row).encode("utf-8", "surrogatepass"))
            for place in self.totals:
                self.totals[place] += row[place] or 0
            if self.rows <= _SAMPLED:
                self.widest = [
                    max(wide, _width(_shown(cell)))
                    for wide, cell in zip(self.widest, row, strict=True)
                ]
            yield row

    @property
    def sha256(self) -> str:
        return str(self.digest.hexdigest())


def book(target: str | IO[bytes], **more: Any) -> Any:
    """A workbook to write, with the settings that keep texts texts."""
    return xlsxwriter.Workbook(target, AS_TEXT | more)


@dataclass(frozen=True)
class Sheet:
    """One table of a workbook."""

    name: str
    headings: Sequence[Heading]
    rows: Iterable[Sequence[Any]]


def write_xlsx(
    target: str | IO[bytes],
    headings: Sequence[Heading],
    rows: Iterable[Sequence[Any]],
    about: About,
) -> Tally:
    """The list on its sheet and what was asked on another; rows are taken as they come."""
    return write_sheets(target, [Sheet(about.title, headings, rows)], about)[0]


def write_sheets(
    target: str | IO[bytes], sheets: Iterable[Sheet], about: About | None
) -> list[Tally]:
    """Several tables, one after the other, and what was asked where they do not say it."""
    found = []
    with book(target) as made:
        if about is not None:
            made.set_properties({"title": about.title, "author": about.author})
        if about is not None and about.mark:
            made.set_custom_property(MARK, about.mark, "text")
        head = made.add_format(
            {"bold": True, "bg_color": "#EDEDED", "border": 1, "valign": "vcenter"}
        )
        for one in sheets:
            tally = Tally(one.headings)
            _rows(made, made.add_worksheet(sheet_name(one.name)), tally, one.rows, head)
            found.append(tally)
        if about is not None:
            _about(made, about, found, head)
    return found


def _rows(made: Any, sheet: Any, tally: Tally, rows: Iterable[Sequence[Any]], head: Any) -> None:
    for place, heading in enumerate(tally.headings):
        sheet.write_string(0, place, heading.caption, head)
    cells = [_cell(made, sheet, one.kind) for one in tally.headings]
    for number, row in enumerate(tally.counted(rows), start=1):
        if number > MOST_ROWS:
            raise ValidationError(
                f"超过 Excel 一张表能放的 {MOST_ROWS} 行。请缩小筛选范围，或改用 CSV"
            )
        for place, value in enumerate(row):
            if value is not None and value != "":
                cells[place](number, place, value)
    _finish(sheet, made, tally)


def _cell(made: Any, sheet: Any, kind: str) -> Callable[[int, int, Any], object]:
    """What writes a cell of that kind, once for the whole column."""
    style = made.add_format({"num_format": FORMATS[Kind(kind)]})
    # Without what looks, at every cell, whether it is named in letters.
    write_string = MethodType(unwrap(Worksheet.write_string), sheet)
    write_number = MethodType(unwrap(Worksheet.write_number), sheet)

    def text(row: int, place: int, value: Any) -> None:
        said = value if type(value) is str else str(value)
        if "\r" in said:  # no line end of Excel's: it would show as _x000D_
            said = said.replace("\r\n", "\n").replace("\r", "\n")
        write_string(row, place, said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…", style)

    def number(row: int, place: int, value: Any) -> None:
        if isinstance(value, int | float | Decimal):
            write_number(row, place, value, style)
        else:
            text(row, place, value)

    def day(row: int, place: int, value: Any) -> None:
        if isinstance(value, date):
            write_number(row, place, serial(value), style)
        else:
            text(row, place, value)

    match kind:
        case Kind.NUMBER | Kind.PERCENT:
            return number
        case Kind.DATE | Kind.MOMENT:
            return day
    return text


def serial(value: date) -> float:
    """A day as spreadsheets count it; a moment by the clock of Shanghai, to the minute."""
    if isinstance(value, datetime):
        at = value.astimezone(SHANGHAI) if value.tzinfo else value
        return at.toordinal() - _EPOCH + (at.hour * 60 + at.minute) / 1440
    return value.toordinal() - _EPOCH


def _finish(sheet: Any, made: Any, tally: Tally) -> None:
    """Head, filters and widths; under the rows the sums."""
    last = len(tally.headings) - 1
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(tally.rows, 1), last)
    for place, (heading, wide) in enumerate(zip(tally.headings, tally.widest, strict=True)):
        least = WIDTHS.get(Kind(heading.kind), 0.0)
        sheet.set_column(place, place, min(max(wide + 1, least), 50))
    if tally.totals and tally.rows:
        bold = made.add_format({"bold": True, "top": 1})
        if 0 not in tally.totals:
            sheet.write_string(tally.rows + 1, 0, TOTAL, bold)
        for place, total in tally.totals.items():
            sheet.write_number(tally.rows + 1, place, total, bold)
    sheet.set_paper(9)
    if last > 5:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _about(made: Any, about: About, tallies: Sequence[Tally], head: Any) -> None:
    sheet = made.add_worksheet(ABOUT)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 80, made.add_format({"text_wrap": True}))
    counted = [("行数", str(sum(one.rows for one in tallies)))]
    if len(tallies) == 1:
        counted += [("内容摘要（SHA-256）", tallies[0].sha256)]
    marked = [("清单标识", about.mark)] if about.mark else []
    sheet.write_string(0, 0, "清单", head)
    sheet.write_string(0, 1, about.title, head)
    for number, (label, said) in enumerate((*about.lines, *counted, *marked), start=1):
        sheet.write_string(number, 0, label)
        sheet.write_string(number, 1, said[:LONGEST])


def sheet_name(title: str) -> str:
    return title.translate(_FORBIDDEN)[:31] or "清单"


def file_name(parts: Iterable[str], ending: str) -> str:
    """What the file is, in its name: who, which list, narrowed by what, when."""
    said = "_".join(part.translate(_FORBIDDEN).strip() for part in parts if part.strip())
    return f"{said[:100]}.{ending}"


# --- CSV ------------------------------------------------------------------


def write_csv(
    target: IO[bytes],
    headings: Sequence[Heading],
    rows: Iterable[Sequence[Any]],
    encoding: str = Encoding.UTF_8,
) -> Tally:
    """The same cells with commas between them, without sums: whoever reads it adds up himself."""
    tally = Tally(headings)
    text = io.TextIOWrapper(target, encoding=Encoding(encoding), newline="")
    out = csv.writer(text)
    out.writerow([guarded(one.caption) for one in headings])
    shares = [place for place, one in enumerate(headings) if one.kind == Kind.PERCENT]
    for row in tally.counted(rows):
        line = [field_of(cell) for cell in row]
        for place in shares:
            line[place] = _percent(row[place])
        out.writerow(line)
    text.flush()
    text.detach()
    return tally


def field_of(value: Any) -> str:
    """One field: numbers and days as they are, whatever else as text that is no formula."""
    if isinstance(value, str):
        return guarded(value)
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value)
    if isinstance(value, int | float | Decimal | date):
        return _shown(value)
    return guarded(str(value))


def _percent(value: Any) -> str:
    return "" if value is None else f"{_shown(Decimal(str(value)) * 100)}%"


def guarded(text: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if _LIVE.match(text) else text


def unguarded(text: str) -> str:
    """A field as it was before it was guarded."""
    return text[1:] if _GUARDED.match(text) else text


def _shown(value: Any) -> str:
    """A cell as it is seen."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        at = value.astimezone(SHANGHAI) if value.tzinfo else value
        return f"{at:%Y-%m-%d %H:%M}"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, float):
        return repr(value)
    return str(value)


def _width(text: str) -> float:
    """Letters of room; what is not ASCII takes two."""
    return float(max((sum(1 if sign < "\u0100" else 2 for sign in line)
                      for line in text.split("\n")), default=0))  # fmt: skip
