"""Vendored files are what their list says, and the list names all of them."""

import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
LISTED = re.findall(
    r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$",
    (VENDOR / "VENDOR.md").read_text(encoding="utf-8"),
    flags=re.M,
)


def test_vendored_files_are_unchanged():
    found = {path: hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() for path, _ in LISTED}

    assert found == dict(LISTED)


def test_every_vendored_file_is_listed():
    files = {
        path.relative_to(VENDOR).as_posix()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in {"VENDOR.md", "LICENSE"}
    }

    assert files == {path for path, _ in LISTED}
