"""What goes out is read back by two readers that had no hand in it."""

import csv
import io
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import openpyxl
import pytest
import python_calamine

from registry.access import SHANGHAI
from registry.workbook import writing
from registry.workbook.writing import About, Encoding, Heading

LIVE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
]
PLAIN = [
    "'=1",
    "''=1",
    "'",
    "'甲",
    "甲=乙",
    "",
    "https://x.example",
    "0012",
    "_x0041_",
    "𠮷野㐂",
    "ÿ–“”",
]
AT = datetime(2026, 3, 5, 9, 30, tzinfo=SHANGHAI)
DAY = datetime.combine(AT.date(), time())
HEADINGS = [
    Heading("名称"),
    Heading("代码", "code"),
    Heading("座数", "number", total=True),
    Heading("认定日期", "date"),
    Heading("时间", "moment"),
    Heading("比例", "percent"),
]
ROW = (
    '=HYPERLINK("http://x")',
    "911301007000000001",
    3,
    date(2026, 3, 5),
    AT,
    Decimal("0.125"),
)


def xlsx(headings, rows, **about):
    kept = io.BytesIO()
    tally = writing.write_xlsx(kept, headings, rows, About("企业", **about))
    return kept.getvalue(), tally


def fields(content, encoding):
    return list(csv.reader(io.StringIO(content.decode(encoding), newline="")))


def csv_of(rows, encoding=Encoding.UTF_8):
    kept = io.BytesIO()
    writing.write_csv(kept, [Heading("名称")], rows, encoding)
    return kept.getvalue()


def test_cells_keep_their_types_for_both_readers():
    content, _ = xlsx(HEADINGS, [ROW, ROW])

    first = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [cell.value for cell in first[2]] == [
        ROW[0], ROW[1], 3, DAY, AT.replace(tzinfo=None), 0.125,
    ]  # fmt: skip
    assert [cell.data_type for cell in first[2]] == ["s", "s", "n", "d", "d", "n"]
    assert [cell.number_format for cell in first[2]] == [
        "@", "@", "General", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "0.0%",
    ]  # fmt: skip
    again = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert again.get_sheet_by_name("企业").to_python()[1] == [
        ROW[0], ROW[1], 3.0, date(2026, 3, 5), AT.replace(tzinfo=None), 0.125,
    ]  # fmt: skip


def test_sheet_is_ready_to_read():
    content, tally = xlsx(HEADINGS, [ROW, ROW], mark="enterprises/1", lines=[("筛选条件", "甲")])

    made = openpyxl.load_workbook(io.BytesIO(content))
    sheet, about = made.worksheets
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:F3")
    assert [cell.value for cell in sheet[4]] == ["合计", None, 6, None, None, None]
    assert sheet.column_dimensions["A"].width > sheet.column_dimensions["C"].width
    said = dict(about.iter_rows(max_col=2, values_only=True))
    assert said["筛选条件"] == "甲"
    assert (said["行数"], said["内容摘要（SHA-256）"]) == ("2", tally.sha256)
    assert said["清单标识"] == made.custom_doc_props["portal-list"].value == "enterprises/1"


def test_nothing_typed_becomes_a_formula_or_a_link():
    content, _ = xlsx([Heading(text or "空") for text in LIVE], [LIVE, LIVE])

    with zipfile.ZipFile(io.BytesIO(content)) as package:
        sheets = b"".join(package.read(n) for n in package.namelist() if "sheet" in n)
    assert b"<f" not in sheets
    assert b"hyperlink" not in sheets


def test_texts_come_back_as_they_were_from_a_workbook():
    texts = [text for text in (*LIVE, *PLAIN) if text]
    content, _ = xlsx([Heading("名称")], [(text,) for text in texts])

    made = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    found = [row[0] for row in made.get_sheet_by_index(0).to_python(skip_empty_area=False)[1:]]
    assert found == [text.replace("\r", "\n") for text in texts]


def test_a_text_longer_than_a_cell_is_cut_in_sight():
    content, _ = xlsx([Heading("名称")], [("甲" * 40_000,)])

    value = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["A2"].value
    assert (len(value), value[-1]) == (32_767, "…")


@pytest.mark.parametrize("encoding", list(Encoding))
def test_fields_of_csv_are_no_formulas_and_come_back(encoding):
    content = csv_of([(text,) for text in (*LIVE, *PLAIN)], encoding)
    found = [row[0] if row else "" for row in fields(content, encoding)][1:]

    assert [text for text in found if text[:1] in ("=", "+", "-", "@", "\t", "\r")] == []
    assert [writing.unguarded(text) for text in found] == [*LIVE, *PLAIN]


def test_csv_says_which_encoding_it_is_in():
    assert csv_of([("甲",)]).startswith(b"\xef\xbb\xbf")
    assert csv_of([("甲",)], Encoding.GB18030).decode("gb18030") == "名称\r\n甲\r\n"


def test_gb18030_holds_every_character():
    everything = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))

    assert everything.encode("gb18030").decode("gb18030") == everything


def test_numbers_and_days_of_csv_are_plain():
    kept = io.BytesIO()
    writing.write_csv(kept, HEADINGS, [(None, "0012", -3, ROW[3], ROW[4], ROW[5])])

    line = fields(kept.getvalue(), "utf-8-sig")[1]
    assert line == ["", "0012", "-3", "2026-03-05", "2026-03-05 09:30", "12.5%"]


def test_file_name_says_what_it_is():
    name = writing.file_name(["市工信局", "企业", "", "等级：先进级/基础级", "2026-03-05"], "xlsx")

    assert name == "市工信局_企业_等级：先进级_基础级_2026-03-05.xlsx"
