"""The maturity score: exact arithmetic in fractions, shown as decimals that are rounded down."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
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
    shares = weights(model, kind, frozenset(cut.subdomain.id for cut in cuts))
    found: list[LevelScore] = []
    counted = True
    for level in model.levels:
        one = _level(model, level, shares, answers, counted)
        found.append(one)
        counted = counted and one.met
    return tuple(found)


def _level(
    model: MaturityModel,
    level: Level,
    shares: Mapping[str, Fraction],
    answers: Mapping[str, Any],
    counted: bool,
) -> LevelScore:
    lines, total = [], Fraction(0)
    for subdomain in model.subdomains:
        if subdomain.id not in shares:
            continue
        given = choice(model, answers.get(answer_id(level, subdomain)))
        product = shares[subdomain.id] * Fraction(given or 0) / 100
        total += product
        lines.append(Line(subdomain, _shown(shares[subdomain.id]), given, _shown(product)))
    met = bool(lines) and total >= Fraction(model.threshold)
    return LevelScore(level, tuple(lines), _shown(total), met, counted)


def answer_id(level: Level, subdomain: Subdomain) -> str:
    return f"cmmm.{level.no}.{subdomain.id}"


def choice(model: MaturityModel, value: Any) -> Decimal | None:
    """The answer as one of the model's choices, None for anything else."""
    number = to_number(value)
    return number if number in [choice.value for choice in model.choices] else None


def _shown(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / value.denominator).quantize(PLACES, ROUND_DOWN)
