"""Which tier the pages of an assessment look toward, and how far each section has come to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from assessments import scoring
from assessments.assessment import Sheet, sheet
from assessments.models import Assessment
from assessments.standard import Gate, Standard
from registry.policy import Tier

TASK_STATES = {"empty": "todo", "partial": "draft", "done": "done", "problem": "problem"}
#: Findings that no single answer mends belong to the section that does.
SECTION_OF_CODE = {"ai.share": "scenarios", "ai.none": "scenarios"}


@dataclass(frozen=True)
class Task:
    """A row of the task list; ``state`` and ``word`` as the badges know them."""

    id: str
    label: str
    state: str
    word: str
    missing: int
    required: bool


def chosen_target(data: Mapping[str, str], outcome: scoring.Result) -> Tier:
    """The tier asked for in the address, or else the one reached, or the lowest."""
    asked = data.get("target", "")
    return Tier(asked) if asked in Tier.values else outcome.tier or Tier.BASIC


def targeted_sheet(assessment: Assessment, data: Mapping[str, str]) -> Sheet:
    """The contents of an assessment as seen toward the tier that the address asks for."""
    found = sheet(assessment)
    target = chosen_target(data, found.result)
    return found if target == found.target else sheet(assessment, target, held=found.contents)


def tasks(seen: Sheet) -> tuple[Task, ...]:
    """The sections with their state and the number of gaps that answers in them would close."""
    gaps = gaps_by_section(seen.standard, seen.result, seen.target)
    gate = seen.result.tiers[seen.target].gate
    return tuple(
        Task(
            part.id,
            part.title,
            TASK_STATES[part.state],
            part.label,
            gaps[part.id],
            _required(part.id, gate, seen.standard, seen.target),
        )
        for part in seen.parts
    )


def section_of(standard: Standard, finding: scoring.Finding) -> str:
    """Where a finding is mended."""
    if finding.code in SECTION_OF_CODE:
        return SECTION_OF_CODE[finding.code]
    return next((s.id for s in scoring.sections(standard) if finding.item in s.items), "")


def gaps_by_section(standard: Standard, outcome: scoring.Result, target: Tier) -> Counter[str]:
    return Counter(section_of(standard, finding) for finding in outcome.gaps(target))


def _required(section: str, gate: Gate, standard: Standard, target: Tier) -> bool:
    if section == standard.results.id:
        return bool(standard.conditions_for(section, target))
    if section in {d.id for d in standard.dimensions}:
        return section in gate.dimensions
    return {"scenarios": gate.ai_share is not None, "kpi": False}.get(section, True)


def verdict(outcome: scoring.Result) -> str:
    """The result in one sentence: what is reached and how far it is to the next tier."""
    reached = f"达到{outcome.tier.label}" if outcome.tier else f"还没有达到{Tier.BASIC.label}"
    following = outcome.next_tier
    if following is None:
        return reached
    count = len(outcome.gaps(following))
    if outcome.tier is None:
        return f"{reached}，还差 {count} 项"
    return f"{reached}，距{following.label}还差 {count} 项"
