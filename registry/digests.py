"""One digest for everything that is frozen, shown, and checked by others."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def text_of(value: Any) -> str:
    """A value of plain data as the JSON text that its digest is taken of."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def of(value: Any) -> str:
    """SHA-256 of that text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text_of(value).encode()).hexdigest()
