"""No telephone and no identity number of a person gets into a document that anybody can read.

The whole text is looked through. Of telephones only an office's own landline passes, and only
where it says how to reach the office.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError

from registry.personal import LANDLINE, masked, numbers_in
from reports.documents.content import Document

CURE = "请先在填写这项内容的页面删去号码，再下载"


def problems(document: Document) -> list[str]:
    """What must not be published, each with its place and with how to mend it."""
    found = []
    for place, text in document.strings():
        found += [
            f"{place}里有{what}（{masked(number)}）。{CURE}" for what, number in numbers_in(text)
        ]
    for label, text in document.contacts:
        found += [
            f"“{label}”里有{what}（{masked(number)}）。公布的应是单位的固定电话，请改填"
            for what, number in numbers_in(text)
            if what != LANDLINE
        ]
    return found


def ensure_public(document: Document) -> None:
    """Refuse with every place at once. Nothing is looked for in what offices send each other."""
    if document.public and (found := problems(document)):
        raise ValidationError(found, code="personal")
