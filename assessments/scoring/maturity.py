"""The maturity score: exact arithmetic in fractions, shown as decimals that are rounded down."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any

from assessments.scoring.results import Cut, LevelScore, Line, Maturity
from assessments.scoring.shapes import field_errors, is_blank, to_number
from assessments.standard import KINDS, Level, MaturityModel, Standard, Subdomain

PLACES = Decimal("0.0001")


def assess(standard: Standard, answers: Mapping[str, Any]) -> Maturity:
    """The level that counts: the platform's where it is given and chosen, else the own one.

    Whoever chose the platform's and has not given it yet has none: his own is not meant to count.
    """
    model = standard.maturity
    kind = answers.get("maturity.kind", "")
    kind = kind if isinstance(kind, str) and kind in KINDS else ""
    cuts = tuple(_cuts(model, answers)) if kind else ()
    levels = _levels(model, kind, cuts, answers) if kind else ()
    platform = platform_result(standard, answers)
    if platform is None and answers.get("maturity.source") == "platform":
        levels = ()
    if platform is not None:
        level, score, source = platform["level"], Decimal(str(platform["score"])), "platform"
    else:
        level = sum(one.met and one.counted for one in levels)
        score = sum((one.adds for one in levels), Decimal(0))
        source = "own" if levels else ""
    return Maturity(
        level=level,
        level_name=model.level_name(level),
        score=score.quantize(PLACES, ROUND_DOWN),
        source=source,
        kind=kind,
        levels=levels,
        cuts=cuts,
        platform=platform,
    )


def platform_result(standard: Standard, answers: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The platform's result, unless it is missing, misshapen or the firm chose its own score."""
    value = answers.get("platform.result")
    if is_blank(value) or answers.get("maturity.source") == "own":
        return None
    return None if field_errors(standard, "platform.result", value) else value


def weights(
    model: MaturityModel, kind: str, cut: frozenset[str] = frozenset()
) -> dict[str, Fraction]:
    """Per cent of the whole for each subdomain that applies, together exactly 100.

    What is cut passes its weight to its neighbours in the same domain; a domain cut as a whole, to
    the other domains of its element; an element, to the other elements.
    """
    kept = [s for s in model.applicable(kind) if s.id not in cut]
    parts = {s.id: s.parts[kind] for s in kept}
    elements = {s.element: parts[s.id][0] for s in kept}
    domains = {(s.element, s.domain): parts[s.id][1] for s in kept}
    found = {}
    for s in kept:
        neighbours = sum(
            parts[other.id][2]
            for other in kept
            if (other.element, other.domain) == (s.element, s.domain)
        )
        siblings = sum(w for (element, _), w in domains.items() if element == s.element)
        element, domain, own = parts[s.id]
        found[s.id] = (
            Fraction(100)
            * Fraction(element, sum(elements.values()))
            * Fraction(domain, siblings)
            * Fraction(own, neighbours)
        )
    return found


def _cuts(model: MaturityModel, answers: Mapping[str, Any]) -> list[Cut]:
    found = []
    for subdomain in model.subdomains:
        reason = answers.get(f"cmmm.na.{subdomain.id}")
        if isinstance(reason, str) and reason.strip():
            found.append(Cut(subdomain, reason.strip()))
    return found


def _levels(
    model: MaturityModel, kind: str, cuts: tuple[Cut, ...], answers: Mapping[str, Any]
) -> tuple[LevelScore, ...]:
    parts = _parts(model, kind, frozenset(cut.subdomain.id for cut in cuts))
    found: list[LevelScore] = []
    counted = True
    for level in model.levels:
        one = _level(model, level, parts, answers, counted)
        found.append(one)
        counted = counted and one.met
    return tuple(found)


@dataclass(frozen=True)
class _Part:
    """A subdomain's weight, and what each answer to it gives: exact in ``units`` of a level."""

    subdomain: Subdomain
    weight: Decimal
    units: Mapping[Decimal | None, int]
    shown: Mapping[Decimal | None, Decimal]


@lru_cache(maxsize=256)
def _parts(model: MaturityModel, kind: str, cut: frozenset[str]) -> tuple[tuple[_Part, ...], int]:
    """The subdomains that apply, and how many units a level has; worked out once for all firms."""
    shares = weights(model, kind, cut)
    values: list[Decimal | None] = [None, *(choice.value for choice in model.choices)]
    products = {
        id: {value: share * Fraction(value or 0) / 100 for value in values}
        for id, share in shares.items()
    }
    whole = lcm(*(one.denominator for row in products.values() for one in row.values()))
    parts = tuple(
        _Part(
            subdomain,
            _shown(shares[subdomain.id]),
            {value: int(one * whole) for value, one in products[subdomain.id].items()},
            {value: _shown(one) for value, one in products[subdomain.id].items()},
        )
        for subdomain in model.subdomains
        if subdomain.id in shares
    )
    return parts, whole


def _level(
    model: MaturityModel,
    level: Level,
    parts: tuple[tuple[_Part, ...], int],
    answers: Mapping[str, Any],
    counted: bool,
) -> LevelScore:
    lines, total = [], 0
    for part in parts[0]:
        given = choice(model, answers.get(answer_id(level, part.subdomain)))
        total += part.units[given]
        lines.append(Line(part.subdomain, part.weight, given, part.shown[given]))
    score = Fraction(total, parts[1])
    met = bool(lines) and score >= Fraction(model.threshold)
    return LevelScore(level, tuple(lines), _shown(score), met, counted)


def answer_id(level: Level, subdomain: Subdomain) -> str:
    return f"cmmm.{level.no}.{subdomain.id}"


def choice(model: MaturityModel, value: Any) -> Decimal | None:
    """The answer as one of the model's choices, None for anything else."""
    number = to_number(value)
    return number if number is not None and number in _values(model) else None


@lru_cache(maxsize=8)
def _values(model: MaturityModel) -> frozenset[Decimal]:
    return frozenset(choice.value for choice in model.choices)


def _shown(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / value.denominator).quantize(PLACES, ROUND_DOWN)
