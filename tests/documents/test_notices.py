"""公示 for download: from the frozen rows, by anybody, in three forms."""

from urllib.parse import quote

import pytest

from reports.documents import Form, notice
from tests.documents import readers
from tests.documents.readers import squeezed
from tiers.models import Notice


def file(client, shown, form):
    return client.get(f"/notices/{shown.pk}/document.{form}")


def test_page_offers_every_form(shown, client):
    page = client.get(f"/notices/{shown.pk}/").content.decode()

    for form in Form:
        assert f'href="/notices/{shown.pk}/document.{form}"' in page


def test_word_is_what_the_page_says(shown, client):
    answer = file(client, shown, "docx")
    lines = readers.word_lines(answer.content)

    assert answer["Content-Type"].endswith("wordprocessingml.document")
    assert answer["Content-Disposition"] == (
        "attachment; filename*=utf-8''" + quote("拟认定先进级名单公示_20260303.docx")
    )
    assert readers.problems(answer.content) == []
    assert [row for row in lines if isinstance(row, tuple)][1:] == [
        (
            str(row["no"]), row["enterprise"], row["credit_code"], row["factory"],
            row["place"] or row["unit"], row["tier"], row["number"],
        )
        for row in shown.content
    ]  # fmt: skip
    assert f"名单摘要（SHA-256）：{shown.digest}" in lines
    assert f"公示编号：GS-130000-2026-{shown.pk:04d}" in lines
    assert "公示期为2026年3月3日至2026年3月10日24:00，共5个工作日（发布当天不计）。" in lines
    assert lines.index("联系电话：0311-87000000") < lines.index("2026年3月3日")


def test_workbook_has_the_frozen_rows(shown, client):
    content = file(client, shown, "xlsx").content

    assert readers.problems(content) == []
    rows = readers.excel_sheets(content)["公示名单"]
    assert rows == readers.excel_sheets_again(content)["公示名单"]
    assert [row[0] for row in rows[-4:-2]] == [1, 2]
    assert rows[-1] == [f"名单摘要（SHA-256）：{shown.digest}"]


def test_pdf_says_the_same(shown, client):
    said = squeezed(readers.pdf_text(file(client, shown, "pdf").content))

    for _, text in notice.document(shown).strings():
        assert squeezed(text) in said


def test_rename_after_publication_changes_no_paper(shown, client):
    before = file(client, shown, "docx").content
    entry = shown.entries.select_related("application__factory").first()
    factory = entry.application.factory
    factory.name = "改名以后的工厂"
    factory.save()

    assert readers.word_lines(file(client, shown, "docx").content) == readers.word_lines(before)


def test_withdrawn_notice_says_so_first(shown, client):
    Notice.objects.filter(pk=shown.pk).update(
        status="withdrawn", withdrawn_at=shown.published_at, withdraw_reason="名单有误"
    )

    lines = readers.word_lines(file(client, shown, "docx").content)
    assert "这份公示已于2026年3月3日撤回，名单不再有效。原因：名单有误" in lines[:2]


@pytest.mark.parametrize("form", Form)
def test_draft_is_not_found(shown, client, form):
    Notice.objects.filter(pk=shown.pk).update(published_at=None, status="draft")

    assert file(client, shown, form).status_code == 404


def test_form_that_does_not_exist_is_not_found(shown, client):
    assert file(client, shown, "doc").status_code == 404


def test_stranger_is_told_nothing_of_the_number_an_officer_its_place(shown, as_user):
    Notice.objects.filter(pk=shown.pk).update(contact_phone="13812345678")
    client = as_user(shown.published_by)

    told = file(client, shown, "docx")
    client.logout()
    heard = file(client, shown, "docx")

    assert (told.status_code, heard.status_code) == (422, 422)
    assert "“联系电话”里有手机号码（138****78）" in told.content.decode()
    assert "手机号码" not in heard.content.decode()
    assert "这份文件正在核对，暂时不能下载" in heard.content.decode()
