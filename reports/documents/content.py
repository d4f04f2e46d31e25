"""What a document says, apart from how it is printed. Writers and checks know nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from registry import digests

Cell = str | int
_NUMERALS = "一二三四五六七八九"


def words(value: object) -> str:
    """A value as it is printed: nothing for None, and without signs that no paper can show."""
    text = "" if value is None else str(value)
    return "".join(
        sign for sign in text.replace("\r\n", "\n") if sign == "\n" or _is_printable(sign)
    ).strip()


def _is_printable(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cs", "Cn"} and sign not in "\ufffe\uffff"


def in_words(day: date) -> str:
    """2026年3月2日."""
    return f"{day.year}年{day.month}月{day.day}日"


def numeral(number: int) -> str:
    """一 to 九十九, for headings."""
    tens, ones = divmod(number, 10)
    head = ("" if tens < 2 else _NUMERALS[tens - 1]) + ("十" if tens else "")
    return head + (_NUMERALS[ones - 1] if ones else "")


def sentence(text: str) -> str:
    """What somebody typed, closed with a stop where he left it out."""
    kept = words(text)
    return kept if not kept or kept[-1] in "。！？；…”）" else f"{kept}。"


@dataclass(frozen=True)
class Heading:
    """一、 of level 1, （一） of level 2; the number is part of the text."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Text:
    """One paragraph of the body; ``flush`` begins at the margin."""

    text: str
    flush: bool = False


@dataclass(frozen=True)
class Column:
    """``width`` is a share of the table's; ``centred`` is for what is short and alike."""

    title: str
    width: int
    centred: bool = False


