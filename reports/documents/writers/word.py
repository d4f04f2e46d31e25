"""A document in Word: A4 in the manner of GB/T 9704, 22 lines to a page, no printed head.

Faces are named with what stands in for them where a machine lacks them. Table rows are written as
XML at once: cell by cell, a list of thousands would take minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from functools import cache
from html import escape
from io import BytesIO
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from reports.documents.content import (
    Block,
    Document,
    Heading,
    Table,
    Text,
    signature_indents,
    title_lines,
)

BODY, HEAD, SUBHEAD, TITLE, LATIN = (
    "仿宋_GB2312",
    "黑体",
    "楷体_GB2312",
    "方正小标宋简体",
    "Times New Roman",
)
#: What takes the place of a face that a machine does not have.
INSTEAD = {
    BODY: "仿宋,FangSong,华文仿宋,STFangsong,Noto Serif CJK SC",
    HEAD: "SimHei,华文黑体,STHeiti,Noto Sans CJK SC",
    SUBHEAD: "楷体,KaiTi,华文楷体,STKaiti,Noto Serif CJK SC",
    TITLE: "方正小标宋_GBK,小标宋,华文中宋,STZhongsong,Noto Serif CJK SC",
    "宋体": "SimSun,华文宋体,STSong,Noto Serif CJK SC",
}
PITCH, SIZE = Pt(28.95), 16
#: Twips of the text block across, upright and lying.
ACROSS = {False: 8845, True: 12758}
#: Small print does not stand on the 22 lines of the page.
OFF_GRID = ("附注", "TableText", "TableHead", "TableTextWide", "TableHeadWide")
#: What the schema wants behind the element that takes a style off the grid.
AFTER_SNAP = ("w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:outlineLvl", "w:rPr")
CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def write(document: Document) -> bytes:
    made = docx.Document(BytesIO(_sheet()))
    _properties(made, document)
    _letter(made, document)
    for annex in document.annexes:
        section = made.add_section(WD_SECTION.NEW_PAGE)
        _page(section, wide=annex.wide)
        _line(made, document.mark_of(annex), "附件标记")
        _title(made, annex.title)
        _blocks(made, annex.blocks, wide=annex.wide)
    for text in (*document.remarks, document.digest_line):
        _line(made, text, "附注")
    kept = BytesIO()
    made.save(kept)
    return kept.getvalue()


@cache
def _sheet() -> bytes:
    """What every document begins with: its faces, styles, page and page numbers, and no word."""
    made = docx.Document()
    _faces(made)
    _styles(made)
    _page(made.sections[0], wide=False)
    _number_pages(made)
    kept = BytesIO()
    made.save(kept)
    return kept.getvalue()


def _letter(made: Any, document: Document) -> None:
    for stamp in document.stamps:
        _line(made, stamp, "附注")
    if document.number:
        _line(made, document.number, "文号")
    _title(made, document.title)
    if document.addressee:
        _line(made, f"{document.addressee}：", "主送机关")
    _blocks(made, document.blocks, wide=False)
    for label, words in document.contacts:
        _line(made, f"{label}：{words}", "Body Text")
    if document.annexes:
        _line(made, "", "Body Text")
        for enclosure in document.enclosures:
            _line(made, enclosure, "Body Text")
    indents = signature_indents(document.signed_by, document.day)
    for text, indent in zip((document.signed_by, document.day), indents, strict=True):
        if text:
            signed = _line(made, text, "落款")
            signed.paragraph_format.right_indent = Pt(indent * SIZE)
            signed.paragraph_format.keep_with_next = text == document.signed_by
            if text == document.signed_by:
                signed.paragraph_format.space_before = PITCH


def _title(made: Any, title: str) -> None:
    first, *others = title_lines(title)
    run = _line(made, first, "Title").runs[0]
    for line in others:
        run.add_break()
        run.add_text(line)


def _line(made: Any, text: str, style: str) -> Any:
    return made.add_paragraph(text, style=style)


def _blocks(made: Any, blocks: Iterable[Block], *, wide: bool) -> None:
    for block in blocks:
        if isinstance(block, Table):
            _table(made, block, wide=wide)
        elif isinstance(block, Heading):
            made.add_paragraph(block.text, style=f"Heading {block.level}")
        else:
            _text(made, block)


def _text(made: Any, block: Text) -> None:
    for line in block.text.split("\n"):
        _line(made, line, "主送机关" if block.flush else "Body Text")


# --- tables ---------------------------------------------------------------------------------------


def _table(made: Any, table: Table, *, wide: bool) -> None:
    shares = sum(column.width for column in table.columns)
    across = [ACROSS[wide] * column.width // shares for column in table.columns]
    grid = "".join(f'<w:gridCol w:w="{one}"/>' for one in across)
    head = _row(
        [one.title for one in table.columns], across, [True] * len(across), wide=wide, head=True
    )
    centred = [column.centred for column in table.columns]
    rows = "".join(
        _row([str(cell) for cell in row], across, centred, wide=wide) for row in table.rows
    )
    made.element.body.insert_element_before(
        parse_xml(
            f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/>'
            f'<w:tblW w:w="{sum(across)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
            '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
            f"</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{head}{rows}</w:tbl>"
        ),
        "w:sectPr",
    )
    _line(made, "", "附注")


def _row(
    cells: list[str],
    across: list[int],
    centred: list[bool],
    *,
    wide: bool,
    head: bool = False,
) -> str:
    style = ("TableHead" if head else "TableText") + ("Wide" if wide else "")
    kind = "<w:trPr><w:cantSplit/>" + ("<w:tblHeader/>" if head else "") + "</w:trPr>"
    found = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{twips}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f"{_cell(text, style, centre=centre)}</w:tc>"
        for text, twips, centre in zip(cells, across, centred, strict=True)
    )
    return f"<w:tr>{kind}{found}</w:tr>"


def _cell(text: str, style: str, *, centre: bool) -> str:
    aligned = '<w:jc w:val="center"/>' if centre else ""
    run = '</w:t><w:br/><w:t xml:space="preserve">'.join(escape(text).split("\n"))
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{aligned}</w:pPr>'
        f'<w:r><w:t xml:space="preserve">{run}</w:t></w:r></w:p>'
    )


# --- page, faces, styles --------------------------------------------------------------------------


def _page(section: Any, *, wide: bool) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(297), Mm(210)) if wide else (Mm(210), Mm(297))
    section.top_margin, section.bottom_margin = (Mm(28), Mm(26)) if wide else (Mm(37), Mm(35))
    section.left_margin, section.right_margin = (Mm(35), Mm(37)) if wide else (Mm(28), Mm(26))
    section.footer_distance = Mm(18) if wide else Mm(25)
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    if not wide:
        grid = f'<w:docGrid {nsdecls("w")} w:type="lines" w:linePitch="579"/>'
        section._sectPr.append(parse_xml(grid))


def _number_pages(made: Any) -> None:
    """— 1 —, outside: odd pages right, even pages left, a character from the edge."""
    made.settings.odd_and_even_pages_header_footer = True
    section = made.sections[0]
    for footer, side in ((section.footer, RIGHT), (section.even_page_footer, None)):
        line = footer.paragraphs[0]
        line.style = made.styles["页码"]
        line.alignment = side
        line.paragraph_format.right_indent = line.paragraph_format.left_indent = Pt(14)
        line.add_run("— ")
        for kind, code in (("begin", ""), ("", "PAGE"), ("separate", ""), ("", "1"), ("end", "")):
            line._p.append(parse_xml(_field(kind, code)))
        line.add_run(" —")


def _field(kind: str, code: str) -> str:
    if kind:
        inner = f'<w:fldChar w:fldCharType="{kind}"/>'
    elif code == "PAGE":
        inner = f'<w:instrText xml:space="preserve"> {code} </w:instrText>'
    else:
        inner = f"<w:t>{code}</w:t>"
    return f"<w:r {nsdecls('w')}>{inner}</w:r>"


def _properties(made: Any, document: Document) -> None:
    at = datetime.combine(document.dated, time(), UTC) if document.dated else None
    known = made.core_properties
    known.title, known.author, known.comments = document.title, document.signed_by, ""
    known.last_modified_by, known.language = document.signed_by, "zh-CN"
    if at:
        known.created = known.modified = at.replace(tzinfo=None)


def _faces(made: Any) -> None:
    """The font table, with what stands in for each face."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in INSTEAD.items()
    )
    part = made.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    part._blob = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f"<w:fonts {nsdecls('w')}>{fonts}</w:fonts>"
    ).encode()


