"""证书: one page for each certificate, with the code that everybody can check."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import segno
import typst
from django.conf import settings
from django.core.exceptions import ValidationError

from registry.policy import Tier
from reports.documents import DEMO, face
from reports.documents.content import in_words
from tiers.models import Certificate

LAYOUT = Path(__file__).parent / "writers" / "certificate.typ"
LINE = 108


def printed(certificates: Sequence[Certificate], address_of: Callable[[str], str]) -> bytes:
    """The certificates as one file; each with its title and issuer. ``address_of`` gives where a
    code is checked. ValidationError with every sign that the face lacks.
    """
    pages = [_page(one, address_of(one.code)) for one in certificates]
    _ensure_printable(pages)
    data = {"pages": pages, "face": face.NAME, "stamp": DEMO if settings.SITE["is_demo"] else ""}
    made = typst.compile(  # type: ignore[misc]
        LAYOUT.read_bytes(),
        sys_inputs={"document": json.dumps(data, ensure_ascii=False)},
        font_paths=[face.FOLDER],
        ignore_system_fonts=True,
    )
    if not isinstance(made, bytes):
        raise RuntimeError("typst gave several files for one document")
    return made


def _page(one: Certificate, address: str) -> dict[str, object]:
    title = one.certification
    return {
        "number": title.number,
        "tier": f"{Tier(title.tier).label}智能工厂",
        "enterprise": one.enterprise,
        "credit_code": one.credit_code,
        "factory": one.factory,
        "since": in_words(title.valid_from),
        "until": in_words(title.last_day) if title.last_day else "",
        "document_no": title.document_no,
        "issuer": title.issuer.name,
        "day": in_words(one.issued_on),
        "again": _again(one, title.valid_from),
        "qr": _qr(address),
        "code": [one.code[place : place + LINE] for place in range(0, len(one.code), LINE)],
    }


def _again(one: Certificate, since: date) -> str:
    return f"本证书为第{one.issue}次发证，此前签发的不再使用。" if one.issue > 1 else ""


def _qr(address: str) -> str:
    """Capitals throughout, so that the code takes a third less room."""
    kept = BytesIO()
    segno.make(address.upper(), error="m", micro=False).save(
        kept, kind="svg", border=4, xmldecl=False
    )
    return kept.getvalue().decode()


def _ensure_printable(pages: list[dict[str, object]]) -> None:
    has = face.covered()
    found = [
        f"{page['number']} 的“{text}”里的“{sign}”（U+{ord(sign):04X}）不在 PDF 用的字库里，印不出来"
        for page in pages
        for text in (page["enterprise"], page["factory"], page["document_no"], page["issuer"])
        for sign in dict.fromkeys(str(text))
        if ord(sign) not in has
    ]
    if found:
        raise ValidationError(found, code="face")
