"""Vendored files are what their list says, and the list names all of them."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [ROOT / "static" / "vendor", ROOT / "tests" / "browser" / "vendor"]
UNLISTED = {"VENDOR.md", "LICENSE", "LICENSE-3RD-PARTY.txt"}


def listed(folder):
    text = (folder / "VENDOR.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", text, flags=re.M))


@pytest.mark.parametrize("folder", FOLDERS, ids=["portal", "browser tests"])
def test_vendored_files_are_unchanged(folder):
    found = {
        path: hashlib.sha256((folder / path).read_bytes()).hexdigest() for path in listed(folder)
    }

    assert found == listed(folder)


@pytest.mark.parametrize("folder", FOLDERS, ids=["portal", "browser tests"])
def test_every_vendored_file_is_listed(folder):
    files = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in UNLISTED
    }

    assert files == set(listed(folder))
