"""Documents (公文) in Word, Excel and PDF: what the pages say, on paper.

Each document is made by a module of its own from the rows its page shows; ``printed`` turns any of
them into a file, or refuses with what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import models

from reports.documents import face, guard
from reports.documents.content import Document
from reports.documents.writers import excel, pdf, word

DEMO = "演示环境：数据均为虚构，不作为凭据。"


class Form(models.TextChoices):
    DOCX = "docx", "Word"
    XLSX = "xlsx", "Excel"
    PDF = "pdf", "PDF"


WRITERS: dict[str, Callable[[Document], bytes]] = {
    Form.DOCX: word.write,
    Form.XLSX: excel.write,
    Form.PDF: pdf.write,
}
TYPES = {
    Form.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.PDF: "application/pdf",
}


@dataclass(frozen=True)
class Printed:
    """A file to hand over."""

    name: str
    content_type: str
    content: bytes


def forms_of(document: Document) -> list[Form]:
    """A letter is for Word and PDF, a list for Excel too."""
    return [form for form in Form if form != Form.XLSX or document.is_list]


def printed(document: Document, form: Form) -> Printed:
    """The file. Raises ValidationError with every place that must not, or cannot, be printed."""
    if settings.SITE["is_demo"]:
        document = document.stamped(DEMO)
    guard.ensure_public(document)
    if form == Form.PDF:
        face.ensure_printable(document)
    return Printed(f"{document.file_stem}.{form}", TYPES[form], WRITERS[form](document))
