"""The code of a certificate: what the paper says, in bytes with their signature, in one encoding.

Needs nothing of the portal: this text is also part of the checker that is handed out. A code is
base32 in capitals, so that it can be printed small, stand in an address and be typed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta

from registry.signing.verifying import KEY_ID, SIGNATURE_BYTES, Unreadable

VERSION = 1
CODE_PURPOSE = "certificate"
#: Days are counted from here; the last one that two bytes hold says that there is no last day.
FIRST_DAY, NO_DAY = date(2000, 1, 1), 0xFFFF
KEY_BYTES = 5
MOST_CHARACTERS = 2400
ALPHABET = re.compile(r"[A-Z2-7]+")


@dataclass(frozen=True)
class Paper:
    """What a certificate says; ``issue`` counts those of one number, ``last_day`` may be open."""

    key_id: str
    issue: int
    province: str
    number: str
    tier: str
    enterprise: str
    credit_code: str
    factory: str
    valid_from: date
    last_day: date | None
    issued_on: date


TEXTS = [field.name for field in fields(Paper) if field.type == "str" and field.name != "key_id"]


def packed(paper: Paper) -> bytes:
    """The bytes that are signed."""
    parts = [bytes([VERSION]), base64.b32decode(paper.key_id), bytes([paper.issue])]
    for name in TEXTS:
        text = getattr(paper, name).encode()
        parts += [len(text).to_bytes(2, "big"), text]
    for day in (paper.valid_from, paper.last_day, paper.issued_on):
        number = NO_DAY if day is None else (day - FIRST_DAY).days
        parts.append(number.to_bytes(2, "big"))
    return b"".join(parts)


def code_of(payload: bytes, signature: bytes) -> str:
    return base64.b32encode(payload + signature).rstrip(b"=").decode("ascii")


def read(code: str) -> tuple[Paper, bytes, bytes]:
    """What it says, the bytes signed, and the signature. Unreadable, unless it is written exactly
    as it would be written here.
    """
    if len(code) > MOST_CHARACTERS or not ALPHABET.fullmatch(code):
        raise Unreadable("other characters than those of a code")
    try:
        content = base64.b32decode(code + "=" * (-len(code) % 8))
    except ValueError:
        raise Unreadable("not base32") from None
    payload, signature = content[:-SIGNATURE_BYTES], content[-SIGNATURE_BYTES:]
    paper = _unpacked(payload)
    if packed(paper) != payload or code_of(payload, signature) != code:
        raise Unreadable("not the canonical encoding")
    return paper, payload, signature


def _unpacked(payload: bytes) -> Paper:
    if payload[:1] != bytes([VERSION]):
        raise Unreadable("another version")
    rest = _Bytes(payload[1:])
    key_id = base64.b32encode(rest.take(KEY_BYTES)).decode("ascii")
    issue = rest.take(1)[0]
    texts = dict(zip(TEXTS, rest.texts(len(TEXTS)), strict=True))
    valid_from, last_day, issued_on = rest.day(), rest.day(), rest.day()
    if rest.left or not issue or valid_from is None or issued_on is None:
        raise Unreadable("more or less than a certificate says")
    if not KEY_ID.fullmatch(key_id):
        raise Unreadable("not the id of a key")
    return Paper(
        key_id=key_id,
        issue=issue,
        valid_from=valid_from,
        last_day=last_day,
        issued_on=issued_on,
        **texts,
    )


class _Bytes:
    """Bytes that are taken from the front."""

    def __init__(self, left: bytes) -> None:
        self.left = left

    def take(self, count: int) -> bytes:
        taken, self.left = self.left[:count], self.left[count:]
        if len(taken) != count:
            raise Unreadable("cut off")
        return taken

    def texts(self, count: int) -> Iterator[str]:
        for _ in range(count):
            length = int.from_bytes(self.take(2), "big")
            try:
                yield self.take(length).decode()
            except UnicodeDecodeError:
                raise Unreadable("not UTF-8") from None

    def day(self) -> date | None:
        number = int.from_bytes(self.take(2), "big")
        return None if number == NO_DAY else FIRST_DAY + timedelta(days=number)
