"""What comes out of scoring: frozen objects that explain themselves, and nothing that computes."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assessments.standard import KINDS, SOURCES, Basic, Condition, Dimension, Gate, Level, Subdomain
from registry.policy import Tier


@dataclass(frozen=True)
class Instance:
    """A scenario instance as scoring sees it."""

    scenario_no: int
    name: str
    uses_ai: bool


@dataclass(frozen=True)
class Line:
    """One subdomain's share in one level: weight (per cent, after cuts) × answer."""

    subdomain: Subdomain
    weight: Decimal
    answer: Decimal | None
    product: Decimal


@dataclass(frozen=True)
class LevelScore:
    """``counted`` is false for levels above the first that is not met: they add nothing."""

    level: Level
    lines: tuple[Line, ...]
    score: Decimal
    met: bool
    counted: bool

    @property
    def answered(self) -> int:
        return sum(line.answer is not None for line in self.lines)

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def adds(self) -> Decimal:
        """What the level gives to the total: 1 if met, its own score if it is the first unmet."""
        if not self.counted:
            return Decimal(0)
        return Decimal(1) if self.met else self.score


@dataclass(frozen=True)
class Cut:
    """A subdomain left out as not applicable, with the firm's reason."""

    subdomain: Subdomain
    reason: str


@dataclass(frozen=True)
class Maturity:
    """``levels`` is the own arithmetic, kept even where the platform's result decides."""

    level: int
    level_name: str
    score: Decimal
    source: str
    kind: str
    levels: tuple[LevelScore, ...]
    cuts: tuple[Cut, ...]
    platform: Mapping[str, Any] | None

    @property
    def source_label(self) -> str:
        return SOURCES.get(self.source, "")

    @property
    def kind_label(self) -> str:
        return KINDS.get(self.kind, "")

    @property
    def arithmetic(self) -> str:
        """The total of the own score written out, such as "1 + 0.5120 = 1.5120"."""
        parts = [level for level in self.levels if level.counted]
        if self.source != "own" or not parts:
            return ""
        terms = " + ".join("1" if part.met else f"{part.score}" for part in parts)
        return f"{terms} = {self.score}"


@dataclass(frozen=True)
class BasicResult:
    basic: Basic
    status: str
    """"yes", "no" or "unanswered"."""


@dataclass(frozen=True)
class ConditionResult:
    condition: Condition
    status: str
    """"met", "unmet", "unanswered" or "no_evidence" (said to be met, nothing proves it)."""
    how: str

    @property
    def label(self) -> str:
        return CONDITION_LABELS[self.status]


CONDITION_LABELS = {
    "met": "满足",
    "unmet": "不满足",
    "unanswered": "未填写",
    "no_evidence": "自评满足，缺佐证材料",
}


@dataclass(frozen=True)
class DimensionResult:
    """``covered`` lists the tiers for which the dimension is covered, lowest first."""

    dimension: Dimension
    covered: tuple[Tier, ...]
    met: int
    total: int


@dataclass(frozen=True)
class Share:
    """Not ``asked``: the edition asks of no tier which instances use AI, so nobody was to say."""

    ai: int
    total: int
    asked: bool = True

    @property
    def ratio(self) -> Decimal | None:
        """To four places, rounded down, so that it never shows a bar as reached that is not."""
        if not self.total:
            return None
        return (Decimal(self.ai) / self.total).quantize(Decimal("0.0001"), "ROUND_DOWN")

    @property
    def text(self) -> str:
        if not self.asked:
            return "这一版要素条件不要求"
        if self.ratio is None:
            return "尚未填写场景实例"
        return f"{self.ai}÷{self.total}={(self.ratio * 100).normalize():f}%"


@dataclass(frozen=True)
class Finding:
    """One thing between the factory and a tier, or (not blocking) one thing to note.

    ``item`` is the answer that would mend it, "" where none alone does.
    """

    code: str
    text: str
    clause: str
    own: str
    required: str
    blocking: bool
    item: str = ""


@dataclass(frozen=True)
class TierResult:
    tier: Tier
    gate: Gate
    findings: tuple[Finding, ...]

    @property
    def met(self) -> bool:
        return not any(finding.blocking for finding in self.findings)

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.blocking)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.blocking)


@dataclass(frozen=True)
class RadarPoint:
    dimension: Dimension
    met: int
    total: int
    required: bool

    @property
    def name(self) -> str:
        return self.dimension.name

    @property
    def share(self) -> float:
        return self.met / self.total if self.total else 0.0


@dataclass(frozen=True, eq=False)
class Result:
    tier: Tier | None
    tiers: Mapping[Tier, TierResult]
    maturity: Maturity
    basics: tuple[BasicResult, ...]
    conditions: tuple[ConditionResult, ...]
    dimensions: Mapping[str, DimensionResult]
    ai: Share
    performance: tuple[Mapping[str, Any], ...]

    @property
    def next_tier(self) -> Tier | None:
        """The tier above the one reached, None at the top."""
        rank = self.tier.rank if self.tier else 0
        return next((tier for tier in self.tiers if tier.rank > rank), None)

    def gaps(self, tier: Tier) -> tuple[Finding, ...]:
        """What still bars that tier, one entry per thing to do."""
        return self.tiers[tier].blocking

    def condition(self, id: str) -> ConditionResult:
        return next(c for c in self.conditions if c.condition.id == id)

    def radar_for(self, tier: Tier) -> tuple[RadarPoint, ...]:
        """Per dimension, how many conditions up to that tier are met with evidence."""
        required = self.tiers[tier].gate.dimensions
        points = []
        for id, dimension in self.dimensions.items():
            upto = [
                c
                for c in self.conditions
                if c.condition.dimension == id and c.condition.tier.rank <= tier.rank
            ]
            met = sum(c.status == "met" for c in upto)
            points.append(RadarPoint(dimension.dimension, met, len(upto), id in required))
        return tuple(points)

    @property
    def radar(self) -> tuple[RadarPoint, ...]:
        """The radar of the next tier, or of the highest one where all are reached."""
        return self.radar_for(self.next_tier or max(self.tiers, key=lambda tier: tier.rank))
