"""What is sealed of a row: its canonical bytes, its salt, its hash; and what else an app brings in.

The bytes of a line of the trail are fixed for good. A field that is added to the trail later stays
out of them; should it have to be sealed too, it gets a format of its own.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import models

from registry.models import AuditEvent
from registry.sealing import tree

SALT_BYTES = 16
CHUNK = 2000
FIELDS = (
    "id", "at", "recorded_at", "actor_id", "on_behalf_of_id", "delegation_id", "actor_name", "verb",
    "target_type", "target_id", "target_name", "authority_path", "enterprise_id", "data",
    "request_id",
)  # fmt: skip
Row = tuple[Any, ...]


def canonical(content: Any) -> str:
    """Keys in order, no spaces: one content has one text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def text_of(row: Row) -> str:
    """A line of the trail, read as ``FIELDS``."""
    return canonical(dict(zip(FIELDS, map(_plain, row), strict=True)))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def hashed(salt: bytes, text: str) -> bytes:
    return tree.leaf_hash(salt + text.encode())


def trail(lines: models.QuerySet[AuditEvent]) -> Iterator[Row]:
    """Lines of the trail in their order, never more than a few thousand in memory."""
    last = 0
    while True:
        rows = lines.filter(pk__gt=last).order_by("pk")
        chunk = list(rows.values_list(*FIELDS)[:CHUNK])
        yield from chunk
        if len(chunk) < CHUNK:
            return
        last = chunk[-1][0]


@dataclass(frozen=True)
class Fact:
    """What the register says of one thing now. ``causes`` are the things whose acts may change it,
    as the trail names them.
    """

    row_id: int
    name: str
    content: dict[str, Any]
    causes: tuple[tuple[str, str], ...] = ()


class Kind(models.TextChoices):
    """What happened to a row of the register, of its trail, or of the record itself."""

    EDITED = "edited", "内容被改动"
    DELETED = "deleted", "记录被删除"
    CUT = "cut", "末尾记录被截去"
    INSERTED = "inserted", "记录系事后插入"
    REORDERED = "reordered", "记录内容被对调"
    LEAF_CHANGED = "leaf_changed", "存证条目被改动"
    LEAF_DELETED = "leaf_deleted", "存证条目被删除"
    LEAF_MOVED = "leaf_moved", "存证条目次序被调换"
    HEAD_CHANGED = "head_changed", "存证期次被改动"
    HEAD_DELETED = "head_deleted", "存证期次被删除"
    SIGNATURE = "signature", "存证签名不符"
    NODE_CHANGED = "node_changed", "存证节点被改动"


@dataclass(frozen=True)
class Fault:
    """One row that is not what it was, and what happened to it."""

    kind: Kind
    table: str
    key: str
    detail: str = ""


@dataclass(frozen=True)
class Source:
    """Facts of one kind, brought in by the app that keeps them.

    ``facts`` are those of today in the order of their rows. ``gone`` says which of some rows an act
    has taken away. ``faults`` finds rows that differ from what the trail says of them.
    """

    kind: str
    table: str
    facts: Callable[[], Iterator[Fact]]
    gone: Callable[[Iterable[int]], set[int]] = field(default=lambda keys: set())
    faults: Callable[[], Iterator[Fault]] = field(default=lambda: iter(()))
