"""A document as PDF, set by typst in one face. Data go in as JSON, so no text becomes markup."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import typst

from reports.documents import face
from reports.documents.content import Document, signature_indents

#: Longer than any code that has to stay whole.
_LONG = re.compile(r"[!-~]{24,}")
LAYOUT = Path(__file__).with_name("layout.typ")


def write(document: Document) -> bytes:
    name_indent, day_indent = signature_indents(document.signed_by, document.day)
    data = _breakable(document.plain()) | {
        "stamps": list(document.stamps),
        "digest_line": document.digest_line,
        "name_indent": name_indent,
        "day_indent": day_indent,
        "face": face.NAME,
    }
    made = typst.compile(  # type: ignore[misc]
        LAYOUT.read_bytes(),
        sys_inputs={"document": json.dumps(data, ensure_ascii=False)},
        font_paths=[face.FOLDER],
        ignore_system_fonts=True,
    )
    if not isinstance(made, bytes):
        raise RuntimeError("typst gave several files for one document")
    return made


def _breakable(data: dict[str, Any]) -> dict[str, Any]:
    """Long runs of letters in cells may break: a digest is wider than its column."""
    parts = [data, *data["annexes"]]
    for block in (block for part in parts for block in part["blocks"]):
        if block["is"] == "table":
            block["rows"] = [[_LONG.sub(_opened, cell) for cell in row] for row in block["rows"]]
    return data


def _opened(run: re.Match[str]) -> str:
    text = run.group()
    return "\u200b".join(text[place : place + 8] for place in range(0, len(text), 8))
