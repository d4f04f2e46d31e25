"""How far a run has come. Seen while its transaction is still open, so it cannot be a row; nothing
is lost with it.
"""

from __future__ import annotations

from django.core.cache import caches

KEPT_SECONDS = 3600


def note(batch: int, done: int) -> None:
    caches["progress"].set(f"intake:{batch}", done, KEPT_SECONDS)


def of(batch: int) -> int | None:
    """Rows done; None while nobody has said."""
    found: int | None = caches["progress"].get(f"intake:{batch}")
    return found
