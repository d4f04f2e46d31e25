"""Mainland telephone numbers, however they are typed."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError

MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"(0\d{2,3})-?([2-9]\d{6,7})(?:-(\d{1,6}))?")


def clean(text: str) -> str:
    """A mobile number, or a landline with hyphens between its parts; empty for nothing."""
    folded = unicodedata.normalize("NFKC", text)
    number = re.sub(r"[\s()—–]", "", folded)
    number = re.sub(r"^(\+|00)86-?", "", number)
    if not number:
        return ""
    mobile = number.replace("-", "")
    if MOBILE.fullmatch(mobile):
        return mobile
    if match := LANDLINE.fullmatch(number):
        return "-".join(part for part in match.groups() if part)
    raise ValidationError(
        "电话号码不对：手机号应为 11 位，固定电话应带区号，如 0311-87654321", code="phone"
    )
