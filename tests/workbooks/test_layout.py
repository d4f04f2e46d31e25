"""The table in a grid: header, columns, rows; plain functions over grids made by hand."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from registry.creditcode import complete
from registry.workbook.layout import lay_out
from registry.workbook.shapes import Field, Grid, Kind, Merged, Sheet
from tests.workbooks.filing_list import FIELDS

CODE = complete("9113010200000001")
HEADER = ["序号", *(field.caption for field in FIELDS)]
ROW = [1, "甲乙丙有限公司", CODE, "轮毂智能工厂", "长安区", "C36 汽车制造业", "二级",
       date(2026, 3, 5), "生产作业", date(2026, 3, 20), "张经理", "13800000000", None]  # fmt: skip

pytestmark = pytest.mark.django_db


def grid(*rows, merged=(), **more):
    return Grid("名单.xlsx", "xlsx", (Sheet("名单", [list(row) for row in rows], merged, **more),))


def table(*rows, place=None, fields=FIELDS, remembered=None, **more):
    return lay_out(grid(*rows, **more), fields, remembered, place)


def test_a_clean_list_has_neither_problems_nor_notes(shijiazhuang):
    found = table(["某市名单"], [], HEADER, ROW, [], ["填表人：王某"], place=shijiazhuang)
    assert found.header_row == 3
    assert [(row.number, row.problems, row.notes) for row in found] == [(4, {}, {})]
    assert found.rows[0]["code"] == CODE
    assert found.settled


def test_captions_in_any_order_and_any_width(shijiazhuang):
    header = ["项次", "联系 方式", "ＣＭＭＭ等级", "统一社会信用代码（18位）", "*单位名称",
              "智能工厂\n名称", "县区", "行业（大类）", "自评日期",
              "业务环节", "认定时间", "说明"]  # fmt: skip
    row = [1, 13800000000, 2, CODE.lower(), "甲乙丙有限公司", "轮毂智能工厂", "石家庄市长安区", 36,
           "2026.3.5", "生产作业、运营管理", "20260320", ""]  # fmt: skip
    found = table(header, row, place=shijiazhuang)
    assert found.settled
    assert found.problems == {}
    assert found.rows[0]["aspects"] == ("production", "operation")
    assert found.rows[0]["assessed"] == date(2026, 3, 5)
    assert found.rows[0]["industry"] == "36"
    assert found.rows[0]["phone"] == "13800000000"


def test_header_of_two_rows_with_spanning_captions():
    fields = (
        Field("firm", "企业名称", Kind.NAME, required=True),
        Field("contact", "联系人", Kind.TEXT),
        Field("phone", "联系电话", Kind.PHONE),
    )
    found = table(
        ["序号", "企业名称", "联系人", None],
        [None, None, "姓名", "电话"],
        [1, "甲乙丙有限公司", "张经理", "13800000000"],
        fields=fields,
        merged=(Merged(1, 1, 2, 1), Merged(1, 2, 2, 2), Merged(1, 3, 1, 4)),
    )
    assert (found.header_row, found.first_row) == (2, 3)
    assert found.mapping["firm"] == 2
    assert found.mapping["phone"] == 4


def test_two_columns_of_one_name_are_asked_and_remembered():
    fields = (Field("firm", "企业名称", Kind.NAME), Field("phone", "联系电话", Kind.PHONE))
    rows = (["企业名称", "联系电话", "地址", "联系电话"], ["甲乙丙有限公司", 1, 2, 13800000000])
    found = table(*rows, fields=fields)
    assert [one.caption for one in found.unsure] == ["联系电话（B 列）", "联系电话（D 列）"]
    found = table(
        *rows, fields=fields, remembered={"联系电话（D 列）": "phone", "联系电话（B 列）": ""}
    )
    assert found.settled
    assert found.rows[0]["phone"] == "13800000000"


def test_a_column_of_codes_under_a_strange_caption_is_asked():
    fields = (Field("firm", "企业名称", Kind.NAME), Field("code", "统一社会信用代码", Kind.CODE))
    rows = (["企业名称", "证照", "备注"], ["甲乙", CODE, ""], ["丙丁", CODE, ""])
    found = table(*rows, fields=fields, remembered={"备注": ""})
    assert [(one.column, one.candidates) for one in found.unsure] == [(2, ("code",))]


def test_no_header_is_refused_with_its_cure():
    with pytest.raises(ValidationError, match="没有找到表头"):
        table(["随便"], ["什么", "也", "没有"])


def test_rows_that_are_not_the_lists_are_passed_over(shijiazhuang):
    few = [3, "丁戊有限公司"]
    found = table(
        HEADER,
        ["栏次", *range(1, 13)],
        ROW,
        ["一、长安区"],
        ROW,
        few,
        [4],
        HEADER,
        ["合计", "3 家"],
        [],
        ["以上情况属实"],
        ["填表人：", "王某", "", "审核人：", "李某"],
        place=shijiazhuang,
    )
    assert [row.number for row in found] == [3, 5, 6]
    assert set(found.rows[-1].problems) == {
        "C6", "D6", "E6", "F6", "G6", "H6", "I6", "J6"}  # fmt: skip


def test_merged_cells_of_one_firm_count_for_each_of_its_rows(shijiazhuang):
    second = [2, None, None, "变压器智能工厂", *ROW[4:]]
    found = table(HEADER, ROW, second, place=shijiazhuang,
                  merged=(Merged(2, 2, 3, 2), Merged(2, 3, 3, 3)))  # fmt: skip
    assert found.rows[1]["code"] == CODE
    assert found.rows[1].problems == {}
    assert found.rows[1].cells["code"].note == "取自合并单元格 C2"


def test_of_several_sheets_the_one_with_the_header_is_read():
    fields = FIELDS[:2]
    sheets = (
        Sheet("说明", [["怎样填"]]),
        Sheet("清单", [["企业名称", "信用代码"], ["甲乙", CODE]]),
    )
    found = lay_out(Grid("x.xlsx", "xlsx", sheets), fields)
    assert found.sheet == "清单"
    assert found.remarks == ("文件有 2 个工作表，读取的是“清单”",)
