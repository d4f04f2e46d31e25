"""From answers to a result that explains itself.

Pure: no database, no clock, no request. The same answers under the same edition give the same
result for ever. ``score`` judges, ``judge`` does so by another edition than was answered to,
``field_errors`` looks at the form of one answer, ``sections`` and ``section_state`` say how far the
form has come.
"""

from assessments.scoring.form import (
    STATES,
    Section,
    kpi_change,
    section,
    section_state,
    sections,
)
from assessments.scoring.maturity import answer_id, assess, weights
from assessments.scoring.results import (
    CONDITION_LABELS,
    BasicResult,
    ConditionResult,
    Cut,
    DimensionResult,
    Finding,
    Instance,
    LevelScore,
    Line,
    Maturity,
    RadarPoint,
    Result,
    Share,
    TierResult,
)
from assessments.scoring.shapes import field_errors, is_blank, to_number
from assessments.scoring.tiers import gates_for, score
from assessments.scoring.trial import Verdict, judge, unassessed, verdict

__all__ = [
    "CONDITION_LABELS",
    "STATES",
    "BasicResult",
    "ConditionResult",
    "Cut",
    "DimensionResult",
    "Finding",
    "Instance",
    "LevelScore",
    "Line",
    "Maturity",
    "RadarPoint",
    "Result",
    "Section",
    "Share",
    "TierResult",
    "Verdict",
    "answer_id",
    "assess",
    "field_errors",
    "gates_for",
    "is_blank",
    "judge",
    "kpi_change",
    "score",
    "section",
    "section_state",
    "sections",
    "to_number",
    "unassessed",
    "verdict",
    "weights",
]
