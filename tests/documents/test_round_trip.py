"""LibreOffice opens every document, and what it saves says the same. A broken file does not pass.

Only with ``make test-documents``: it needs LibreOffice and poppler.
"""

import shutil
import subprocess

import pytest

from reports.documents.writers import excel, pdf, word
from tests import build
from tests.documents import readers, samples
from tests.documents.readers import squeezed
from tests.documents.test_kinds import (  # noqa: F401
    download,
    filed,
    full,
    issued,
    nominated,
    reviewed,
    revoked,
    signed,
)

pytestmark = pytest.mark.documents

DOCUMENTS = {"whole": samples.document(), "large": samples.document(rows=5000)}


def saved(folder, form, files):
    """Each file as LibreOffice writes it after reading it; those it cannot read are missing."""
    source, target = folder / f"{form}-in", folder / f"{form}-out"
    source.mkdir()
    for name, content in files.items():
        (source / f"{name}.{form}").write_bytes(content)
    subprocess.run(
        [
            shutil.which("soffice") or "soffice",
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless", "--convert-to", form, "--outdir", target,
            *sorted(source.iterdir()),
        ],
        check=True, capture_output=True, timeout=100,
    )  # fmt: skip
    made = {path.stem: path.read_bytes() for path in target.glob(f"*.{form}")}
    assert set(made) <= set(files)
    return made


def passes(read, before, after):
    """Whether LibreOffice gave the file back with the same content."""
    if after is None or readers.problems(before) or readers.problems(after):
        return False
    return read(after) == read(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("office")


def word_said(content):
    """Lines without the empty ones, which the two programs count differently at a section's end."""
    return [line for line in readers.word_lines_plain(content) if line]


@pytest.mark.parametrize(
    ("write", "form", "read", "part"),
    [
        (word.write, "docx", word_said, "word/document.xml"),
        (excel.write, "xlsx", readers.excel_sheets_again, "xl/workbook.xml"),
    ],
)
def test_round_trip_gives_the_same_and_a_broken_file_fails(folder, write, form, read, part):
    files = {name: write(document) for name, document in DOCUMENTS.items()}
    files["cut"] = files["whole"][:-2000]
    made = saved(folder, form, files)

    assert [name for name in DOCUMENTS if not passes(read, files[name], made.get(name))] == []
    assert not passes(read, files["cut"], made.get("cut"))


def test_poppler_reads_every_word_of_a_pdf(tmp_path):
    document = DOCUMENTS["whole"]
    path = tmp_path / "whole.pdf"
    path.write_bytes(pdf.write(document))
    said = squeezed(readers.pdf_text_again(path))

    assert [text for _, text in document.strings() if squeezed(text) not in said] == []


@pytest.mark.parametrize(
    ("kind", "place", "is_list"),
    [
        ("shown", "notices", True),
        ("issued", "announcements", True),
        ("filed", "filing-lists", True),
        ("nominated", "upward-lists", True),
        ("signed", "annual/summaries", True),
        ("revoked", "revocations", False),
        ("reviewed", "opinions", False),
        ("full", "applications", False),
    ],
)
def test_every_kind_comes_back_the_same(world, request, as_user, tmp_path, kind, place, is_list):
    row = request.getfixturevalue(kind)
    office = {"revoked": "city_officer", "full": "city_officer", "filed": "city_officer"}
    if kind == "signed":
        user = build.officer_of(row.authority)
    else:
        user = request.getfixturevalue(office.get(kind, "province_officer"))
    client = as_user(user)

    for form, read in (("docx", word_said), ("xlsx", readers.excel_sheets_again))[: 1 + is_list]:
        content = download(client, place, row.pk, form).content
        made = saved(tmp_path, form, {kind: content})
        assert passes(read, content, made.get(kind)), form
    path = tmp_path / "whole.pdf"
    path.write_bytes(download(client, place, row.pk, "pdf").content)
    lines = readers.word_lines(download(client, place, row.pk).content)
    said = squeezed(readers.pdf_text_again(path))
    assert [line for line in lines if isinstance(line, str) and squeezed(line) not in said] == []
