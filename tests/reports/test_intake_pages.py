"""The pages of workbooks: a clerk sends one, reads what is said of it, takes it over, undoes it."""

import io

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from reports import intake
from reports.intake import acts
from reports.models import Batch
from tests import build, sheets
from tiers.models import Certification

NOON = build.moment("2026-10-08 12:00")
NEW = "/intake/new/filing/"


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def city(as_user, city_officer):
    return as_user(city_officer)


def post(client, content, name="备案清单.xlsx", **given):
    file = SimpleUploadedFile(name, content)
    return client.post(
        NEW, {"file": file, "document_no": "石工信〔2026〕8号", **given}, follow=True
    )


def text(answer):
    return answer.content.decode()


def test_clerk_goes_from_the_filing_page_to_titles_and_back(city):
    assert f'href="{NEW}"' in text(city.get("/filing-lists/"))
    page = post(city, sheets.xlsx(sheets.lines(3)))
    assert "全部导入（3 行）" in text(page)

    batch = Batch.objects.get()
    seen = {"way": "all", "seen": batch.version}
    done = city.post(f"/intake/{batch.pk}/order/", seen, follow=True)
    assert "已导入 3 行" in text(done)
    batch.refresh_from_db()
    asked = city.get(f"/intake/{batch.pk}/undo/")
    assert "撤销整批" in text(asked)
    undone = city.post(f"/intake/{batch.pk}/undo/", {"seen": batch.version}, follow=True)

    assert "登记库里没有留下这一批的内容" in text(undone)
    assert Certification.objects.count() == 0


def test_faults_are_listed_filtered_and_marked_in_the_file(city):
    sheet = sheets.faulty()
    page = text(post(city, sheet.content))
    batch = Batch.objects.get()
    assert "只导入没有问题的 31 行" in page
    assert "第 18 位校验不符" in page

    bad = text(city.get(f"/intake/{batch.pk}/?outcome=faulty"))
    assert bad.count('class="text-bad">') >= 8
    assert "第 1–8 行，共 8 行" in bad

    marked = city.get(f"/intake/{batch.pk}/marked/")
    rows = openpyxl.load_workbook(io.BytesIO(marked.content)).active
    heads = [cell.value for cell in rows[4]]
    said = heads.index("错误说明") + 1
    told = {row for row in range(5, 45) if rows.cell(row, said).value}
    assert told == set(sheet.truth)


def test_same_file_leads_to_the_first_batch(city):
    content = sheets.xlsx(sheets.lines(1))
    post(city, content)

    again = post(city, content)

    assert "没有重复接收" in text(again)
    assert (again.redirect_chain[-1][0], Batch.objects.count()) == (
        f"/intake/{Batch.objects.get().pk}/",
        1,
    )


def test_refused_file_says_why_in_the_form(city):
    page = post(city, b"PK\x03\x04 not a workbook")

    assert page.status_code == 422
    assert "field-errors" in text(page)
    assert Batch.objects.count() == 0


def test_unsure_columns_are_asked_on_a_page(city):
    heads = tuple("等次" if head == "能力成熟度自评等级" else head for head in sheets.HEADS)
    page = post(city, sheets.xlsx(sheets.lines(2), heads))
    batch = Batch.objects.get()
    assert page.redirect_chain[-1][0] == f"/intake/{batch.pk}/columns/"
    assert "还没有找到：能力成熟度自评等级" in text(page)

    form = page.context["form"]
    given = {name: form[name].value() or "" for name in form.fields} | {"column7": "level"}
    done = city.post(f"/intake/{batch.pk}/columns/", given, follow=True)

    assert "全部导入（2 行）" in text(done)


def test_large_batch_shows_how_far_it_is(city, monkeypatch):
    monkeypatch.setattr(acts, "AT_ONCE", 0)
    post(city, sheets.xlsx(sheets.lines(2)))
    batch = Batch.objects.get()
    page = city.post(
        f"/intake/{batch.pk}/order/", {"way": "all", "seen": batch.version}, follow=True
    )
    assert "正在导入，共 2 行" in text(page)
    part = city.get(f"/intake/{batch.pk}/progress/")
    assert ("hx-get" in text(part), "HX-Refresh" in part) == (True, False)

    intake.work(at=NOON)

    assert city.get(f"/intake/{batch.pk}/progress/")["HX-Refresh"] == "true"
    assert "导入 2 行" in text(city.get(f"/intake/{batch.pk}/"))


def test_other_bureaus_batch_is_not_found(city, as_user, tangshan, province_officer):
    post(city, sheets.xlsx(sheets.lines(1)))
    batch = Batch.objects.get()

    for user in (build.officer(tangshan), province_officer):
        other = as_user(user)
        assert other.get(f"/intake/{batch.pk}/").status_code == 404
        assert other.post(f"/intake/{batch.pk}/order/").status_code == 404
        assert other.get(f"/intake/{batch.pk}/file/").status_code == 404


def test_reader_looks_on(city, as_user, city_officer):
    post(city, sheets.xlsx(sheets.lines(1)))
    batch = Batch.objects.get()
    reader = as_user(build.seated(build.officer(city_officer.authority), "reader"))

    page = text(reader.get(f"/intake/{batch.pk}/"))

    assert ("全部导入" in page, "作废" in page) == (False, False)
    assert reader.post(f"/intake/{batch.pk}/drop/").status_code == 403


def test_template_comes_back_as_a_clean_list(city):
    answer = city.get("/intake/template/filing/")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    page = book["填报表"]
    head = next(row for row in page.iter_rows(max_row=8) if row[1].value == "企业名称")
    row = sheets.line(3)
    given = {caption: row.get(key) for caption, key in zip(sheets.HEADS, sheets.KEYS, strict=True)}
    for cell in head:
        page.cell(head[0].row + 1, cell.column).value = given.get(cell.value)
    kept = io.BytesIO()
    book.save(kept)

    assert "全部导入（1 行）" in text(post(city, kept.getvalue()))
