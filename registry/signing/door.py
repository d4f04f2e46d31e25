"""Signing: the only place where a private key is used."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from registry import keyfiles
from registry.signing import keys
from registry.signing.keys import NoKey
from registry.signing.verifying import (
    ED25519,
    SM2,
    N,
    Signature,
    canonical,
    curve,
    framed,
    sm2_digest,
)


class Signer:
    """The key in use at a moment, opened once for as many signatures as are wanted."""

    def __init__(self, *, at: datetime, suite: str = "") -> None:
        self.suite = suite or settings.SIGNING_SUITE
        key = keys.in_use(self.suite, at)
        if key is None:
            raise NoKey(
                "本平台还没有可用的签名密钥，请系统管理员执行 manage.py signing_key make 后再办理"
            )
        self.key = keys.public_key(key)
        self._private = keyfiles.read(key.key_id)

    def sign(self, payload: bytes, *, purpose: str) -> Signature:
        message = framed(payload, purpose, self.key.key_id)
        value = SIGNERS[self.suite](self._private, self.key.value, message)
        return Signature(self.key.key_id, self.suite, value)

    def document(self, content: Any, *, purpose: str) -> dict[str, Any]:
        signature = self.sign(canonical(content), purpose=purpose)
        return {"content": content, "signature": str(signature)}


def sign(payload: bytes, *, purpose: str, at: datetime) -> Signature:
    """Sign with the key of the suite in use at that moment."""
    return Signer(at=at).sign(payload, purpose=purpose)


def sign_document(content: Any, *, purpose: str, at: datetime) -> dict[str, Any]:
    """Plain data together with the signature of its canonical text."""
    return Signer(at=at).document(content, purpose=purpose)


def _by_ed25519(private: bytes, public: bytes, message: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


def _by_sm2(private: bytes, public: bytes, message: bytes) -> bytes:
    hashed, opened = sm2_digest(public, message), curve(private.hex(), public)
    while True:
        # The library's own choice of this number can be guessed, and with it the private key.
        number = f"{secrets.randbelow(N - 1) + 1:064x}"
        if made := opened.sign(hashed, number):
            return bytes.fromhex(made)


SIGNERS: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {ED25519: _by_ed25519, SM2: _by_sm2}
