"""What the marks say of the cases when it is allowed for that experts differ in severity.

An additive model: mark = merit of the case + leniency of the expert, fitted by least squares, the
leniencies summing to zero. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

ROUNDS = 500
CLOSE = 1e-9

#: {case: {expert: mark}}
Marks = Mapping[str, Mapping[str, float]]


def corrected(marks: Marks) -> dict[str, float]:
    """The merit of each case that has marks, by turns: cases given the experts, experts given the
    cases. Cases whose experts marked nothing else keep their mean.
    """
    merit = {case: fmean(given.values()) for case, given in marks.items() if given}
    experts = sorted({expert for case in merit for expert in marks[case]})
    leniency = dict.fromkeys(experts, 0.0)
    for _ in range(ROUNDS):
        fresh = {
            expert: fmean(
                marks[case][expert] - merit[case] for case in merit if expert in marks[case]
            )
            for expert in experts
        }
        middle = fmean(fresh.values()) if fresh else 0.0
        fresh = {expert: value - middle for expert, value in fresh.items()}
        moved = max((abs(fresh[one] - leniency[one]) for one in experts), default=0.0)
        leniency = fresh
        merit = {
            case: fmean(mark - leniency[expert] for expert, mark in marks[case].items())
            for case in merit
        }
        if moved < CLOSE:
            break
    return {case: round(value, 2) for case, value in merit.items()}


def ranks(values: Mapping[str, float]) -> dict[str, int]:
    """1 for the highest; equals share the better rank."""
    ordered = sorted(values.values(), reverse=True)
    return {case: ordered.index(value) + 1 for case, value in values.items()}
