"""Empty workbooks to fill in: headings locked, lists to choose from, codes kept as text, and a
sheet that says how.

The version stands in a property of the document and on the sheet of instructions, by which reading
knows its own template again.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import xlsxwriter

from registry.models import Authority
from registry.workbook.codelists import Industries, Places
from registry.workbook.looks import breadth
from registry.workbook.marking import TEXT_STAYS_TEXT
from registry.workbook.reading import GUIDE, VERSION
from registry.workbook.scan import TEMPLATE
from registry.workbook.shapes import Field, Kind, letters

#: Title, how to fill in, header; the rows to fill in follow.
HEADER_ROW = 3
_ROWS = 2000
_LISTS = "选项"
_AS_TEXT = {Kind.CODE, Kind.PHONE, Kind.NAME, Kind.TEXT, Kind.EMAIL}
_FORMATS = {Kind.DATE: "yyyy-mm-dd", Kind.WHOLE: "0", Kind.YEAR: "0", Kind.NUMBER: "General"}
_HOW = {
    Kind.NAME: "与营业执照一致的全称",
    Kind.CODE: "营业执照上的 18 位代码，按文本填写",
    Kind.PHONE: "手机号，或带区号的固定电话，如 0311-87654321",
    Kind.EMAIL: "如 name@example.cn",
    Kind.DATE: "年月日写全，如 2026-03-05",
    Kind.YEAR: "四位数字，如 2026",
    Kind.WHOLE: "整数，不带单位",
    Kind.NUMBER: "数字，不带单位",
    Kind.PERCENT: "百分数，如 12.5%",
    Kind.LEVEL: "一级至五级",
    Kind.PLACE: "地名全称",
    Kind.COUNTY: "县（市、区）全称",
    Kind.INDUSTRY: "国民经济行业大类的代码和名称，如 C33 金属制品业",
    Kind.CHOICE: "从列表中选一项",
    Kind.CHOICES: "可选多项，用顿号隔开",
    Kind.YESNO: "是或否",
}


def template(
    title: str,
    fields: Sequence[Field],
    version: str,
    place: Authority | None = None,
    notes: Sequence[str] = (),
) -> bytes:
    """A template for one kind of list, with the places of the authority that will send it."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **TEXT_STAYS_TEXT}) as book:
        book.set_custom_property(TEMPLATE, version, "text")
        _Template(book, title, fields, place).write(version, notes)
    return out.getvalue()


