"""Every cell of a row tidied: its value, what was changed to get it, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from registry import creditcode
from registry.workbook import values
from registry.workbook.codelists import Codes
from registry.workbook.guard import COLUMNS
from registry.workbook.shapes import Cell, Field, Kind, Row, letters
from registry.workbook.values import Wrong

if TYPE_CHECKING:
    from registry.workbook.rows import Found

_EPOCHS = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
_ERROR = re.compile(
    r"^#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)$|^#{3,}$"
)
_NOTHING = re.compile(r"^([-—–－_/／\\]+|[nN]/?[aA])$")
_NONE_SAID = frozenset({"无", "暂无", "空", "没有"})
_NAMED = (Kind.TEXT, Kind.YESNO, Kind.CHOICE, Kind.CHOICES)
_QUOTED = re.compile(r'^="([^"]*)"$')


def looks_like_code(value: Any) -> bool:
    """Whether a cell was meant to be a unified social credit code, right or wrong."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value) >= 1e14
    if not isinstance(value, str) or not 15 <= len(value) <= 40:
        return bool(isinstance(value, str) and re.match(r"^\d\.\d+[eE]\+1\d$", value.strip()))
    tidied = creditcode.tidy(value)
    return 15 <= len(tidied) <= 20 and tidied.isascii() and tidied.isalnum()


class Tidier:
    """Reads the cells of one table; what was read once is not read again."""

    def __init__(self, codes: Codes, epoch: int = 1900) -> None:
        self.places, self.industries = codes.places, codes.industries
        self.epoch = _EPOCHS[epoch]
        self.letters = {column: letters(column) for column in range(1, COLUMNS + 1)}
        self.known: dict[tuple[str, type, Any], tuple[Any, str, str]] = {}

    def row(self, found: Found, mapping: Mapping[str, int], fields: Mapping[str, Field]) -> Row:
        cells = {}
        for key, column in mapping.items():
            value = found.values.get(column)
            field = fields[key]
            if column in found.formulas:
                tidied = self._of_formula(value, field)
            else:
                known = (key, type(value), value)
                tidied = self.known.get(known) or self.known.setdefault(
                    known, self._tidied(value, field)
                )
            cell = Cell(f"{self.letters[column]}{found.number}", values.shown(value), *tidied)
            if column in found.carried and cell.value is not None and not cell.note:
                cell.note = f"取自合并单元格 {self.letters[column]}{found.carried[column]}"
            cells[key] = cell
        return Row(found.number, cells)

    def _of_formula(self, value: Any, field: Field) -> tuple[Any, str, str]:
        if isinstance(value, str) and value.startswith("="):
            if field.kind == Kind.TEXT:
                return value, "公式按文字读取，没有运行", ""
            return (
                None,
                "",
                "单元格是公式，文件里没有保存它的结果。请复制后“选择性粘贴”为“数值”",
            )
        found, note, problem = self._tidied(value, field)
        return found, note or (found is not None and "公式单元格，取保存的结果") or "", problem

    def _tidied(self, value: Any, field: Field) -> tuple[Any, str, str]:
        """Value, note and problem of one cell."""
        raw = values.shown(value)
        if isinstance(value, str):
            value = _unquoted(value)
            if _ERROR.match(value.strip()):
                return None, "", f"单元格是错误值 {value.strip()}，请改为正确的内容"
        blank = self._is_blank(value, field)
        if blank:
            note = f"“{raw}”按未填写读取" if raw.strip() and not field.required else ""
            return None, note, f"没有填写{field.caption}，请补上" if field.required else ""
        try:
            found, written = self._read(value, field)
        except Wrong as wrong:
            return None, "", str(wrong)
        if field.max_length and len(written) > field.max_length:
            return (
                None,
                "",
                f"{field.caption}最多 {field.max_length} 个字，现有 {len(written)} 个，请缩短",
            )
        return found, _noted(value, raw, written, field), ""

    def _is_blank(self, value: Any, field: Field) -> bool:
        if value is None:
            return True
        plain = values.folded(value)
        if not plain or _NOTHING.match(plain):
            return True
        return plain in _NONE_SAID and field.kind not in _NAMED

    def _read(self, value: Any, field: Field) -> tuple[Any, str]:
        if field.kind == Kind.DATE:
            return values.day(value, field, self.epoch)
        if field.kind in (Kind.PLACE, Kind.COUNTY):
            return self.places.read(value, field)
        if field.kind == Kind.INDUSTRY:
            return self.industries.read(value, field)
        return values.READERS[field.kind](value, field)


def _unquoted(value: str) -> str:
    """Without the formula by which text files keep a code from becoming a number."""
    quoted = _QUOTED.match(value.strip())
    return quoted[1] if quoted else value


def _noted(value: Any, raw: str, written: str, field: Field) -> str:
    if written == raw:
        return ""
    if isinstance(value, date) or (
        field.kind in (Kind.NUMBER, Kind.WHOLE) and not isinstance(value, str)
    ):
        return ""
    return f"“{raw}”按“{written}”读取"
