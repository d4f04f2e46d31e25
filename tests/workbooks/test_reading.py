"""Files read in a process of their own: what comes out, whatever wrote them."""

import io
from datetime import date

import openpyxl

from registry.workbook.reading import read


def test_read_gives_values_dates_formulas_and_merged_areas():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "名单"
    sheet["A1"] = "标题"
    sheet.merge_cells("A1:C1")
    sheet["B3"], sheet["C3"] = "企业", '=HYPERLINK("http://127.0.0.1/","点我")'
    sheet["D3"], sheet["D3"].number_format = date(2026, 3, 5), 'yyyy"年"m"月"d"日"'
    sheet["E3"], sheet["E3"].number_format = 0.125, "0.0%"
    file = io.BytesIO()
    book.save(file)

    grid = read(file, "名单.xlsx")

    assert grid.form == "xlsx"
    (found,) = grid.sheets
    assert found.name == "名单"
    assert found.merged == ((1, 1, 1, 3),)
    assert found.formulas == {(3, 3)}
    assert found.rows[2] == [
        None,
        "企业",
        '=HYPERLINK("http://127.0.0.1/","点我")',
        date(2026, 3, 5),
        "12.5%",
    ]
