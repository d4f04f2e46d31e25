"""Proofs for outsiders: that a fact is in the record, and that a head only continues an earlier
one. What is handed out holds no line of the trail and no salt of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from registry.models import SealedHead, SealedLeaf
from registry.sealing import store, tree
from registry.sealing.acts import published

RECORD, CONSISTENCY, HEADS = (
    f"smart-factory-record-{name}/1" for name in ("proof", "consistency", "heads")
)


def heads() -> models.QuerySet[SealedHead]:
    """Heads that are finished, newest first."""
    return SealedHead.objects.exclude(root="")


def newest() -> SealedHead | None:
    return heads().first()


def is_sealed(kind: str, rows: Iterable[int]) -> bool:
    return SealedLeaf.objects.filter(kind=kind, row_id__in=rows).exists()


def of_rows(rows: Mapping[str, Iterable[int]]) -> dict[str, Any] | None:
    """Every sealed state of these facts (kind: rows), with the way to the newest root; None where
    none is sealed.
    """
    head = newest()
    if head is None:
        return None
    leaves = [
        leaf
        for kind, keys in rows.items()
        for leaf in SealedLeaf.objects.filter(
            kind=kind, row_id__in=list(keys), position__lt=head.size
        ).order_by("position")
    ]
    if not leaves:
        return None
    ways = [tree.inclusion(leaf.position, head.size) for leaf in leaves]
    known = _known(ranges for way in ways for ranges in way)
    return {
        "format": RECORD,
        "head": published(head),
        "records": [
            {
                "text": leaf.text,
                "salt": bytes(leaf.salt).hex(),
                "position": leaf.position,
                "path": [tree.root_of(*one, known).hex() for one in way],
            }
            for leaf, way in zip(leaves, ways, strict=True)
        ],
    }


def between(old: SealedHead, new: SealedHead) -> dict[str, Any]:
    """That the newer head begins with all that the older one held."""
    way = tree.consistency(old.size, new.size)
    known = _known(way)
    return {
        "format": CONSISTENCY,
        "old": published(old),
        "new": published(new),
        "path": [tree.root_of(*one, known).hex() for one in way],
    }


def all_heads() -> dict[str, Any]:
    rows = heads().order_by("number")
    return {"format": HEADS, "heads": [published(head) for head in rows]}


def _known(ranges: Iterable[tree.Range]) -> dict[tree.Node, bytes]:
    return store.subtrees({node for one in ranges for node in tree.cover(*one)})
