"""The one face that PDF is set in: what is not in it is told before printing, never left out."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from fontTools.ttLib import TTFont

import registry
from reports.documents.content import Document

FOLDER = Path(registry.__file__).parent / "fonts"
FILE = FOLDER / "NotoSansSC-Regular.ttf"
NAME = "Noto Sans SC"
CURE = "请下载 Word 版，或核对这个字是否写对"


@cache
def covered() -> frozenset[int]:
    """The code points that the face has."""
    with TTFont(FILE, lazy=True) as face:
        return frozenset(face.getBestCmap())


def missing(document: Document) -> list[str]:
    """Every place with a character that the face lacks."""
    has, found = covered(), []
    for place, text in (*document.strings(), *document.contacts):
        for sign in dict.fromkeys(text):
            if ord(sign) not in has and sign != "\n":
                found.append(
                    f"{place}里的“{sign}”（U+{ord(sign):04X}）不在 PDF 用的字库里，印不出来。{CURE}"
                )
    return found


def ensure_printable(document: Document) -> None:
    if found := missing(document):
        raise ValidationError(found, code="face")
