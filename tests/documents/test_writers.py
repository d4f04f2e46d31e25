"""Every form says what the document says: read back by two other readers each."""

import zipfile
from io import BytesIO

import pytest

from reports.documents import Form, forms_of, printed
from reports.documents.content import Document, Table, signature_indents, title_lines
from reports.documents.writers import excel, pdf, word
from tests.documents import readers, samples
from tests.documents.readers import squeezed


def in_order(texts, whole):
    """The first text that does not follow the one before it, "" where all do."""
    place = 0
    for text in map(squeezed, texts):
        found = whole.find(text, place)
        if found < 0:
            return text
        place = found + len(text)
    return ""


def cells(table):
    return [tuple(str(cell) for cell in row) for row in table.rows]


def heads(table):
    return tuple(column.title for column in table.columns)


# --- Word -----------------------------------------------------------------------------------------


def test_word_reads_the_same_by_both_readers():
    content = word.write(samples.document())

    assert readers.word_lines(content) == readers.word_lines_plain(content)


def test_word_says_everything_in_order():
    document = samples.document()
    lines = readers.word_lines(word.write(document))

    said = squeezed("".join("".join(line) for line in lines))
    assert in_order([text for _, text in document.strings()], said) == ""
    assert document.digest_line in lines
    rows = [line for line in lines if isinstance(line, tuple)]
    first, second = document.tables
    assert rows == [heads(first), *cells(first), heads(second), *cells(second)]


def test_word_is_a_valid_package():
    assert readers.problems(word.write(samples.document())) == []


def test_word_names_the_faces_and_what_stands_in_for_them():
    with zipfile.ZipFile(BytesIO(word.write(samples.document()))) as package:
        faces, styles = package.read("word/fontTable.xml").decode(), package.read("word/styles.xml")

    for name in (word.BODY, word.HEAD, word.SUBHEAD, word.TITLE):
        assert f'<w:font w:name="{name}"><w:altName w:val="' in faces
        assert f'w:eastAsia="{name}"' in styles.decode()


def test_word_page_is_that_of_the_standard():
    made = readers.docx.Document(BytesIO(word.write(samples.document())))
    first, second, third = made.sections

    def across(section):
        sides = (section.page_width, section.left_margin, section.right_margin)
        return [round(one.mm) for one in sides]

    assert across(first) == across(third) == [210, 28, 26]
    assert (round(first.page_height.mm), round(first.top_margin.mm)) == (297, 37)
    assert round(second.page_width.mm) == 297
    normal = made.styles["Normal"]
    assert (normal.font.size.pt, normal.paragraph_format.line_spacing.pt) == (16, 28.95)


# --- Excel ----------------------------------------------------------------------------------------


def test_workbook_reads_the_same_by_both_readers():
    content = excel.write(samples.document())

    assert readers.excel_sheets(content) == readers.excel_sheets_again(content)


def test_workbook_has_every_cell_as_it_is():
    document = samples.document()
    sheets = readers.excel_sheets(excel.write(document))

    assert list(sheets) == ["条件", "名单"]
    lines = sheets["名单"]
    assert [line[0] for line in lines[:4]] == [
        "草稿", document.title, "认定名单", "工业和信息化厅　文〔2026〕1号　2026年3月2日",
    ]  # fmt: skip
    assert lines[4] == list(heads(document.tables[1]))
    assert lines[5 : 5 + len(samples.NASTY)] == [list(row) for row in document.tables[1].rows]
    assert lines[-2:] == [["名单以公开名录为准。"], [document.digest_line]]
    assert [line[0] for line in sheets["条件"][:2]] == ["草稿", document.title]


def test_nothing_typed_becomes_a_formula_or_a_link():
    assert readers.formulas(excel.write(samples.document())) == []


def test_formulas_would_be_seen():
    kept = BytesIO()
    with excel.xlsxwriter.Workbook(kept) as book:
        book.add_worksheet().write(0, 0, samples.NASTY[0])

    assert readers.formulas(kept.getvalue()) == ["<f"]


def test_workbook_is_a_valid_package():
    assert readers.problems(excel.write(samples.document())) == []