def _styles(made: Any) -> None:
    for spoken in made.styles.element.iter(qn("w:lang")):
        spoken.set(qn("w:eastAsia"), "zh-CN")
    _style(made, "Normal", BODY, SIZE)
    _style(made, "Body Text", BODY, SIZE, first=2)
    _style(made, "主送机关", BODY, SIZE)
    _style(made, "文号", BODY, SIZE, align=CENTRE, after=PITCH)
    _style(made, "Title", TITLE, 22, align=CENTRE, pitch=Pt(34), after=PITCH)
    _style(made, "Heading 1", HEAD, SIZE, first=2)
    _style(made, "Heading 2", SUBHEAD, SIZE, first=2)
    _style(made, "附件标记", HEAD, SIZE, after=PITCH)
    _style(made, "落款", BODY, SIZE, align=RIGHT)
    _style(made, "附注", BODY, 9, pitch=Pt(13))
    _style(made, "页码", "宋体", 14, pitch=None)
    for name, size, pitch in (("", 10.5, Pt(15)), ("Wide", 9, Pt(12.5))):
        _style(made, f"TableText{name}", BODY, size, pitch=pitch)
        _style(made, f"TableHead{name}", HEAD, size, align=CENTRE, pitch=pitch)
    for name in OFF_GRID:
        off = parse_xml(f'<w:snapToGrid {nsdecls("w")} w:val="0"/>')
        made.styles[name].element.get_or_add_pPr().insert_element_before(off, *AFTER_SNAP)


def _style(
    made: Any,
    name: str,
    face: str,
    size: float,
    *,
    align: Any = None,
    first: int = 0,
    pitch: Any = PITCH,
    after: Any = 0,
) -> None:
    known = [one.name for one in made.styles]
    style = made.styles[name] if name in known else made.styles.add_style(name, 1)
    style.font.size, style.font.bold, style.font.italic = Pt(size), False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    style.font.name = LATIN
    fonts = style.element.rPr.rFonts
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), face)
    form = style.paragraph_format
    for old in style.element.pPr.findall(qn("w:pBdr")) if style.element.pPr is not None else ():
        style.element.pPr.remove(old)
    form.alignment = align
    form.space_before, form.space_after = Pt(0), after
    form.first_line_indent = Pt(first * size) if first else None
    form.widow_control = False
    if pitch is not None:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, pitch
