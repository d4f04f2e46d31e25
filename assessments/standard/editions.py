"""What one edition of the standard contains, and how it is read from its four files."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from registry.policy import CONFIDENCE_LABELS, Tier

FOLDER = Path(__file__).parent.parent / "standards"
KINDS = {"discrete": "离散型", "process": "流程型"}
PERFORMANCE_ROWS = (1, 2, 3)
SOURCES = {"own": "企业自评", "platform": "国家平台评估结果"}
DIMENSION_RULES = {"at_least": "至少覆盖", "in_principle": "原则上全部覆盖", "must": "须全部覆盖"}


@dataclass(frozen=True)
class Edition:
    """The document a part of the standard rests on."""

    code: str
    title: str
    source: str
    confidence: str

    @property
    def confidence_label(self) -> str:
        return CONFIDENCE_LABELS[self.confidence]


@dataclass(frozen=True)
class Dimension:
    id: str
    name: str


@dataclass(frozen=True)
class Basic:
    id: str
    text: str
    proof: str
    confidence: str


@dataclass(frozen=True)
class Condition:
    id: str
    tier: Tier
    dimension: str
    text: str
    proof: str
    clause: str
    confidence: str


@dataclass(frozen=True)
class Gate:
    maturity_level: int
    dimensions: tuple[str, ...]
    dimension_rule: str
    ai_share: Decimal | None
    performance: str
    confidence: str

    @property
    def dimension_rule_label(self) -> str:
        return DIMENSION_RULES[self.dimension_rule]


@dataclass(frozen=True)
class Scenario:
    """Not ``named``: stands for a whole stage of a guide whose names of scenarios are unknown."""

    no: int
    stage: str
    name: str
    dimension: str
    aliases: tuple[str, ...]
    named: bool = True

    @property
    def label(self) -> str:
        """As it is chosen from a list of its stage's scenarios."""
        return f"{self.no} {self.name}" if self.named else self.name


@dataclass(frozen=True)
class Stage:
    name: str
    dimension: str
    confidence: str


@dataclass(frozen=True)
class Subdomain:
    """Weights are per cent of the whole model; 0 where the industry is not assessed on it."""

    id: str
    element: str
    domain: str
    name: str
    weight_discrete: Decimal
    weight_process: Decimal
    verified: bool
    parts: Mapping[str, tuple[int, int, int]]

    def weight(self, kind: str) -> Decimal:
        return self.weight_process if kind == "process" else self.weight_discrete


@dataclass(frozen=True)
class Level:
    no: int
    name: str
    text: str
    min_score: Decimal


@dataclass(frozen=True)
class Choice:
    value: Decimal
    label: str


@dataclass(frozen=True, eq=False)
class MaturityModel:
    code: str
    title: str
    subdomains: tuple[Subdomain, ...]
    levels: tuple[Level, ...]
    threshold: Decimal
    choices: tuple[Choice, ...]
    cut_rule: str
    cut_rule_confidence: str
    weights_confidence: str

    def applicable(self, kind: str) -> tuple[Subdomain, ...]:
        return tuple(s for s in self.subdomains if s.weight(kind) > 0)

    def level_of(self, score: Decimal) -> int:
        """The level a total score stands for, 0 where it reaches none."""
        return max((level.no for level in self.levels if score >= level.min_score), default=0)

    def level_name(self, no: int) -> str:
        return next((level.name for level in self.levels if level.no == no), "未达到一级")


@dataclass(frozen=True)
class Kpi:
    id: str
    no: int
    category: str
    name: str
    unit: str
    better: str
    change: bool
    formula: str
    confidence: str


@dataclass(frozen=True)
class VetoGrade:
    id: str
    name: str


@dataclass(frozen=True)
class VetoKind:
    """``bar_from`` is the lowest grade that bars: "" where grades are recorded and bar nobody."""

    id: str
    name: str
    graded: bool
    bar_from: str
    confidence: str


