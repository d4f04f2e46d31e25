"""The rules in public: a province's procedure and the standard it applies, with their sources."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from assessments import standard
from assessments.scoring import gates_for
from registry import policy
from registry.access import Received, business_date
from registry.models import Division
from registry.policy import Policy, Tier

WITH_DIVISIONS = ("reporting_units", "division_exceptions")
DIVISION_CODE = re.compile(r"\d{6}")


@require_GET
@login_not_required
def rules(request: Received) -> HttpResponse:
    editions = sorted(policy.all_policies(), key=lambda p: (p.province, p.in_force_from))
    on = business_date(request.received_at)
    asked = request.GET.get("edition")
    chosen = next((p for p in editions if p.code == asked), None) if asked else editions[0]
    if chosen is None:
        raise Http404
    context = {
        "editions": [(p, _standing(p, editions, on)) for p in editions],
        "chosen": chosen,
        "rules": _procedure(chosen),
        **_standard(standard.get(chosen.standard), chosen),
    }
    return render(request, "assessments/rules.html", context)


def _procedure(chosen: Policy) -> list[policy.Rule]:
    """The lines of the procedure, with names where the rules' files have codes."""
    lines = policy.rules(chosen)
    codes = {code for line in lines if line.path in WITH_DIVISIONS for code in _codes(line)}
    names = dict(Division.objects.filter(code__in=codes).values_list("code", "name"))

    def named(line: policy.Rule) -> policy.Rule:
        if line.path == "standard":
            return replace(line, value=standard.get(chosen.standard).title)
        if line.path in WITH_DIVISIONS:
            label, value = (
                DIVISION_CODE.sub(lambda found: names.get(found[0], found[0]), text)
                for text in (line.label, line.value)
            )
            return replace(line, label=label, value=value)
        return line

    return [named(line) for line in lines]


def _codes(line: policy.Rule) -> list[str]:
    return DIVISION_CODE.findall(f"{line.label} {line.value}")


def _standing(one: Policy, editions: list[Policy], on: Any) -> str:
    """Whether an edition is in force on a day."""
    if one.in_force_from > on:
        return "待施行"
    later = (p for p in editions if p.province == one.province and p.in_force_from <= on)
    return "现行" if one is max(later, key=lambda p: p.in_force_from) else "已被替代"


def _standard(edition: standard.Standard, chosen: Policy) -> dict[str, Any]:
    overrides = {tier: rule.gates for tier, rule in chosen.tiers.items() if rule.gates}
    return {
        "standard": edition,
        "gates": [
            (tier, gate, [edition.dimension(id).name for id in gate.dimensions])
            for tier, gate in gates_for(edition, overrides).items()
        ],
        "dimensions": [
            (dimension, [(tier, _conditions(edition, dimension.id, tier)) for tier in Tier])
            for dimension in (*edition.dimensions, edition.results)
        ],
        "stages": [
            (stage, list(found)) for stage, found in groupby(edition.scenarios, lambda s: s.stage)
        ],
        "kpis": edition.kpis,
        "model": edition.maturity,
    }


def _conditions(edition: standard.Standard, dimension: str, tier: Tier) -> list[standard.Condition]:
    return [c for c in edition.conditions if c.dimension == dimension and c.tier == tier]
