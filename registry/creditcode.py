"""Unified social credit codes (GB 32100-2015): tidying what people type and saying which digit is
wrong.
"""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from stdnum.cn import uscc
from stdnum.exceptions import (
    InvalidChecksum,
    InvalidFormat,
    InvalidLength,
)
from stdnum.exceptions import (
    ValidationError as Invalid,
)

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BRACKETS = str.maketrans({"(": "（", ")": "）", "[": "（", "]": "）", "【": "（", "】": "）"})


def tidy(text: str) -> str:
    """Half-width, upper case, without blanks or separators."""
    folded = unicodedata.normalize("NFKC", text or "").upper()
    return "".join(ch for ch in folded if not ch.isspace() and ch not in "-—–·.'\u200b\ufeff")


def tidy_name(text: str) -> str:
    """A firm's or factory's name: no blanks inside Chinese text, half-width letters, full-width
    brackets.
    """
    folded = unicodedata.normalize("NFKC", text or "").translate(_BRACKETS)
    words = folded.split()
    tidied = ""
    for word in words:
        # A blank is kept only between two Latin words ("ABB China"), where it carries meaning.
        if tidied and tidied[-1].isascii() and word[0].isascii():
            tidied += " "
        tidied += word
    return tidied


def _organisation_check_digit(body: str) -> str:
    """Check character of the nine-place organisation code (GB 11714-1997), given its first eight
    places.
    """
    total = sum(w * _ALPHABET.index(ch) for w, ch in zip(_ORGANISATION_WEIGHTS, body, strict=True))
    digit = 11 - total % 11
    return {10: "X", 11: "0"}.get(digit, str(digit))


def clean(text: str) -> str:
    """Return the tidied code, or raise ValidationError naming the place that does not fit.

    Places 9-17 of a code are the organisation code of GB 11714, whose own check character (place
    17) the general check does not cover.
    """
    code = tidy(text)
    try:
        uscc.validate(code)
    except InvalidLength as error:
        raise ValidationError(
            f"统一社会信用代码应为 18 位，现在是 {len(code)} 位，请对照营业执照",
            code="credit_code_length",
        ) from error
    except InvalidFormat as error:
        raise ValidationError(
            "统一社会信用代码只用数字和大写字母（不含 I、O、S、V、Z），请对照营业执照",
            code="credit_code_format",
        ) from error
    except InvalidChecksum as error:
        raise ValidationError(
            "第 18 位校验不符，请对照营业执照", code="credit_code_check"
        ) from error
    except Invalid as error:
        raise ValidationError("统一社会信用代码有误，请对照营业执照", code="credit_code") from error
    if _organisation_check_digit(code[8:16]) != code[16]:
        raise ValidationError(
            "第 17 位（组织机构代码校验位）不符，请对照营业执照", code="credit_code_organisation"
        )
    return code


def complete(first_sixteen: str) -> str:
    """The full code for registering department, kind, division and the first eight places of the
    organisation code: fills in places 17 and 18. Used to make codes that pass the checks for the
    demo world and the tests.
    """
    seventeen = first_sixteen + _organisation_check_digit(first_sixteen[8:16])
    return seventeen + uscc.calc_check_digit(seventeen)
