"""Checking what the portal signed: two suites, keys by their ids, and one encoding of everything.

Needs nothing of the portal: this text is also part of the checkers that outsiders run without it.
A signature is 64 bytes. Whatever could be written in a second way is refused in that second way.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None  # type: ignore[assignment,misc]
try:
    from gmssl import sm2, sm3
except ImportError:
    sm2 = sm3 = None

ED25519, SM2 = "ed25519", "sm2"
PACKAGES = {ED25519: "cryptography", SM2: "gmssl"}
PUBLIC_BYTES = {ED25519: 32, SM2: 64}
SIGNATURE_BYTES = 64
KEY_ID = re.compile(r"[A-Z2-7]{8}")
PURPOSE = re.compile(r"[a-z]+(-[a-z]+)*")
#: Of the curve of SM2 (GB/T 32918.5): the prime, the order, a and b, and the generator.
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
GENERATOR = (
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
)
#: Whose signature it is where nobody says otherwise (GM/T 0009): length in bits, and the name.
SIGNER = b"\x00\x80" + b"1234567812345678"


class Verdict(StrEnum):
    """What the check of one signature comes to."""

    GENUINE = "genuine"
    FORGED = "forged"
    UNKNOWN_KEY = "unknown_key"


class Unreadable(ValueError):
    """Not written in the one way in which it may be written."""


class Missing(Exception):
    """The suite cannot be checked here: the package named is not installed."""


@dataclass(frozen=True)
class PublicKey:
    """What anybody may know of a key."""

    key_id: str
    suite: str
    value: bytes
    valid_from: datetime
    retired_at: datetime | None = None

    def signs_at(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.retired_at is None or at < self.retired_at)


Keys = Mapping[str, PublicKey]


@dataclass(frozen=True)
class Signature:
    """The bytes, and by which key."""

    key_id: str
    suite: str
    value: bytes

    def __str__(self) -> str:
        return f"{self.suite}.{self.key_id}.{as_text(self.value)}"


def as_text(value: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """The bytes again; no padding, no other alphabet, no bits left over."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text, re.ASCII):
        raise Unreadable("not base64url")
    try:
        value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Unreadable("not base64url") from None
    if as_text(value) != text:
        raise Unreadable("not the canonical base64url")
    return value


def read_signature(text: str) -> Signature:
    """What ``str(signature)`` wrote."""
    suite, *rest = text.split(".")
    if suite not in PACKAGES or len(rest) != 2 or not KEY_ID.fullmatch(rest[0]):
        raise Unreadable("not a signature")
    value = from_text(rest[1])
    if len(value) != SIGNATURE_BYTES:
        raise Unreadable("not a signature of 64 bytes")
    return Signature(rest[0], suite, value)


def key_id_of(suite: str, public: bytes) -> str:
    """A key is named by its own digest, so that no other can take its name."""
    return base64.b32encode(hashlib.sha256(suite.encode() + b":" + public).digest()[:5]).decode()


def read_keys(published: Any) -> dict[str, PublicKey]:
    """The keys by their ids, from the JSON that the portal publishes. A faulty one counts for
    nothing.
    """
    try:
        keys = [_read_key(one) for one in published["keys"]]
    except (KeyError, TypeError, ValueError):
        raise Unreadable("not a list of keys") from None
    return {key.key_id: key for key in keys if key is not None}


def _read_key(one: dict[str, Any]) -> PublicKey | None:
    suite, value = one["suite"], from_text(one["public"])
    if suite not in PACKAGES or len(value) != PUBLIC_BYTES[suite]:
        return None
    if key_id_of(suite, value) != one["id"]:
        return None
    ended = one["retired_at"]
    return PublicKey(
        one["id"],
        suite,
        value,
        datetime.fromisoformat(one["valid_from"]),
        datetime.fromisoformat(ended) if ended else None,
    )


def digest(payload: bytes, suite: str) -> bytes:
    """SHA-256 or SM3, as the suite has it."""
    if suite == ED25519:
        return hashlib.sha256(payload).digest()
    if "sm3" in hashlib.algorithms_available:
        return hashlib.new("sm3", payload).digest()
    if sm3 is None:
        raise Missing(PACKAGES[SM2])
    return bytes.fromhex(sm3.sm3_hash(list(payload)))


def framed(payload: bytes, purpose: str, key_id: str) -> bytes:
    """What is signed: a signature for one purpose or by one key is none for another."""
    if not PURPOSE.fullmatch(purpose):
        raise ValueError(f"not a purpose: {purpose!r}")
    return b"smart-factory-registry\n%b\n%b\n%b" % (purpose.encode(), key_id.encode(), payload)


def verify(payload: bytes, signature: Signature, keys: Keys, *, purpose: str) -> Verdict:
    """Whether one of these keys signed the payload for that purpose."""
    key = keys.get(signature.key_id)
    if key is None:
        return Verdict.UNKNOWN_KEY
    if key.suite != signature.suite or len(signature.value) != SIGNATURE_BYTES:
        return Verdict.FORGED
    if not CHECKS[key.suite](key.value, signature.value, framed(payload, purpose, key.key_id)):
        return Verdict.FORGED
    return Verdict.GENUINE


def canonical(content: Any) -> bytes:
    """A document as the text that is signed: keys in order, no spaces, UTF-8."""
    text = json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def verify_document(document: Any, keys: Keys, *, purpose: str) -> Verdict:
    """The same for ``{"content": …, "signature": "…"}``, as lists and results are handed out."""
    try:
        content, written = document["content"], document["signature"]
        signature = read_signature(written)
        payload = canonical(content)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Unreadable("not a signed document") from None
    return verify(payload, signature, keys, purpose=purpose)


def _by_ed25519(public: bytes, value: bytes, message: bytes) -> bool:
    if Ed25519PublicKey is None:
        raise Missing(PACKAGES[ED25519])
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(value, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _by_sm2(public: bytes, value: bytes, message: bytes) -> bool:
    r, s = int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big")
    if not (0 < r < N and 0 < s < N and (r + s) % N and on_curve(public)):
        return False
    try:
        return bool(curve("", public).verify(value.hex(), sm2_digest(public, message)))
    except TypeError:  # the library's sign for the point at infinity
        return False


def on_curve(public: bytes) -> bool:
    """Whether these are the coordinates of a point of the curve of SM2."""
    x, y = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    return x < P and y < P and (y * y - (x * x * x - 3 * x + B)) % P == 0


def curve(private: str, public: bytes) -> Any:
    """The library's object for these keys. Its own way of taking the public one cuts digits off."""
    if sm2 is None:
        raise Missing(PACKAGES[SM2])
    made = sm2.CryptSM2(private_key=private, public_key="")
    made.public_key = public.hex()
    return made


def sm2_digest(public: bytes, message: bytes) -> bytes:
    """What SM2 signs: the digest of the signer's own digest and the message (GB/T 32918.2)."""
    numbers = (P - 3).to_bytes(32, "big") + B.to_bytes(32, "big") + bytes.fromhex(GENERATOR)
    return digest(digest(SIGNER + numbers + public, SM2) + message, SM2)


CHECKS = {ED25519: _by_ed25519, SM2: _by_sm2}