@dataclass(frozen=True, eq=False)
class Standard:
    code: str
    title: str
    source: str
    confidence: str
    dimensions: tuple[Dimension, ...]
    results: Dimension
    basics: tuple[Basic, ...]
    conditions: tuple[Condition, ...]
    gates: Mapping[Tier, Gate]
    scenarios: tuple[Scenario, ...]
    stages: tuple[Stage, ...]
    maturity: MaturityModel
    kpis: tuple[Kpi, ...]
    veto_kinds: tuple[VetoKind, ...]
    veto_grades: tuple[VetoGrade, ...]
    ai_formula: str
    ai_formula_confidence: str
    coverage_rule: str
    coverage_rule_confidence: str
    editions: tuple[Edition, ...]

    def conditions_for(self, dimension: str, tier: Tier) -> tuple[Condition, ...]:
        """Those of the tier and of every tier below it, in one dimension."""
        return tuple(
            c for c in self.conditions if c.dimension == dimension and c.tier.rank <= tier.rank
        )

    def dimension(self, id: str) -> Dimension:
        return self.results if id == self.results.id else self._dimensions[id]

    def condition(self, id: str) -> Condition:
        return self._conditions[id]

    def scenario(self, no: int) -> Scenario:
        return self._scenarios[no]

    @property
    def names_scenarios(self) -> bool:
        return all(scenario.named for scenario in self.scenarios)

    @property
    def asks_ai(self) -> bool:
        """Whether it asks of any tier how many scenarios use AI."""
        return any(gate.ai_share is not None for gate in self.gates.values())

    def veto_kind(self, id: str) -> VetoKind:
        return next(kind for kind in self.veto_kinds if kind.id == id)

    def bars(self, kind: str, grade: str) -> bool:
        """Whether an event of that kind and grade bars an application; one without a grade does."""
        rule = self.veto_kind(kind)
        if not rule.graded:
            return True
        grades = [g.id for g in self.veto_grades]
        if not rule.bar_from or grade not in grades:
            return bool(rule.bar_from)
        return grades.index(grade) >= grades.index(rule.bar_from)

    @cached_property
    def evidence_items(self) -> frozenset[str]:
        """The ids a file may be attached to."""
        return frozenset(
            [
                *(b.id for b in self.basics),
                *(c.id for c in self.conditions),
                *(f"scenario.{s.no}" for s in self.scenarios),
                *(f"kpi.{k.id}" for k in self.kpis),
                *(f"perf.{n}" for n in PERFORMANCE_ROWS),
                "maturity.own",
                "platform.result",
            ]
        )

    @cached_property
    def basic_ids(self) -> frozenset[str]:
        return frozenset(b.id for b in self.basics)

    @cached_property
    def condition_ids(self) -> frozenset[str]:
        return frozenset(c.id for c in self.conditions)

    @cached_property
    def exception_tiers(self) -> frozenset[str]:
        """The tiers in which a dimension may stay uncovered for a stated reason."""
        return frozenset(t for t, g in self.gates.items() if g.dimension_rule == "in_principle")

    @cached_property
    def _dimensions(self) -> dict[str, Dimension]:
        return {d.id: d for d in self.dimensions}

    @cached_property
    def _conditions(self) -> dict[str, Condition]:
        return {c.id: c for c in self.conditions}

    @cached_property
    def _scenarios(self) -> dict[int, Scenario]:
        return {s.no: s for s in self.scenarios}


def get(code: str) -> Standard:
    try:
        return _by_code()[code]
    except KeyError:
        raise LookupError(f"no standard {code!r}; known: {', '.join(_by_code())}") from None


def all_standards() -> tuple[Standard, ...]:
    return tuple(_by_code().values())


@lru_cache
def _by_code() -> Mapping[str, Standard]:
    files = completed(read_all())
    codes = [name for name in files if name.startswith("elements-")]
    return MappingProxyType({code: build(code, files) for code in codes})


def read_all() -> dict[str, dict[str, Any]]:
    return {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.toml"))
    }


