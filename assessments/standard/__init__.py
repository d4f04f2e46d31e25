"""The standard a factory is measured by, in editions, read from ``assessments/standards/*.toml``.

Owns requirements, gates, scenarios, the maturity model and indicators as frozen objects with stable
ids. Holds no answers and decides nothing; refuses, when the project starts, files that contradict
themselves.
"""

from assessments.standard.editions import (
    DIMENSION_RULES,
    KINDS,
    PERFORMANCE_ROWS,
    SOURCES,
    Basic,
    Choice,
    Condition,
    Dimension,
    Edition,
    Gate,
    Kpi,
    Level,
    MaturityModel,
    Scenario,
    Stage,
    Standard,
    Subdomain,
    VetoGrade,
    VetoKind,
    all_standards,
    build,
    build_gate,
    get,
    read_all,
)
from assessments.standard.refusals import check_standards, policy_problems, problems

__all__ = [
    "DIMENSION_RULES",
    "KINDS",
    "PERFORMANCE_ROWS",
    "SOURCES",
    "Basic",
    "Choice",
    "Condition",
    "Dimension",
    "Edition",
    "Gate",
    "Kpi",
    "Level",
    "MaturityModel",
    "Scenario",
    "Stage",
    "Standard",
    "Subdomain",
    "VetoGrade",
    "VetoKind",
    "all_standards",
    "build",
    "build_gate",
    "check_standards",
    "get",
    "policy_problems",
    "problems",
    "read_all",
]
