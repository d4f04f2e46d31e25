"""What calamine does not tell about a sheet's XML: cells beyond the limits, formulas, error values,
and numbers that are shown as dates or percentages. Only the standard library: runs in the child.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from registry.workbook.guard import COLUMNS, ROWS, Refusal, too_long, too_wide

_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
#: Formats of Chinese and other eastern dates, which have numbers and no text in the file.
_EASTERN = frozenset(range(27, 37)) | frozenset(range(50, 59))
_FORMULA = 32_000
#: The property of a document by which our own templates are known.
TEMPLATE = "template-version"


@dataclass
class Marks:
    """Cells by row and column, from 1, that need more than their stored value."""

    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    blank_text: set[tuple[int, int]] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    dates: set[tuple[int, int]] = field(default_factory=set)
    percents: set[tuple[int, int]] = field(default_factory=set)


@dataclass
class Book:
    """What is known of the whole file: marks by the sheet's name, the version of our template, the
    year from which numbers count days.
    """

    sheets: dict[str, Marks] = field(default_factory=dict)
    template: str = ""
    epoch: int = 1900


def book_of(parts: dict[str, bytes]) -> Book:
    book, by_id, targets = Book(), {}, {}
    folded = {name.lower(): content for name, content in parts.items()}

    def workbook(name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "sheet":
            key = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            by_id[key] = attributes.get("name", "")
        elif tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            book.epoch = 1904

    def relation(name: str, attributes: dict[str, str]) -> None:
        target = attributes.get("Target", "").lower()
        targets[attributes.get("Id", "")] = target[1:] if target.startswith("/") else f"xl/{target}"

    _parse(folded.get("xl/workbook.xml", b""), workbook)
    _parse(folded.get("xl/_rels/workbook.xml.rels", b""), relation)
    book.template = _template_of(folded.get("docprops/custom.xml", b""))
    names = {targets[key]: name for key, name in by_id.items() if key in targets}
    dates, percents = _styles_of(folded.get("xl/styles.xml", b""))
    for part, content in folded.items():
        if ("/worksheets/" in part or part in names) and part.endswith(".xml"):
            book.sheets[names.get(part, part)] = marks_of(content, dates, percents)
    return book


def _template_of(content: bytes) -> str:
    """Our own property of the document; see templates."""
    found = re.search(
        rb"""name=["']%b["'][^>]*>\s*<(?:\w+:)?lpwstr>([^<]{1,60})<""" % TEMPLATE.encode(), content
    )
    return found[1].decode("utf-8", "replace") if found else ""


def _styles_of(content: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """The numbers of the cell styles that show eastern dates, and of those that show per cent."""
    percents = {9, 10}
    order: list[int] = []
    inside = False

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        tag = name.rpartition(":")[2]
        if tag == "numFmt" and "%" in attributes.get("formatCode", ""):
            percents.add(int(attributes.get("numFmtId", "0")))
        elif tag == "cellXfs":
            inside = True
        elif tag == "cellStyles":
            inside = False
        elif tag == "xf" and inside:
            order.append(int(attributes.get("numFmtId", "0")))

    _parse(content, begin)
    return (
        frozenset(str(i) for i, number in enumerate(order) if number in _EASTERN),
        frozenset(str(i) for i, number in enumerate(order) if number in percents),
    )


def marks_of(content: bytes, dates: frozenset[str], percents: frozenset[str]) -> Marks:
    """Go through one sheet once."""
    reader = _Sheet(dates, percents)
    _parse(content, reader.begin, reader)
    return reader.marks


def _parse(content: bytes, begin: Any, reader: _Sheet | None = None) -> None:
    if not content:
        return
    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    if reader is not None:
        reader.parser = parser
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError):
        raise Refusal(
            "文件已损坏或不完整，无法读取。请用 Excel 或 WPS 打开并重新保存后再上传"
        ) from None


class _Sheet:
    """Handlers for one sheet. End and text are listened to only inside a formula or an error, which
    keeps the ordinary cell cheap.
    """

    def __init__(self, dates: frozenset[str], percents: frozenset[str]) -> None:
        self.marks = Marks()
        self.parser: Any = None
        self.dates, self.percents = dates, percents
        self.row = self.column = 0
        self.type = self.style = ""
        self.text: list[str] = []
        self.shared: dict[str, str] = {}
        self.index = ""
        self.columns: dict[str, int] = {}

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "c":
            self._cell(attributes)
        elif tag == "v" or tag == "is":
            self._filled()
            if tag == "v" and self.type == "e":
                self._listen(self._error_ends)
        elif tag == "row":
            self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
            self.column = 0
        elif tag == "f":
            self._filled()
            self.index = attributes.get("si", "") if attributes.get("t") == "shared" else ""
            self._listen(self._formula_ends)

    def _cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self.column += 1
        elif found := _REFERENCE.fullmatch(reference):
            column = self.columns.get(found[1])
            if column is None:
                column = 0
                for letter in found[1]:
                    column = column * 26 + ord(letter) - 64
                self.columns[found[1]] = column
            self.column, self.row = column, int(found[2])
        else:
            raise ValueError(reference)
        self.type, self.style = attributes.get("t", ""), attributes.get("s", "")

    def _filled(self) -> None:
        if self.row > ROWS:
            raise Refusal(too_long(self.row))
        if self.column > COLUMNS:
            raise Refusal(too_wide(self.column))
        if self.type in ("", "n") and self.style:
            if self.style in self.dates:
                self.marks.dates.add((self.row, self.column))
            elif self.style in self.percents:
                self.marks.percents.add((self.row, self.column))

    def _listen(self, ends: Any) -> None:
        self.text = []
        self.parser.CharacterDataHandler = self.text.append
        self.parser.EndElementHandler = ends

    def _quiet(self) -> str:
        self.parser.CharacterDataHandler = self.parser.EndElementHandler = None
        return "".join(self.text)[:_FORMULA]

    def _formula_ends(self, name: str) -> None:
        text = self._quiet()
        if self.index:
            text = self.shared.setdefault(self.index, text)
        at = (self.row, self.column)
        self.marks.formulas[at] = f"={text}"
        if self.type == "str":
            self.marks.blank_text.add(at)

    def _error_ends(self, name: str) -> None:
        self.marks.errors[(self.row, self.column)] = self._quiet()
