"""Telephones and identity numbers of people in a text, as they may have been typed: full width,
with gaps, in Chinese numerals. What the public reads carries none.
"""

from __future__ import annotations

import re
import unicodedata

MOBILE, LANDLINE, IDENTITY = "手机号码", "电话号码", "身份证号码"

_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
#: In a row, so that 张三 before a number is no part of it.
_NUMERALS = re.compile("[〇零一二三四五六七八九]{8,}")
_GAP = r"[\s\-―—–_.·()]{1,3}"
#: Whole, in groups of three and more, or sign by sign; eleven digits in all.
_MOBILE_NUMBER = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?86(?:{_GAP})?)?"
    rf"(1[3-9]\d{{9}}|1[3-9]\d{{1,6}}(?:{_GAP}\d{{3,6}}){{1,2}}|1 [3-9](?: \d){{9}})(?!\d)"
)
_LANDLINE_NUMBER = re.compile(
    rf"(?<!\d)0\d{{2,3}}(?:{_GAP})?[2-9]\d{{2,3}}(?:{_GAP})?\d{{4}}(?!\d)"
)
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_IDENTITY_NUMBER = re.compile(
    rf"(?<!\d)[1-8]\d{{5}}(?:(?:18|19|20)\d{{2}}{_DAY}\d{{3}}[\dXx]|\d{{2}}{_DAY}\d{{3}})(?![\dXx])"
)


def refusal(text: str, *, office: bool = False) -> str:
    """Why a text cannot be made public, "" where it can. Where an office says how to reach it, its
    own landline passes.
    """
    found = [one for one in numbers_in(text) if not (office and one[0] == LANDLINE)]
    if not found:
        return ""
    seen = "、".join(f"{what}（{masked(number)}）" for what, number in found)
    if office:
        return f"公众能看到，不能有{seen}，请改填单位的固定电话"
    return f"公众能看到，不能有{seen}，请删去"


def numbers_in(text: str) -> list[tuple[str, str]]:
    """Identity numbers, mobile and landline numbers in a text, with what each is."""
    read = _read(text)
    found = [(IDENTITY, one) for one in _IDENTITY_NUMBER.findall(_closed(read))]
    rest = _IDENTITY_NUMBER.sub("", read)
    mobiles = [match.group(1) for match in _MOBILE_NUMBER.finditer(rest)]
    found += [(MOBILE, one) for one in mobiles if sum(sign.isdigit() for sign in one) == 11]
    return found + [(LANDLINE, one) for one in _LANDLINE_NUMBER.findall(rest)]


def _read(text: str) -> str:
    """As a person reads it: full width as half, numerals as digits, nothing invisible."""
    plain = unicodedata.normalize("NFKC", text)
    seen = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    return _NUMERALS.sub(lambda run: run.group().translate(_DIGITS), seen)


def _closed(text: str) -> str:
    """Without the blanks that people put between groups of a long number."""
    return re.sub(r"(?<=\d)[ \u00a0\t-](?=[\dXx])", "", text)


def masked(number: str) -> str:
    kept = re.sub(r"[^0-9Xx]", "", number)
    return f"{kept[:3]}****{kept[-2:]}"
