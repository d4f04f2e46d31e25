"""Finding the table in a grid: its sheet, its header, which column is which field, and which rows
below are the list's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from registry.models import Authority
from registry.workbook import rows
from registry.workbook.captions import Vocabulary, is_own, is_serial, normal
from registry.workbook.codelists import Codes
from registry.workbook.reading import GUIDE
from registry.workbook.shapes import Field, Grid, Kind, Sheet, Table, Unsure, letters
from registry.workbook.tidying import Tidier, looks_like_code

#: How far below the top a header may begin, and of how many rows it may be.
_DEPTH, _TALL = 40, 3


@dataclass
class _Column:
    """A column under a header: its own caption and the ones that span it."""

    number: int
    texts: tuple[str, ...]

    @property
    def caption(self) -> str:
        return "/".join(self.texts)

    @property
    def placed(self) -> str:
        """The caption with its column, where two bear the same."""
        return f"{self.caption}（{letters(self.number)} 列）"

    def answer(self, words: Vocabulary) -> str | None:
        """What somebody said it is; empty for no field."""
        placed = words.remembered.get(normal(self.placed).full)
        return words.remembered.get(normal(self.caption).full) if placed is None else placed


@dataclass
class _Header:
    """A possible header and what its columns would mean."""

    sheet: Sheet
    top: int
    height: int
    columns: list[_Column]
    mapping: dict[str, int] = field(default_factory=dict)
    doubled: dict[str, list[_Column]] = field(default_factory=dict)
    weight: int = 0

    @property
    def last(self) -> int:
        return self.top + self.height - 1

    @property
    def rank(self) -> tuple[int, int, int]:
        return (len(self.mapping) + len(self.doubled), self.weight, -self.height)


def lay_out(
    grid: Grid,
    fields: Sequence[Field],
    remembered: Mapping[str, str] | None = None,
    place: Authority | None = None,
    codes: Codes | None = None,
) -> Table:
    """The table of a grid, every cell tidied. ``remembered`` are answers given before: field by
    caption, empty for a column that is none. ValidationError when no header can be found.
    """
    words = Vocabulary(fields, remembered or {})
    header, remarks = _choose(grid, words)
    tidier = Tidier(codes or Codes(place), grid.epoch)
    unsure = _unsure(header, words)
    asked = {one.column for one in unsure}
    used = set(header.mapping.values()) | asked
    body = rows.read(header.sheet, header.last, header.mapping, _serials(header, used))
    return Table(
        sheet=header.sheet.name,
        header_row=header.last,
        first_row=body.first,
        mapping=header.mapping,
        captions={column.number: column.caption for column in header.columns},
        rows=[tidier.row(found, header.mapping, words.fields) for found in body.found],
        unsure=unsure,
        missing=tuple(f for f in fields if f.required and f.key not in header.mapping),
        ignored=tuple(
            column.caption
            for column in header.columns
            if column.number not in used and not _passed_over(column)
        ),
        skipped=tuple(body.skipped),
        remarks=tuple(remarks),
    )


def _passed_over(column: _Column) -> bool:
    return is_serial(column.texts[-1]) or is_own(column.texts[-1])


def _serials(header: _Header, used: set[int]) -> set[int]:
    return {c.number for c in header.columns if c.number not in used and _passed_over(c)}


def _choose(grid: Grid, words: Vocabulary) -> tuple[_Header, list[str]]:
    filled = [sheet for sheet in grid.sheets if any(any(row) for row in sheet.rows)]
    sheets = [sheet for sheet in filled if sheet.visible] or filled
    if grid.template:
        sheets = [sheet for sheet in sheets if sheet.name != GUIDE] or sheets
    best = [(header, sheet) for sheet in sheets if (header := _header_of(sheet, words))]
    if not best:
        wanted = "、".join(f"“{f.caption}”" for f in words.fields.values() if f.required)
        raise ValidationError(
            f"没有找到表头。名单上方应有一行列名，至少写明{wanted or '各列的名称'}；可下载模板对照",
            code="workbook",
        )
    header, chosen = max(best, key=lambda one: (one[0].rank[:2], -sheets.index(one[1])))
    remarks = []
    if len(sheets) > 1:
        remarks.append(f"文件有 {len(sheets)} 个工作表，读取的是“{chosen.name}”")
    for other, sheet in best:
        if sheet is not chosen and set(other.mapping) >= set(header.mapping):
            remarks.append(
                f"工作表“{sheet.name}”有同样的表头，没有读取。如需导入，请另存为单独的文件"
            )
    return header, remarks


def _header_of(sheet: Sheet, words: Vocabulary) -> _Header | None:
    """The likeliest header of a sheet: one column named outright and another that comes near."""
    spans = _spans(sheet)
    best: _Header | None = None
    near_top = range(1, min(len(sheet.rows), _DEPTH) + 1)
    named = {row for row in near_top if _names_something(sheet.rows[row - 1], words)}
    for top in near_top:
        for height in range(1, _TALL + 1):
            if named.isdisjoint(range(top, top + height)):
                continue
            header = _Header(sheet, top, height, list(_columns(sheet, top, height, spans)))
            _name(header, words)
            if best is None or header.rank > best.rank:
                best = header
    if best is None:
        return None
    sure = best.rank[0]
    near = sum(
        bool(words.likely(normal(column.texts[-1]))) or _holds_codes(best, column)
        for column in best.columns
        if column.number not in best.mapping.values()
    )
    return best if sure and sure + near >= min(2, len(words.fields)) else None


def _names_something(values: Sequence[Any], words: Vocabulary) -> bool:
    texts = (normal(value) for value in values if isinstance(value, str) and len(value) < 60)
    return any(words.sure(text)[0] or text.full in words.remembered for text in texts)


def _spans(sheet: Sheet) -> dict[tuple[int, int], tuple[int, int]]:
    """For every cell of a merged area near the top, the cell that holds its value."""
    return {
        (row, column): (area.top, area.left)
        for area in sheet.merged
        if area.top <= _DEPTH + _TALL
        for row in range(area.top, min(area.bottom, _DEPTH + _TALL) + 1)
        for column in range(area.left, min(area.right, 200) + 1)
    }


def _columns(
    sheet: Sheet, top: int, height: int, spans: dict[tuple[int, int], tuple[int, int]]
) -> Iterator[_Column]:
    last = top + height - 1
    if last > len(sheet.rows):
        return
    width = max(len(sheet.rows[row - 1]) for row in range(top, last + 1))
    width = max([width, *(column for row, column in spans if top <= row <= last)])
    above = [""] * height
    for column in range(1, width + 1):
        texts: list[str] = []
        for step in range(height):
            row = top + step
            value = sheet.value(*spans.get((row, column), (row, column)))
            text = value.strip() if isinstance(value, str) else "" if value is None else str(value)
            # In a text file a spanning caption stands only over the first of its columns.
            if not text and step < height - 1 and not sheet.merged and sheet.value(last, column):
                text = above[step]
            above[step] = text
            if text and text not in texts:
                texts.append(text)
        if texts:
            yield _Column(column, tuple(texts))


def _name(header: _Header, words: Vocabulary) -> None:
    """Decide which columns are which fields; two that claim the same field as well are doubled."""
    claims: dict[str, list[tuple[int, _Column]]] = {}
    for column in header.columns:
        known = column.answer(words)
        if known is not None:
            if known in words.fields:
                claims.setdefault(known, []).append((9, column))
            continue
        found, weight = _named(column, words)
        if len(found) == 1:
            claims.setdefault(next(iter(found)), []).append((weight, column))
    for key, claim in claims.items():
        strongest = max(weight for weight, _ in claim)
        best = [column for weight, column in claim if weight == strongest]
        if len(best) == 1:
            header.mapping[key] = best[0].number
            header.weight += strongest
        else:
            header.doubled[key] = best


def _named(column: _Column, words: Vocabulary) -> tuple[set[str], int]:
    """By its own caption together with those above it, else by its own alone."""
    if is_own(column.texts[-1]):
        return set(), 0
    own = normal(column.texts[-1])
    for above in reversed(column.texts[:-1]):
        found, weight = words.sure(normal(above + column.texts[-1]))
        if found:
            return found, weight + 1
    return words.sure(own)


def _unsure(header: _Header, words: Vocabulary) -> tuple[Unsure, ...]:
    """Columns somebody has to be asked about."""
    asked = []
    open_keys = set(words.fields) - set(header.mapping)
    doubled = {c.number: key for key, columns in header.doubled.items() for c in columns}
    for column in header.columns:
        if column.number in header.mapping.values() or _passed_over(column):
            continue
        if column.answer(words) is not None:
            continue
        if column.number in doubled:
            asked.append(Unsure(column.number, column.placed, (doubled[column.number],)))
        elif candidates := _candidates(header, column, words, open_keys):
            asked.append(Unsure(column.number, column.caption, tuple(candidates)))
    return tuple(asked)


def _candidates(
    header: _Header, column: _Column, words: Vocabulary, open_keys: set[str]
) -> list[str]:
    named, _ = _named(column, words)
    near = words.likely(normal(column.texts[-1]))
    codes = [key for key in words.fields if words.fields[key].kind == Kind.CODE]
    found = [key for key in words.fields if key in named]
    found += [*near, *(codes if _holds_codes(header, column) else ())]
    return [key for key in dict.fromkeys(found) if key in open_keys]


def _holds_codes(header: _Header, column: _Column) -> bool:
    """A column full of credit codes is one, whatever it is called."""
    below = range(header.last + 1, header.last + 21)
    values = [header.sheet.value(row, column.number) for row in below]
    texts = [value for value in values if value is not None]
    return len(texts) > 1 and sum(looks_like_code(value) for value in texts) * 2 >= len(texts)