def completed(files: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The files, with what one that is ``as`` another leaves out taken from there."""
    whole: dict[str, Mapping[str, Any]] = {}
    for code, data in files.items():
        own = {key: value for key, value in data.items() if key != "as"}
        whole[code] = {**files[data["as"]], **own} if "as" in data else own
    return whole


def build(code: str, files: Mapping[str, Mapping[str, Any]]) -> Standard:
    """Put an edition together from parsed files that are complete and have no problems."""
    data = files[code]
    scenarios, maturity, kpis = (files[data[part]] for part in ("scenarios", "maturity", "kpis"))
    names = {d["id"]: d["name"] for d in [*data["dimensions"], data["results"]]}
    return Standard(
        **{key: data[key] for key in _PLAIN_KEYS},
        dimensions=tuple(Dimension(**d) for d in data["dimensions"]),
        results=Dimension(**data["results"]),
        basics=tuple(Basic(**b) for b in data["basics"]),
        conditions=tuple(_condition(c, names) for c in data["conditions"]),
        gates=MappingProxyType({Tier(k): build_gate(v) for k, v in data["gates"].items()}),
        scenarios=tuple(_scenarios(scenarios)),
        stages=tuple(
            Stage(s["name"], s["dimension"], s["confidence"]) for s in scenarios["stages"]
        ),
        maturity=_maturity(maturity),
        kpis=tuple(Kpi(**k, confidence=kpis["formula_confidence"]) for k in kpis["kpis"]),
        veto_kinds=tuple(VetoKind(**{"bar_from": "", **k}) for k in data["veto_kinds"]),
        veto_grades=tuple(VetoGrade(**g) for g in data["veto_grades"]),
        editions=tuple(
            Edition(f["code"], f["title"], f["source"], f["confidence"])
            for f in (data, scenarios, maturity, kpis)
        ),
    )


_PLAIN_KEYS = (
    "code", "title", "source", "confidence", "ai_formula", "ai_formula_confidence",
    "coverage_rule", "coverage_rule_confidence",
)  # fmt: skip


def build_gate(data: Mapping[str, Any]) -> Gate:
    share = data.get("ai_share")
    return Gate(
        maturity_level=data["maturity_level"],
        dimensions=tuple(data["dimensions"]),
        dimension_rule=data["dimension_rule"],
        ai_share=None if share is None else Decimal(str(share)),
        performance=data["performance"],
        confidence=data["confidence"],
    )


def _condition(data: Mapping[str, Any], names: Mapping[str, str]) -> Condition:
    tier, dimension, _ = data["id"].split(".")
    return Condition(
        tier=Tier(tier),
        dimension=dimension,
        clause=f"{Tier(tier).label}要素条件·{names[dimension]}",
        **data,
    )


def _scenarios(data: Mapping[str, Any]) -> Iterator[Scenario]:
    for stage in data["stages"]:
        if "no" in stage:
            name = f"{stage['name']}环节"
            yield Scenario(stage["no"], stage["name"], name, stage["dimension"], (), named=False)
        for s in stage.get("scenarios", ()):
            aliases = tuple(s.get("aliases", ()))
            yield Scenario(s["no"], stage["name"], s["name"], stage["dimension"], aliases)


def _maturity(data: Mapping[str, Any]) -> MaturityModel:
    return MaturityModel(
        code=data["code"],
        title=data["title"],
        subdomains=tuple(_subdomains(data)),
        levels=tuple(
            Level(v["no"], v["name"], v["text"], Decimal(v["min_score"])) for v in data["levels"]
        ),
        threshold=Decimal(data["threshold"]),
        choices=tuple(Choice(Decimal(c["value"]), c["label"]) for c in data["choices"]),
        cut_rule=data["cut_rule"],
        cut_rule_confidence=data["cut_rule_confidence"],
        weights_confidence=data["weights_confidence"],
    )


def _subdomains(data: Mapping[str, Any]) -> Iterator[Subdomain]:
    for element in data["elements"]:
        for domain in element["domains"]:
            for sub in domain["subdomains"]:
                parts = {kind: (element[kind], domain[kind], sub[kind]) for kind in KINDS}
                whole = {k: Decimal(e * d * s) / 10_000 for k, (e, d, s) in parts.items()}
                yield Subdomain(
                    id=sub["id"],
                    element=element["name"],
                    domain=domain["name"],
                    name=sub["name"],
                    weight_discrete=whole["discrete"],
                    weight_process=whole["process"],
                    verified=sub["verified"],
                    parts=MappingProxyType(parts),
                )
