"""The one door to signatures: who signs, checks or publishes keys does it through here.

Two suites, Ed25519 with SHA-256 and SM2 with SM3. A signature says for which purpose it was given,
and by which key; keys have ids and rotate, and old signatures stay good.
"""

from registry.signing.door import Signer, sign, sign_document
from registry.signing.keys import (
    SUITES,
    NoKey,
    at_hand,
    ensure,
    in_use,
    known,
    make,
    published,
    retire,
    rotate,
)
from registry.signing.verifying import (
    ED25519,
    SM2,
    Keys,
    Missing,
    PublicKey,
    Signature,
    Unreadable,
    Verdict,
    as_text,
    digest,
    from_text,
    read_keys,
    read_signature,
    verify,
    verify_document,
)

__all__ = [
    "ED25519",
    "SM2",
    "SUITES",
    "Keys",
    "Missing",
    "NoKey",
    "PublicKey",
    "Signature",
    "Signer",
    "Unreadable",
    "Verdict",
    "as_text",
    "at_hand",
    "digest",
    "ensure",
    "from_text",
    "in_use",
    "known",
    "make",
    "published",
    "read_keys",
    "read_signature",
    "retire",
    "rotate",
    "sign",
    "sign_document",
    "verify",
    "verify_document",
]
