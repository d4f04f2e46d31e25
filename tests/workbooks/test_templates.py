"""Templates to download, and that reading knows them again."""

import io

import openpyxl
import pytest

from registry.workbook.layout import lay_out
from registry.workbook.reading import read
from registry.workbook.templates import HEADER_ROW, template
from tests.workbooks.filing_list import FIELDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def empty(shijiazhuang):
    return template(
        "基础级智能工厂备案清单", FIELDS, "basic-list/1", shijiazhuang, ["按批次报送。"]
    )


def test_template_locks_headings_offers_lists_and_keeps_codes_as_text(empty):
    book = openpyxl.load_workbook(io.BytesIO(empty))
    assert book.sheetnames == ["填报表", "填表说明", "选项"]
    assert book["选项"].sheet_state == "hidden"
    sheet = book["填报表"]
    assert sheet.protection.sheet
    assert sheet.cell(HEADER_ROW, 3).protection.locked
    assert not sheet.column_dimensions["C"].protection.locked
    assert sheet.column_dimensions["C"].number_format == "@"
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert rules["E4:E2003"].formula1 == "选项!$E$1:$E$23"
    assert book["选项"]["E1"].value == "长安区"
    assert [rule.type for rule in rules.values()].count("list") == 4


def test_a_filled_template_is_known_again_and_read_without_a_question(empty, shijiazhuang):
    book = openpyxl.load_workbook(io.BytesIO(empty))
    sheet = book["填报表"]
    values = ["甲乙有限公司", "911301020267735463", "轮毂智能工厂", "长安区",
              "C36 汽车制造业", "二级", "2026-03-05", "生产作业", "2026-03-20",
              "张经理", "13800000000", ""]  # fmt: skip
    for column, value in enumerate(values, start=2):
        sheet.cell(HEADER_ROW + 1, column).value = value
    file = io.BytesIO()
    book.save(file)
    grid = read(file, "备案.xlsx")
    assert grid.template == "basic-list/1"
    table = lay_out(grid, FIELDS, place=shijiazhuang)
    assert table.settled
    assert table.remarks == ()
    assert (table.sheet, table.header_row) == ("填报表", HEADER_ROW)
    assert [(row.number, row.problems) for row in table] == [(HEADER_ROW + 1, {})]


def test_the_written_version_is_known_when_the_property_is_lost(empty):
    book = openpyxl.load_workbook(io.BytesIO(empty))
    del book.custom_doc_props["template-version"]
    file = io.BytesIO()
    book.save(file)
    assert read(file, "备案.xlsx").template == "basic-list/1"
