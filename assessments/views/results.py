"""The result of an assessment with everything it rests on, and the gaps with where to mend them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from assessments import assessment as self_assessment
from assessments import scoring
from assessments.assessment import Sheet
from assessments.forms.target import section_of, verdict
from assessments.models import Assessment
from registry.access import OFFICERS, Request, Role
from registry.policy import Tier


@dataclass(frozen=True)
class Gap:
    """A finding with the section that mends it."""

    finding: scoring.Finding
    section: str


@dataclass(frozen=True)
class Axis:
    """One axis of the radar and row of its table: per cent of conditions met, with both counts."""

    label: str
    value: float
    gate: float | None
    met: int
    total: int
    section: str
    median: None = None


@require_GET
def result(request: Request, pk: int) -> HttpResponse:
    found = Assessment.objects.visible_to(request.user).for_list()
    sheet = self_assessment.sheet(get_object_or_404(found, pk=pk))
    outcome = sheet.result
    context = {
        "sheet": sheet,
        "assessment": sheet.assessment,
        "result": outcome,
        "target": sheet.target,
        "exports": request.user.role in (Role.ENTERPRISE, *OFFICERS),
        "verdict": verdict(outcome),
        "steps": _stair(outcome),
        "gaps": _gaps(sheet),
        "warnings": outcome.tiers[sheet.target].warnings,
        "axes": _axes(outcome, sheet.target),
        "bars": _bars(outcome),
        "conditions": _conditions(outcome, sheet.target),
    }
    return render(request, "assessments/result.html", context)


def _gaps(sheet: Sheet) -> list[Gap]:
    return [
        Gap(finding, section_of(sheet.standard, finding))
        for finding in sheet.result.gaps(sheet.target)
    ]


def _stair(outcome: scoring.Result) -> list[dict[str, object]]:
    """The four steps: which the answers reach, and how far the others are."""
    rank = outcome.tier.rank if outcome.tier else 0
    return [
        {
            "tier": tier.value,
            "reached": tier.rank <= rank,
            "facts": ["自评达到"] if tier.rank <= rank else _distance(outcome, one),
        }
        for tier, one in outcome.tiers.items()
    ]


def _distance(outcome: scoring.Result, one: scoring.TierResult) -> list[str]:
    """How far a tier is; one that leaves out another says so, since none can be skipped."""
    following = outcome.next_tier
    facts = [f"还差 {len(one.blocking)} 项"] if one.blocking else ["本级条件都已满足"]
    if following and one.tier != following:
        facts.append(f"须先达到{following.label}")
    return facts


def _axes(outcome: scoring.Result, target: Tier) -> list[Axis]:
    return [
        Axis(
            label=point.name,
            value=round(100 * point.share),
            gate=100 if point.required else None,
            met=point.met,
            total=point.total,
            section=point.dimension.id,
        )
        for point in outcome.radar_for(target)
    ]


def _bars(outcome: scoring.Result) -> list[tuple[Tier, str]]:
    """The share of instances with AI that each tier asks for, where it asks for one."""
    return [
        (tier, f"{(one.gate.ai_share * 100).normalize():f}%")
        for tier, one in outcome.tiers.items()
        if one.gate.ai_share is not None
    ]


def _conditions(outcome: scoring.Result, target: Tier) -> list[scoring.ConditionResult]:
    """Those up to the tier looked at, and what was answered beyond it."""
    return [
        one
        for one in outcome.conditions
        if one.condition.tier.rank <= target.rank or one.status != "unanswered"
    ]
