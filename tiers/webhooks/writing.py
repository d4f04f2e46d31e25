"""What is sent: a body that stays the same at every attempt, signed anew with the moment of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from registry.signing import Signer
from tiers.models import Push

PURPOSE = "webhook"


@dataclass(frozen=True)
class Letter:
    """One delivery as it goes over the line."""

    address: str
    body: bytes
    headers: dict[str, str]


def letter(push: Push, signer: Signer, *, at: datetime) -> Letter:
    """The signature is over id, moment and body, so that none of them goes with another."""
    key, moment, body = str(push.key), str(int(at.timestamp())), body_of(push)
    signature = signer.sign(f"{key}.{moment}.".encode() + body, purpose=PURPOSE)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "smart-factory-registry",
        "Webhook-Id": key,
        "Webhook-Timestamp": moment,
        "Webhook-Signature": str(signature),
    }
    return Letter(push.subscription.address, body, headers)


def body_of(push: Push) -> bytes:
    content = {
        "id": str(push.key),
        "type": push.kind,
        "subscription": push.subscription_id,
        "sequence": push.sequence,
        push.kind: push.content,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
