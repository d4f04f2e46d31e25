"""The table of holidays and make-up days of one year (放假和调休安排) as a file: reading, checking,
writing.

A table is a CSV file as it is typed from the State Council's notice: the year, the notice, and one
line per period. It is data; nothing here asks which day it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

HEADINGS = ("开始", "结束", "安排", "说明")
WORDS = {"放假": False, "上班": True}
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
#: Free in every year by the State Council's rule on public holidays; a table without them is torn.
ALWAYS_FREE = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
EXAMPLE = """年份,2027
依据,国务院办公厅关于2027年部分节假日安排的通知（国办发明电〔2026〕1号）
开始,结束,安排,说明
2027-01-01,2027-01-03,放假,元旦
2027-01-09,,上班,元旦调休"""


class TableError(ValueError):
    """Everything wrong with a file, one sentence with its line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Table:
    """The days of a year on which offices work otherwise than by the week; True where they work."""

    year: int
    document: str
    days: dict[date, bool]
    names: dict[date, str]


@dataclass(frozen=True)
class _Line:
    number: int
    cells: list[str]

    def refuse(self, text: str) -> str:
        return f"第 {self.number} 行：{text}"


def read(content: bytes) -> Table:
    """The table in a file. Raises TableError with all that is wrong, not only the first."""
    lines = _lines(content)
    problems: list[str] = []
    year, document = _heading(lines, problems)
    days: dict[date, bool] = {}
    names: dict[date, str] = {}
    for line in lines[3:]:
        try:
            found = list(_period(line, year))
        except ValueError as error:
            problems.append(line.refuse(str(error)))
            continue
        for day, works in found:
            if day in days:
                problems.append(line.refuse(f"{day} 已在前面的行里出现，一天只能写一次"))
            days[day], names[day] = works, line.cells[3]
    if not problems:
        problems += _missing(year, days)
    if problems:
        raise TableError(problems)
    return Table(year, document, days, names)


def write(table: Table) -> bytes:
    """The table as a file again, one line a day."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerows([("年份", table.year), ("依据", table.document), HEADINGS])
    words = {works: word for word, works in WORDS.items()}
    for day in sorted(table.days):
        rows.writerow((day.isoformat(), "", words[table.days[day]], table.names[day]))
    return out.getvalue().encode("utf-8")


def _lines(content: bytes) -> list[_Line]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")  # as Excel saves it in China
    rows = csv.reader(io.StringIO(text))
    return [
        _Line(rows.line_num, [*(cell.strip() for cell in row), "", "", "", ""][: max(4, len(row))])
        for row in rows
        if any(cell.strip() for cell in row)
    ]


def _heading(lines: list[_Line], problems: list[str]) -> tuple[int, str]:
    """Year and notice from the first two lines, and that the third names the columns."""
    cells = [line.cells for line in lines[:3]]
    if len(cells) < 3 or [cells[0][0], cells[1][0], tuple(cells[2][:4])] != [
        "年份",
        "依据",
        HEADINGS,
    ]:
        raise TableError([f"文件开头三行应依次为年份、依据、列名，例如：\n{EXAMPLE}"])
    year, document = cells[0][1], cells[1][1]
    if not re.fullmatch(r"20\d\d", year):
        raise TableError([lines[0].refuse(f"年份“{year}”不对，请写四位数字，例如 2027")])
    if not document:
        problems.append(lines[1].refuse("请写明依据的通知名称和文号"))
    return int(year), document


def _period(line: _Line, year: int) -> Iterator[tuple[date, bool]]:
    """The days of one line. Raises ValueError saying what is wrong with it and how to mend it."""
    start_text, end_text, word, _ = line.cells[:4]
    if word not in WORDS:
        raise ValueError(f"“安排”一列写的是“{word}”，请写“放假”或“上班”")
    start = _day(start_text)
    end = _day(end_text) if end_text else start
    if end < start:
        raise ValueError(f"结束日期 {end} 早于开始日期 {start}，请对调")
    if start < date(year - 1, 12, 1) or end > date(year, 12, 31):
        raise ValueError(f"日期不在{year}年内（可以含上年12月），请核对年份")
    for n in range((end - start).days + 1):
        day = start + timedelta(days=n)
        if word == "上班" and day.weekday() < 5:
            raise ValueError(f"{day} 是周{'一二三四五'[day.weekday()]}，本来就上班，请核对日期")
        yield day, WORDS[word]


def _day(text: str) -> date:
    found = DAY.fullmatch(text)
    if not found:
        raise ValueError(f"日期“{text}”认不出，请写成 2027-01-01 的样子")
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        raise ValueError(f"没有{text}这一天，请核对") from None


def _missing(year: int, days: dict[date, bool]) -> Iterable[str]:
    lacking = [d for d in (date(year, m, n) for m, n in ALWAYS_FREE) if days.get(d) is not False]
    if lacking:
        listed = "、".join(f"{day.month}月{day.day}日" for day in lacking)
        yield f"表中没有把{listed}列为放假，表不完整，请对照通知补全"