class _Template:
    def __init__(
        self,
        book: xlsxwriter.Workbook,
        title: str,
        fields: Sequence[Field],
        place: Authority | None,
    ) -> None:
        self.book, self.title, self.fields = book, title, fields
        self.offered = {field.key: _offered(field, place) for field in fields}
        self.page = book.add_worksheet("填报表")
        self.guide = book.add_worksheet(GUIDE)
        self.lists = book.add_worksheet(_LISTS)

    def write(self, version: str, notes: Sequence[str]) -> None:
        self._headings()
        self._columns()
        self._protect()
        self._explain(version, notes)
        self.lists.hide()
        self.page.activate()

    def _headings(self) -> None:
        add = self.book.add_format
        title = add({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        hint = add({"font_color": "#595959"})
        head = {
            "bold": True,
            "border": 1,
            "align": "center",
            "valign": "vcenter",
            "text_wrap": True,
        }
        required = add({**head, "bg_color": "#DDEBF7", "font_color": "#C00000"})
        optional = add({**head, "bg_color": "#DDEBF7"})
        last = len(self.fields)
        self.page.merge_range(0, 0, 0, last, self.title, title)
        self.page.write_string(1, 0, f"红色列必填；列名请勿改动。怎样填写见“{GUIDE}”工作表。", hint)
        self.page.write_string(HEADER_ROW - 1, 0, "序号", optional)
        for column, field in enumerate(self.fields, start=1):
            look = required if field.required else optional
            self.page.write_string(HEADER_ROW - 1, column, field.caption, look)
        self.page.set_row(0, 30)
        self.page.set_row(HEADER_ROW - 1, 32)
        self.page.freeze_panes(HEADER_ROW, 2)

    def _columns(self) -> None:
        open_cell = self.book.add_format({"locked": False})
        self.page.set_column(0, 16_383, None, open_cell)
        self.page.set_column(0, 0, 6, open_cell)
        for column, field in enumerate(self.fields, start=1):
            number = "@" if field.kind in _AS_TEXT else _FORMATS.get(field.kind, "General")
            look = self.book.add_format({"locked": False, "num_format": number})
            width = max(12, min(breadth(field.caption) + 4, 30), _WIDTHS.get(field.kind, 0))
            self.page.set_column(column, column, width, look)
            self._choose(column, field)

    def _choose(self, column: int, field: Field) -> None:
        area = (HEADER_ROW, column, HEADER_ROW + _ROWS - 1, column)
        offered = self.offered[field.key]
        if offered:
            self.lists.write_column(0, column, offered)
            source = f"={_LISTS}!${letters(column + 1)}$1:${letters(column + 1)}${len(offered)}"
            # Several choices in one cell are no entry of the list, so it only proposes.
            strict = field.kind in (Kind.CHOICE, Kind.LEVEL, Kind.YESNO, Kind.COUNTY)
            rule: dict[str, Any] = {"validate": "list", "source": source, "show_error": strict}
        elif field.kind == Kind.CODE:
            rule = {"validate": "length", "criteria": "==", "value": 18, "show_error": True}
        else:
            return
        rule |= {"ignore_blank": True, "error_title": "请核对", "error_message": _how(field)[:255]}
        self.page.data_validation(*area, rule)

    def _protect(self) -> None:
        allowed = ("format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows",
                   "sort", "autofilter", "insert_hyperlinks")  # fmt: skip
        self.page.protect("", dict.fromkeys(allowed, True))

    def _explain(self, version: str, notes: Sequence[str]) -> None:
        bold = self.book.add_format({"bold": True, "bottom": 1})
        wrap = self.book.add_format({"text_wrap": True, "valign": "top"})
        self.guide.set_column(0, 0, 28)
        self.guide.set_column(1, 1, 10)
        self.guide.set_column(2, 2, 70)
        for column, text in enumerate(("列名", "是否必填", "怎样填写")):
            self.guide.write_string(0, column, text, bold)
        row = 1
        for field in self.fields:
            texts = (field.caption, "必填" if field.required else "选填", _how(field))
            for column, text in enumerate(texts):
                self.guide.write_string(row, column, text, wrap)
            row += 1
        closing = [
            *notes,
            "每行一条；中间的空行、表下的说明和签署不会当作名单读取。",
            VERSION + version,
        ]
        for text in closing:
            row += 1
            self.guide.merge_range(row, 0, row, 2, text, wrap)
        self.guide.protect("")


_WIDTHS = {Kind.CODE: 24, Kind.NAME: 32, Kind.INDUSTRY: 30, Kind.PHONE: 16, Kind.COUNTY: 16}


def _how(field: Field) -> str:
    how = field.hint or _HOW.get(field.kind, "")
    parts = [how] if how else []
    if field.choices:
        parts.append(f"可填：{'、'.join(field.choices.values())}")
    if field.unit:
        parts.append(f"单位：{field.unit}")
    return "；".join(parts)


def _offered(field: Field, place: Authority | None) -> list[str]:
    """What can be chosen in a column."""
    if field.choices:
        return list(field.choices.values())
    if field.kind == Kind.LEVEL:
        return ["一级", "二级", "三级", "四级", "五级"]
    if field.kind == Kind.YESNO:
        return ["是", "否"]
    if field.kind == Kind.COUNTY:
        return Places(place).counties()
    if field.kind == Kind.INDUSTRY:
        return Industries().divisions()
    return []
