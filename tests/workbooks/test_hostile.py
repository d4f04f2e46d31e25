"""The bomb corpus: each file is refused with a sentence and its cure, quickly and in little memory;
and what the guard might miss dies in a process of its own.
"""

import io
import subprocess
import sys
import time

import pytest
from django.core.exceptions import ValidationError

from registry.workbook import process
from registry.workbook.reading import read
from tests.workbooks import hostile


@pytest.mark.parametrize("name", hostile.CORPUS)
def test_hostile_file_is_refused_with_a_sentence(name):
    make, word = hostile.CORPUS[name]
    data = make()
    began = time.monotonic()
    with pytest.raises(ValidationError, match=word) as refused:
        read(io.BytesIO(data), "名单.xlsx")
    assert refused.value.messages[0] != process.UNREADABLE
    assert "请" in refused.value.messages[0]
    assert time.monotonic() - began < 15


def test_the_honest_package_of_the_corpus_is_read():
    grid = read(io.BytesIO(hostile.package()), "名单.xlsx")
    assert [list(row) for row in grid.sheets[0].rows] == [["企业"]]


def test_cells_that_are_only_formatted_count_for_nothing():
    far = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    grid = read(io.BytesIO(hostile.with_sheet(hostile.cell("A1") + far)), "名单.xlsx")
    assert len(grid.sheets[0].rows) == 1


@pytest.mark.parametrize(
    "request_",
    [hostile.with_sheet(hostile.cell("A1") + hostile.cell("XFD1048576")), b"run on", b"fill"],
    ids=["parser aborts", "runs on", "takes all memory"],
)
def test_a_child_that_dies_becomes_a_sentence(request_):
    began = time.monotonic()
    with pytest.raises(ValidationError) as refused:
        process.ask("tests.workbooks.unguarded", request_, seconds=20)
    assert refused.value.messages == [process.UNREADABLE]
    assert time.monotonic() - began < 15


def test_a_child_that_sleeps_is_ended():
    with pytest.raises(ValidationError):
        process.ask("tests.workbooks.unguarded", b"run on", seconds=1)


def test_children_start_light_and_know_nothing_of_us(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "known")
    for module in ("reader", "marker"):
        said = subprocess.run(
            [sys.executable, "-c", f"import registry.workbook.{module}, sys; print(*sys.modules)"],
            capture_output=True,
            text=True,
            check=True,
        )
        loaded = set(said.stdout.split())
        assert not loaded & {"django", "registry.models", "registry.workbook.shapes", "config"}
        assert f"registry.workbook.{module}" in loaded


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "=cmd|'/C calc'!A0", '=WEBSERVICE("http://127.0.0.1/")', '=HYPERLINK("x","y")'],
)
def test_a_formula_is_no_reason_to_refuse_and_is_never_run(formula):
    text = formula[1:].replace('"', "&quot;")
    cells = f'<row r="1"><c r="A1"><f>{text}</f></c><c r="B1"><f>{text}</f><v>7</v></c></row>'
    sheet = read(io.BytesIO(hostile.with_sheet(cells)), "名单.xlsx").sheets[0]
    assert [list(row) for row in sheet.rows] == [[formula, 7]]
    assert sheet.formulas == {(1, 1), (1, 2)}