@dataclass(frozen=True)
class Table:
    """``name`` says on a worksheet's tab, and in a refusal, which table it is."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        rows = tuple(
            tuple(cell if isinstance(cell, int) else words(cell) for cell in row)
            for row in self.rows
        )
        if any(len(row) != len(self.columns) for row in rows):
            raise ValueError(f"{self.name}: a row has more or fewer cells than there are columns")
        object.__setattr__(self, "rows", rows)


Block = Heading | Text | Table


@dataclass(frozen=True)
class Annex:
    """What begins on a page of its own behind the letter: mostly one wide table."""

    title: str
    blocks: tuple[Block, ...]
    wide: bool = True


@dataclass(frozen=True)
class Document:
    """One document, complete. ``contacts`` are an office's own telephone and addresses, the only
    ones that a ``public`` document may carry. ``digest`` is that of the frozen list it prints; a
    document that prints none is digested itself. ``stamps`` say what it is not: valid, real.
    """

    title: str
    signed_by: str
    dated: date | None
    number: str = ""
    addressee: str = ""
    blocks: tuple[Block, ...] = ()
    contacts: tuple[tuple[str, str], ...] = ()
    annexes: tuple[Annex, ...] = ()
    frozen_digest: str = ""
    digest_of: str = "名单"
    remarks: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    public: bool = False
    #: Lists go into a workbook too.
    is_list: bool = False
    #: The page it belongs to, where a refusal leads back.
    page: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name in ("title", "signed_by", "number", "addressee"):
            object.__setattr__(self, name, " ".join(words(getattr(self, name)).split()))
        kept = tuple((label, words(text)) for label, text in self.contacts)
        object.__setattr__(self, "contacts", tuple(pair for pair in kept if pair[1]))

    @property
    def digest(self) -> str:
        return self.frozen_digest or digests.of(self.plain())

    @property
    def digest_line(self) -> str:
        of = self.digest_of if self.frozen_digest else "内容"
        return f"{of}摘要（SHA-256）：{self.digest}"

    @property
    def day(self) -> str:
        return in_words(self.dated) if self.dated else ""

    @property
    def enclosures(self) -> tuple[str, ...]:
        """附件说明, a line each."""
        if len(self.annexes) == 1:
            return (f"附件：{self.annexes[0].title}",)
        return tuple(
            f"{'附件：' if number == 1 else '　　　'}{number}. {annex.title}"
            for number, annex in enumerate(self.annexes, start=1)
        )

    def mark_of(self, annex: Annex) -> str:
        """附件, or 附件2 where there are several."""
        return "附件" + (str(self.annexes.index(annex) + 1) if len(self.annexes) > 1 else "")

    @property
    def tables(self) -> list[Table]:
        """Every table, in order."""
        blocks = [*self.blocks, *(block for annex in self.annexes for block in annex.blocks)]
        return [block for block in blocks if isinstance(block, Table)]

    @property
    def file_stem(self) -> str:
        """An honest name for the file: what it is and of which day."""
        kept = "".join("_" if sign in '\\/:*?"<>|\n' else sign for sign in self.title)[:80]
        return f"{kept}_{self.dated:%Y%m%d}" if self.dated else kept

    def plain(self) -> dict[str, Any]:
        """The whole as plain data, for its digest and for the writer of PDF."""
        return {
            "title": title_lines(self.title),
            "number": self.number,
            "addressee": self.addressee,
            "blocks": [_plain(one) for one in self.blocks],
            "contacts": [list(pair) for pair in self.contacts],
            "annexes": [
                {
                    "mark": self.mark_of(annex),
                    "title": title_lines(annex.title),
                    "wide": annex.wide,
                    "blocks": [_plain(one) for one in annex.blocks],
                }
                for annex in self.annexes
            ],
            "enclosures": list(self.enclosures),
            "signed_by": self.signed_by,
            "day": self.day,
            "remarks": list(self.remarks),
        }

    def stamped(self, *stamps: str) -> Document:
        return replace(self, stamps=(*stamps, *self.stamps))

    def strings(self) -> Iterator[tuple[str, str]]:
        """Every text with where it stands, in words that lead a reader to it."""
        yield from (("页首说明", text) for text in self.stamps)
        yield from (("文号", self.number), ("标题", self.title), ("主送机关", self.addressee))
        yield from _of_blocks(self.blocks, "正文")
        yield "署名", self.signed_by
        for annex in self.annexes:
            mark = self.mark_of(annex)
            yield f"{mark}标题", annex.title
            yield from _of_blocks(annex.blocks, mark)
        yield from (("文末说明", text) for text in self.remarks)


def _plain(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"is": "heading", "text": words(block.text), "level": block.level}
    if isinstance(block, Text):
        return {"is": "text", "text": words(block.text), "flush": block.flush}
    return {
        "is": "table",
        "name": block.name,
        "columns": [[one.title, one.width, one.centred] for one in block.columns],
        "rows": [[str(cell) for cell in row] for row in block.rows],
    }


def _of_blocks(blocks: tuple[Block, ...], where: str) -> Iterator[tuple[str, str]]:
    paragraph = 0
    for block in blocks:
        if isinstance(block, Table):
            for number, row in enumerate(block.rows, start=1):
                for column, cell in zip(block.columns, row, strict=True):
                    yield f"{block.name}第{number}行“{column.title}”", str(cell)
        else:
            paragraph += 1
            yield f"{where}第{paragraph}段", words(block.text)


def signature_indents(signed_by: str, day: str) -> tuple[float, float]:
    """How far the name and the day under it stand from the right margin, in characters: the day
    four, the name centred over it; a long name moves both.
    """
    name, date_ = width(signed_by), width(day)
    own = 4 + (date_ - name) / 2
    return (own, 4.0) if own >= 0 else (0.0, (name - date_) / 2)


def width(text: str) -> float:
    """In characters of a Chinese face; Latin letters and digits take half of one."""
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WFA" else 0.5 for sign in text)


#: How many characters of a title fit on one line.
TITLE_WIDTH = 19
#: After these a title may be broken; the further left, the better.
_BREAKS = ("）", "》", "关于", "的", "年", "级", "厅", "局")


def title_lines(title: str) -> list[str]:
    """A title on as few lines as hold it, about equally long, broken where its words allow."""
    count = -int(-width(title) // TITLE_WIDTH)
    if count < 2:
        return [title]
    wanted = width(title) / count
    places = [
        place
        for place in range(1, len(title))
        if width(title[:place]) <= TITLE_WIDTH
        and width(title[place:]) <= TITLE_WIDTH * (count - 1)
        and title[place] not in "）》、，：”"
    ]
    place = min(places, key=lambda one: abs(width(title[:one]) - wanted) + _badness(title[:one]))
    return [title[:place], *title_lines(title[place:])]


def _badness(before: str) -> float:
    """How unfit a place is to break at, against being off the middle by as many characters."""
    found = [rank for rank, end in enumerate(_BREAKS) if before.endswith(end)]
    return found[0] / 2 if found else 6.0
