"""Which rows below a header are the list's: not blanks, totals, headings, notes or signatures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.workbook.captions import normal
from registry.workbook.shapes import Sheet, Skipped
from registry.workbook.tidying import looks_like_code

_TOTAL = re.compile(r"^(本页|累计|总)?(合计|总计|小计|共计|累计)(数|\d|[:（(家户个项]|$)")
_LABEL = re.compile(
    r"^[（(]?(注|备注|说明|填表说明|填报说明|填写说明|编制说明|注意事项|附注|附|备查|"
    r"(填表|填报|制表|审核|复核|审批|负责|经办|联系|报送|统计|主管|编制|签发|校对|分管)"
    r"(人员|人|单位|部门|领导|日期|时间|电话|科室)?"
    r"(签字|签名|签章|盖章)?|单位负责人|(单位)?主要负责人|部门负责人|科室负责人|分管领导|主管领导|"
    r"联系方式|电话|手机|传真|邮箱|单位|单位名称|日期|时间|盖章|签字|签章|公章|主送|抄送)"
    r"[）)]?\d?[（(]?[^:：]{0,8}[）)]?[:：]"
)
_SEALED = re.compile(r"[（(](加?盖?公?章|盖章|签章|签字|加盖公章|公章)[）)]|^年月日$")
_SECTION = re.compile(r"^[（(]?[一二三四五六七八九十]{1,3}[）)]?[、.]")
_EXAMPLE = re.compile(r"^(示?例|样例|填写?示例|举例|范例)(\d*|[:：].*)$")
_ORDINAL = re.compile(r"^[\d甲乙丙丁戊己庚辛壬癸A-Z()（）]{1,4}$|^栏次$")
_LONG = 40


@dataclass
class Found:
    """A row of the list: its number and its values by column, merged areas filled down."""

    number: int
    values: dict[int, Any]
    carried: dict[int, int] = field(default_factory=dict)
    formulas: set[int] = field(default_factory=set)


@dataclass
class Body:
    first: int
    found: list[Found] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def read(sheet: Sheet, header: int, mapping: Mapping[str, int], passed_over: set[int]) -> Body:
    """Every row below the header, sorted into the list's and the rest."""
    body = Body(header + 1)
    reader = _Reader(sheet, header, set(mapping.values()), passed_over)
    for number in range(header + 1, len(sheet.rows) + 1):
        found = reader.row(number)
        if found is None:
            continue
        reason = reader.reason(found)
        if reason:
            body.skipped.append(Skipped(number, reason))
        else:
            body.found.append(found)
    _trim(body, reader)
    return body


def _trim(body: Body, reader: _Reader) -> None:
    """Below the last row that says more than a remark, a row apart from the others is no row."""
    blank_before = {row.number: row.number - 1 in reader.blank for row in body.found}
    ended = {skipped.number for skipped in body.skipped if skipped.reason == NOTE}
    while body.found:
        last = body.found[-1]
        apart = blank_before[last.number] or last.number - 1 in ended
        if reader.stands(last) or not apart:
            return
        body.found.pop()
        body.skipped.append(Skipped(last.number, NOTE))
        ended.add(last.number)


NOTE = "说明或签署"


class _Reader:
    def __init__(self, sheet: Sheet, header: int, mapped: set[int], passed_over: set[int]) -> None:
        self.sheet, self.header, self.mapped = sheet, header, mapped
        self.passed_over = passed_over
        self.blank: set[int] = set()
        self.captions = {
            column: normal(value).full
            for column in mapped
            if isinstance(value := sheet.value(header, column), str)
        }
        self.down: dict[int, dict[int, int]] = {}
        self.across: dict[int, int] = {}
        for area in sheet.merged:
            if area.top <= header:
                continue
            if area.right > area.left:
                wide = area.right - area.left + 1
                self.across[area.top] = max(self.across.get(area.top, 0), wide)
            for row in range(area.top + 1, min(area.bottom, len(sheet.rows)) + 1):
                self.down.setdefault(row, {})[area.left] = area.top
        self.formulas: dict[int, set[int]] = {}
        for row, column in sheet.formulas:
            self.formulas.setdefault(row, set()).add(column)

    def row(self, number: int) -> Found | None:
        """The values of a row, or None when nothing of the list stands there."""
        values = {
            column: value
            for column, value in enumerate(self.sheet.rows[number - 1], start=1)
            if value is not None and not (isinstance(value, str) and not value.strip())
        }
        if all(self._counts(number, column, value) for column, value in values.items()):
            self.blank.add(number)
            return None
        found = Found(number, values, formulas=self.formulas.get(number, set()))
        for column, top in self.down.get(number, {}).items():
            if column in self.mapped and column not in values:
                values[column] = self.sheet.value(top, column)
                found.carried[column] = top
        return found

    def _counts(self, number: int, column: int, value: Any) -> bool:
        """Whether a cell only numbers its row: an empty form is often numbered in advance."""
        if column not in self.passed_over:
            return False
        return (
            not isinstance(value, str)
            or value.strip().isdigit()
            or (column in self.formulas.get(number, ()))
        )

    def stands(self, found: Found) -> bool:
        """Whether it holds enough to be somebody's row."""
        own = [column for column in found.values if column in self.mapped]
        return len(own) > 2 or any(looks_like_code(found.values[column]) for column in own)

    def reason(self, found: Found) -> str:
        """Why a row is not the list's; empty when it is."""
        own = {c: v for c, v in found.values.items() if c not in found.carried}
        columns = sorted(own)
        texts = [str(own[column]).strip() for column in columns]
        squeezed = ["".join(text.split()) for text in texts]
        if any(looks_like_code(own[column]) for column in columns if column in self.mapped):
            return "示例行" if _EXAMPLE.match(squeezed[0]) else ""
        if any(_TOTAL.match(text) for text in squeezed[:3]):
            return "合计行"
        if _EXAMPLE.match(squeezed[0]):
            return "示例行"
        if self._repeats_header(own):
            return "重复的表头"
        if (
            found.number == self.header + 1
            and len(texts) > 2
            and all(map(_ORDINAL.match, squeezed))
        ):
            return "栏次行"
        return NOTE if self._is_note(found, columns, squeezed) else ""

    def _repeats_header(self, own: dict[int, Any]) -> bool:
        same = [
            isinstance(value, str) and normal(value).full == self.captions.get(column)
            for column, value in own.items()
        ]
        return sum(same) >= 2

    def _is_note(self, found: Found, columns: list[int], squeezed: list[str]) -> bool:
        first, text = columns[0], squeezed[0]
        labels = sum(bool(_LABEL.match(one) or _SEALED.search(one)) for one in squeezed)
        if _LABEL.match(text) or _SEALED.search(text) or labels > 1:
            return True
        if len(columns) > 2:
            return False
        if first in self.passed_over and not text.isdigit() and len(columns) == 1:
            return True
        alone = len(columns) == 1
        if alone and (len(text) > _LONG or re.search(r"[。；：;:]", text) or _SECTION.match(text)):
            return True
        return alone and self.across.get(found.number, 0) > 2
