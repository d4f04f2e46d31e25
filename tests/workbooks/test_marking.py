"""The sender's own file back, with its faulty cells marked; a new one for the other formats."""

import csv
import io
from datetime import date

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from registry.workbook.marking import mark
from registry.workbook.reading import read

PROBLEMS = {"B4": "没有填写企业名称，请补上", "C5": "第 18 位校验不符", "5": "与第 4 行重复"}


def sent():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "清单"
    sheet["A1"] = "某市名单"
    sheet.merge_cells("A1:D1")
    sheet.append([])
    sheet.append(["序号", "企业名称", "代码", "备注"])
    sheet.append([1, None, "91", "=1+1"])
    sheet.append([2, "甲乙", "92", date(2026, 3, 5)])
    sheet["D5"].number_format = "yyyy-mm-dd"
    sheet["B5"].font = Font(bold=True, color="FF00FF00")
    sheet["C5"].fill = PatternFill("solid", fgColor="FFFFFF00")
    sheet["C5"].comment = Comment("请核", "张三")
    sheet["A6"] = "=SUM(A4:A5)"
    sheet["D6"].value, sheet["D6"].data_type = "=危险", "s"
    sheet.column_dimensions["B"].width = 33
    sheet.freeze_panes = "A4"
    file = io.BytesIO()
    book.save(file)
    return file


def marked(file, name="清单.xlsx", problems=PROBLEMS, sheet="清单", header_row=3):
    content, called = mark(file, name, problems, sheet=sheet, header_row=header_row)
    assert called == "清单_错误标注.xlsx"
    return openpyxl.load_workbook(io.BytesIO(content))[sheet or "名单"]


def test_the_senders_own_workbook_comes_back_marked():
    sheet = marked(sent())
    assert sheet["B4"].fill.fgColor.rgb == "FFFFC7CE"
    assert sheet["B4"].comment.text == PROBLEMS["B4"]
    assert sheet["C5"].comment.text == "第 18 位校验不符\n原批注：请核"
    assert sheet["E3"].value == "错误说明"
    assert sheet["E4"].value == "B4 企业名称：没有填写企业名称，请补上。"
    assert sheet["E5"].value == "C5 代码：第 18 位校验不符；\n与第 4 行重复。"
    assert sheet["D4"].value == "=1+1"
    assert sheet["A6"].value == "=SUM(A4:A5)"
    assert (sheet["D6"].value, sheet["D6"].data_type) == ("=危险", "s")
    assert sheet["D5"].value.date() == date(2026, 3, 5)
    assert sheet["B5"].font.color.rgb == "FF00FF00"
    assert sheet.column_dimensions["B"].width == 33
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:D1"]
    assert sheet.freeze_panes == "A4"


def test_a_mended_file_loses_its_old_marks():
    content, _ = mark(sent(), "清单.xlsx", PROBLEMS, sheet="清单", header_row=3)
    sheet = marked(io.BytesIO(content), problems={"B5": "太短"})
    assert sheet["B4"].comment is None
    assert sheet["B4"].fill.fill_type is None
    assert sheet["C5"].comment.text == "请核"
    assert [sheet[f"E{row}"].value for row in (3, 4, 5)] == [
        "错误说明",
        None,
        "B5 企业名称：太短。",
    ]
    assert sheet["F3"].value is None


def test_a_fault_inside_a_merged_cell_is_marked_where_its_value_stands():
    file = io.BytesIO()
    book = openpyxl.load_workbook(sent())
    book["清单"].merge_cells("B4:B5")
    book.save(file)
    sheet = marked(file, problems={"B5": "太短"})
    assert sheet["B4"].comment.text == "太短"


def test_a_text_file_comes_back_as_a_workbook_with_the_same_rows():
    text = io.StringIO()
    rows = [["某市名单"], [], ["序号", "企业名称", "代码"], ["1", "", "91"], ["2", "=cmd", "92"]]
    csv.writer(text).writerows(rows)
    file = io.BytesIO(text.getvalue().encode("gb18030"))
    sheet = marked(file, "清单.csv", {"B4": "没有填写", "C5": "不符"}, sheet="", header_row=3)
    assert sheet["B5"].value == "=cmd"
    assert sheet["B5"].data_type == "s"
    assert sheet["B4"].fill.fgColor.rgb == "FFFFC7CE"
    assert sheet["C5"].comment.text == "不符"
    assert sheet["D4"].value == "B4 企业名称：没有填写。"
    again = read(io.BytesIO(file.getvalue()), "清单.csv").sheets[0]
    assert [list(row) for row in again.rows][2] == ["序号", "企业名称", "代码"]
