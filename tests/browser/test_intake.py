"""A clerk sends the workbook that he has: the clean one whole, of the faulty one the good rows."""

import io
import re

import openpyxl
from playwright.sync_api import expect

from tests import build, sheets


def send(page, content, name):
    page.goto("/filing-lists/")
    page.get_by_role("link", name="导入备案清单").click()
    page.get_by_label("文件", exact=True).set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_label("认定文号").fill("石工信〔2026〕8号")
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def explained(path):
    """The rows of the sender's own file that say what is wrong with them."""
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets[0]
    heads = sheet[sheets.FIRST - 1]
    column = next(cell.column for cell in heads if cell.value == "错误说明")
    rows = range(sheets.FIRST, sheet.max_row + 1)
    return {row for row in rows if sheet.cell(row, column).value}


def test_clerk_sends_a_clean_and_a_faulty_list(live_server, world, open_browser):
    page = open_browser(build.officer(build.authority("130100")))

    send(page, sheets.xlsx(sheets.lines(12)), "第一批.xlsx")
    page.get_by_role("button", name="全部导入（12 行）").click()
    expect(page.get_by_text("已导入 12 行")).to_be_visible()

    faulty = sheets.faulty()
    send(page, faulty.content, "第二批.xlsx")
    expect(page.get_by_text("第 18 位校验不符")).to_be_visible()
    page.get_by_role("link", name=re.compile("有误")).click()
    expect(page.get_by_text("共 8 行")).to_be_visible()
    with page.expect_download() as marked:
        page.get_by_role("link", name="下载标注了问题的表格").click()
    assert marked.value.suggested_filename.endswith(".xlsx")
    assert explained(marked.value.path()) == set(faulty.truth)
    page.get_by_role("button", name="只导入没有问题的 31 行").click()
    expect(page.get_by_text("已导入 31 行")).to_be_visible()

    page.get_by_role("link", name="撤销这次导入").click()
    page.get_by_role("button", name="撤销整批").click()
    expect(page.get_by_text("登记库里没有留下这一批的内容")).to_be_visible()
