"""The rules of each province, by edition, read from ``registry/policies/*.toml``.

Owns the vocabulary of the scheme (tiers, kinds of step, levels) and one frozen object per edition.
The kinds of step are code; their order, who takes them and for how long are data. Refuses, when the
project starts, any file with an unknown key, a broken chain or a key whose basis is not stated.
"""

from registry.policy.editions import (
    all_policies,
    build,
    current,
    get,
    provinces,
)
from registry.policy.refusals import check_policies, edition_problems, problems, shape_problems
from registry.policy.shapes import (
    CONFIDENCE_LABELS,
    GRANTING,
    HONOUR_LOST,
    LEVEL_LABELS,
    LEVELS,
    NATIONAL,
    OWN_REQUEST,
    Basis,
    Department,
    Derivation,
    Filing,
    Ground,
    HonourKind,
    NationalPlaces,
    Policy,
    Relocation,
    Renewal,
    ReportingUnit,
    ReviewRule,
    RevocationRule,
    Step,
    StepKind,
    Tier,
    TierRule,
)
from registry.policy.words import Rule, in_bands, rules

__all__ = [
    "CONFIDENCE_LABELS",
    "GRANTING",
    "HONOUR_LOST",
    "LEVELS",
    "LEVEL_LABELS",
    "NATIONAL",
    "OWN_REQUEST",
    "Basis",
    "Department",
    "Derivation",
    "Filing",
    "Ground",
    "HonourKind",
    "NationalPlaces",
    "Policy",
    "Relocation",
    "Renewal",
    "ReportingUnit",
    "ReviewRule",
    "RevocationRule",
    "Rule",
    "Step",
    "StepKind",
    "Tier",
    "TierRule",
    "all_policies",
    "build",
    "check_policies",
    "current",
    "edition_problems",
    "get",
    "in_bands",
    "problems",
    "provinces",
    "rules",
    "shape_problems",
]
