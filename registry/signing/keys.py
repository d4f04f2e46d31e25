"""The portal's own keys: making, finding, retiring, publishing.

The public part is a row. The private part is a file that only the portal's account can read, in a
folder that no backup takes: whoever loses it makes another key, and old signatures stay good.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from time import monotonic
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ValidationError
from django.db import transaction

from registry import audit, keyfiles
from registry.access import SHANGHAI
from registry.audit import Verb
from registry.models import SigningKey
from registry.signing.verifying import (
    ED25519,
    GENERATOR,
    SM2,
    N,
    PublicKey,
    as_text,
    curve,
    from_text,
    key_id_of,
)

FORMAT = "smart-factory-keys/1"
#: How long keys that were read are taken as they were.
KEPT_SECONDS = 30
SUITES = (ED25519, SM2)


class NoKey(Exception):
    """Nothing can be signed here now; says what to do."""


@transaction.atomic
def make(suite: str, *, valid_from: datetime, at: datetime) -> SigningKey:
    """A new key, used from that moment on: one made ahead can be fetched by checkers before its
    first signature.
    """
    private = _new_private(suite)
    public = public_of(suite, private)
    key = SigningKey.objects.create(
        key_id=key_id_of(suite, public),
        suite=suite,
        public=as_text(public),
        valid_from=valid_from,
    )
    keyfiles.write(key.key_id, private)
    audit.record(Verb.SIGNING_KEY_MAKE, key, by=None, at=at, suite=suite)
    return key


@transaction.atomic
def retire(key: SigningKey, *, from_: datetime, at: datetime) -> SigningKey:
    """From then on it signs nothing; what it has signed stays good."""
    key = SigningKey.objects.select_for_update().get(pk=key.pk)
    if key.retired_at is not None:
        raise ValidationError(f"密钥 {key.key_id} 已停用，不需要再停用")
    if from_ < at:
        raise ValidationError("停用时间不能早于现在：已签出的文件会因此失效")
    key.retired_at = from_
    key.save(update_fields=["retired_at"])
    audit.record(Verb.SIGNING_KEY_RETIRE, key, by=None, at=at, suite=key.suite)
    return key


@transaction.atomic
def rotate(suite: str, *, from_: datetime, at: datetime) -> SigningKey:
    """A new key takes the place of those in use."""
    for old in SigningKey.objects.filter(suite=suite, retired_at=None):
        retire(old, from_=from_, at=at)
    return make(suite, valid_from=from_, at=at)


def ensure(suite: str, *, valid_from: datetime, at: datetime) -> SigningKey:
    """The key in use, or one made now where there is none."""
    return in_use(suite, at) or make(suite, valid_from=valid_from, at=at)


def in_use(suite: str, at: datetime) -> SigningKey | None:
    """The newest key that signs at that moment and whose file is here."""
    keys = SigningKey.objects.filter(suite=suite, valid_from__lte=at).order_by("-valid_from", "-pk")
    open_then = (key for key in keys if public_key(key).signs_at(at))
    return next((key for key in open_then if keyfiles.is_here(key.key_id)), None)


def public_key(key: SigningKey) -> PublicKey:
    value = from_text(key.public)
    return PublicKey(key.key_id, key.suite, value, key.valid_from, key.retired_at)


def known() -> dict[str, PublicKey]:
    """Every key there has been, by its id."""
    return {key.key_id: public_key(key) for key in SigningKey.objects.all()}


class AtHand(Mapping[str, PublicKey]):
    """The same keys, read again where one is asked for that is not among them, and now and then.

    For checks that are asked all day. A key that was retired a moment ago still verifies: what it
    may not sign any more was never issued, and the register is asked for that.
    """

    def __init__(self) -> None:
        self.read_at = -float(KEPT_SECONDS)
        self.keys_read: dict[str, PublicKey] = {}

    def __getitem__(self, key_id: str) -> PublicKey:
        now = monotonic()
        if key_id not in self.keys_read or now - self.read_at >= KEPT_SECONDS:
            self.keys_read, self.read_at = known(), now
        return self.keys_read[key_id]

    def __iter__(self) -> Iterator[str]:
        return iter(known())

    def __len__(self) -> int:
        return len(known())


@cache
def at_hand() -> AtHand:
    """One for the process."""
    return AtHand()


def published() -> dict[str, Any]:
    """The same as anybody may fetch it."""
    return {
        "format": FORMAT,
        "keys": [
            {
                "id": key.key_id,
                "suite": key.suite,
                "public": key.public,
                "valid_from": _written(key.valid_from),
                "retired_at": _written(key.retired_at),
            }
            for key in SigningKey.objects.order_by("valid_from", "pk")
        ],
    }


def _written(moment: datetime | None) -> str | None:
    return moment.astimezone(SHANGHAI).isoformat() if moment else None


def _new_private(suite: str) -> bytes:
    if suite == ED25519:
        return Ed25519PrivateKey.generate().private_bytes_raw()
    return (secrets.randbelow(N - 2) + 1).to_bytes(32, "big")


def public_of(suite: str, private: bytes) -> bytes:
    if suite == ED25519:
        return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    point: str = curve("", b"")._kg(int.from_bytes(private, "big"), GENERATOR)
    return bytes.fromhex(point)