# --- PDF ------------------------------------------------------------------------------------------


def test_pdf_says_everything():
    document = samples.document()
    said = squeezed(readers.pdf_text(pdf.write(document)))

    assert [text for _, text in document.strings() if squeezed(text) not in said] == []
    assert squeezed(document.digest_line) in said


def test_pdf_carries_its_one_face():
    assert readers.pdf_faces(pdf.write(samples.document())) == {"NotoSansSC-Regular": True}


# --- a broken file fails --------------------------------------------------------------------------


def altered(content, change):
    """The package with its parts changed: ``change`` gets name and bytes, None leaves it out."""
    kept = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(kept, "w") as new:
        for name in old.namelist():
            part = change(name, old.read(name))
            if part is not None:
                new.writestr(name, part)
    return kept.getvalue()


@pytest.mark.parametrize("write", [word.write, excel.write])
@pytest.mark.parametrize(
    "change",
    [
        lambda name, part: None if "styles" in name else part,
        lambda name, part: None if name == "[Content_Types].xml" else part,
        lambda name, part: part[:-9] if name.endswith(("document.xml", "sheet1.xml")) else part,
        lambda name, part: None if name.endswith(("document.xml", "workbook.xml")) else part,
        lambda name, part: part.replace(b'Target="', b'Target="no-') if ".rels" in name else part,
    ],
    ids=["part gone", "types gone", "part cut off", "main part gone", "relation astray"],
)
def test_broken_package_is_seen(write, change):
    whole = write(samples.document())

    assert readers.problems(altered(whole, lambda name, part: part)) == []
    assert readers.problems(altered(whole, change)) != []


def test_file_cut_off_is_seen():
    assert readers.problems(word.write(samples.document())[:-400]) == ["not a package"]


# --- large, and small -----------------------------------------------------------------------------


@pytest.mark.parametrize("write", [word.write, excel.write, pdf.write])
def test_list_of_five_thousand_rows(write):
    document = samples.document(rows=5000)
    content = write(document)

    last = cells(document.tables[1])[-1]
    if write is word.write:
        assert readers.word_lines_plain(content).count(last) == 1
    elif write is excel.write:
        assert len(readers.excel_sheets_again(content)["名单"]) == 5008
    else:
        assert len(readers.pypdf.PdfReader(BytesIO(content)).pages) > 100


def test_letter_is_no_workbook():
    assert forms_of(samples.document(is_list=False)) == [Form.DOCX, Form.PDF]


def test_file_has_an_honest_name():
    made = printed(samples.document(title="甲/乙：名单"), Form.PDF)

    assert made.name == "甲_乙：名单_20260302.pdf"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("短标题", ["短标题"]),
        (
            "2026年河北省先进级智能工厂（第一批）拟认定名单公示",
            ["2026年河北省先进级智能工厂（第一批）", "拟认定名单公示"],
        ),
        ("关于推荐卓越级智能工厂的函", ["关于推荐卓越级智能工厂的函"]),
    ],
)
def test_title_is_broken_where_its_words_allow(title, expected):
    assert title_lines(title) == expected


def test_long_title_loses_nothing():
    title = "市工业和信息化局关于报送二〇二六年度第一批基础级智能工厂备案清单和有关材料情况的函"

    lines = title_lines(title)
    assert "".join(lines) == title
    assert len(lines) == 3


def test_signature_stands_over_its_day():
    assert signature_indents("某某工业和信息化厅", "2026年3月2日") == (2.5, 4.0)
    assert signature_indents("很" * 20, "2026年3月2日") == (0.0, 7.0)


def test_digest_changes_with_every_word():
    one, other = samples.document(), samples.document(addressee="各县工业和信息化局")

    assert one.digest != other.digest
    assert samples.document(frozen_digest="ab").digest_line == "名单摘要（SHA-256）：ab"


def test_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="名单: a row"):
        Table("名单", samples.COLUMNS, ((1, "x"),))


def test_signs_that_no_paper_shows_are_left_out():
    document = Document(title="标\x0b题\u0000", signed_by="", dated=None)

    assert document.title == "标题"
