"""A document as PDF, set by typst in one face. Data go in as JSON, so no text becomes markup."""

from __future__ import annotations

import json
from pathlib import Path

import typst

from reports.documents import face
from reports.documents.content import Document, signature_indents

LAYOUT = Path(__file__).with_name("layout.typ")


def write(document: Document) -> bytes:
    name_indent, day_indent = signature_indents(document.signed_by, document.day)
    data = document.plain() | {
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
