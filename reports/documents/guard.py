"""No telephone and no identity number of a person gets into a document that anybody can read.

The whole text is looked through, as it may have been typed: full width, with gaps, in Chinese
numerals. Of telephones only an office's own landline passes, and only where it says how to reach
the office.
"""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError

from reports.documents.content import Document

CURE = "请先在填写这项内容的页面删去号码，再下载"
_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
#: In a row, so that 张三 before a number is no part of it.
_NUMERALS = re.compile("[〇零一二三四五六七八九]{8,}")
_GAP = r"[\s\-―—–_.·()]{1,3}"
#: Whole, in groups of three and more, or sign by sign; eleven digits in all.
_MOBILE = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?86(?:{_GAP})?)?"
    rf"(1[3-9]\d{{9}}|1[3-9]\d{{1,6}}(?:{_GAP}\d{{3,6}}){{1,2}}|1 [3-9](?: \d){{9}})(?!\d)"
)
_LANDLINE = re.compile(rf"(?<!\d)0\d{{2,3}}(?:{_GAP})?[2-9]\d{{2,3}}(?:{_GAP})?\d{{4}}(?!\d)")
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_IDENTITY = re.compile(
    rf"(?<!\d)[1-8]\d{{5}}(?:(?:18|19|20)\d{{2}}{_DAY}\d{{3}}[\dXx]|\d{{2}}{_DAY}\d{{3}})(?![\dXx])"
)


def problems(document: Document) -> list[str]:
    """What must not be published, each with its place and with how to mend it."""
    found = []
    for place, text in document.strings():
        found += [
            f"{place}里有{what}（{_masked(number)}）。{CURE}" for what, number in numbers_in(text)
        ]
    for label, text in document.contacts:
        found += [
            f"“{label}”里有{what}（{_masked(number)}）。公布的应是单位的固定电话，请改填"
            for what, number in numbers_in(text)
            if what != "电话号码"
        ]
    return found


def ensure_public(document: Document) -> None:
    """Refuse with every place at once. Nothing is looked for in what offices send each other."""
    if document.public and (found := problems(document)):
        raise ValidationError(found, code="personal")


def numbers_in(text: str) -> list[tuple[str, str]]:
    """Identity numbers, mobile and landline numbers in a text, with what each is."""
    read = _read(text)
    found = [("身份证号码", one) for one in _IDENTITY.findall(_closed(read))]
    rest = _IDENTITY.sub("", read)
    mobiles = [match.group(1) for match in _MOBILE.finditer(rest)]
    found += [("手机号码", one) for one in mobiles if sum(sign.isdigit() for sign in one) == 11]
    return found + [("电话号码", one) for one in _LANDLINE.findall(rest)]


def _read(text: str) -> str:
    """As a person reads it: full width as half, numerals as digits, nothing invisible."""
    plain = unicodedata.normalize("NFKC", text)
    seen = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    return _NUMERALS.sub(lambda run: run.group().translate(_DIGITS), seen)


def _closed(text: str) -> str:
    """Without the blanks that people put between groups of a long number."""
    return re.sub(r"(?<=\d)[ \u00a0\t-](?=[\dXx])", "", text)


def _masked(number: str) -> str:
    kept = re.sub(r"[^0-9Xx]", "", number)
    return f"{kept[:3]}****{kept[-2:]}"
