"""The score sheet that experts fill in: dimensions with points and anchor texts, as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from registry import policy
from registry.policy import ReviewRule, Tier
from tiers.models import Round

FOLDER = Path(__file__).parent.parent / "data"


@dataclass(frozen=True)
class Anchor:
    """What a dimension looks like from so many points on, up to the anchor above."""

    lowest: int
    highest: int
    text: str


@dataclass(frozen=True)
class Dimension:
    key: str
    name: str
    points: int
    anchors: tuple[Anchor, ...]


@dataclass(frozen=True)
class ScoreSheet:
    code: str
    title: str
    confidence: str
    source: str
    dimensions: tuple[Dimension, ...]

    @property
    def points(self) -> int:
        return sum(one.points for one in self.dimensions)


def rule_of(batch: Round) -> ReviewRule:
    """What the rules of a round say of its review; a round without one has no such page."""
    rule = policy.get(batch.policy).tiers[Tier(batch.tier)].review
    if rule is None:
        raise LookupError(f"round {batch.pk} has no review by its rules")
    return rule


def has_review(batch: Round) -> bool:
    return policy.get(batch.policy).tiers[Tier(batch.tier)].review is not None


def sheet_of(batch: Round) -> ScoreSheet:
    return sheet(rule_of(batch).sheet)


@lru_cache
def sheet(code: str) -> ScoreSheet:
    """An edition by its name, which is that of its file."""
    data = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    return ScoreSheet(
        code=code,
        title=data["title"],
        confidence=data["confidence"],
        source=data["source"],
        dimensions=tuple(_dimension(one) for one in data["dimensions"]),
    )


def _dimension(data: dict) -> Dimension:
    above, anchors = data["points"], []
    for one in data["anchors"]:
        anchors.append(Anchor(one["from"], above, one["text"]))
        above = one["from"] - 1
    return Dimension(data["key"], data["name"], data["points"], tuple(anchors))
