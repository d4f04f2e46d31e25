"""What the demo's firms answer about their factories, and the file they prove it with."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any

from assessments import standard
from registry.policy import Tier

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n"
)
#: The same file once more, with the pages that were missing.
MENDED = PDF.replace(b"/Count 1", b"/Count 2").replace(b"[3 0 R]", b"[3 0 R 3 0 R]")


def own_pdf(firm: str) -> bytes:
    """The file as this firm alone has it: files that two firms hand in are noticed."""
    return PDF + f"%% {firm}\n".encode()


def dimensions(edition: standard.Standard, index: int | None) -> frozenset[str]:
    """Of which dimensions a firm speaks: of production, which the basic tier asks for, and of one
    more, by its number; without a number of all.
    """
    every = [one.id for one in edition.dimensions]
    if index is None:
        return frozenset(every)
    asked = edition.gates[Tier.BASIC].dimensions
    more = [one for one in every if one not in asked]
    return frozenset({*asked, more[index % len(more)]})


def answers_for(
    edition: standard.Standard, how: str, seed: int, stated: frozenset[str]
) -> dict[str, Any]:
    """Answers of a factory that meets the basic tier in these dimensions, at maturity level two."""
    dice = random.Random(seed)  # noqa: S311 - figures of an invented factory, the same each time
    answers: dict[str, Any] = {basic.id: "yes" for basic in edition.basics}
    answers |= conditions_met(edition, Tier.BASIC, stated, how)
    answers["maturity.source"], answers["maturity.kind"] = "own", "discrete"
    for subdomain in edition.maturity.subdomains:
        answers[f"cmmm.1.{subdomain.id}"] = 1
        answers[f"cmmm.2.{subdomain.id}"] = dice.choice([0.8, 1])
        answers[f"cmmm.3.{subdomain.id}"] = dice.choice([0, 0.5, 0.5, 0.8])
    for kpi in edition.kpis:
        before = dice.randint(40, 80)
        gain = dice.randint(2, 15) if kpi.better == "up" else -dice.randint(2, 15)
        value: dict[str, Any] = {"after": str(before + gain), "period": "2025年"}
        answers[f"kpi.{kpi.id}"] = {**value, "before": str(before)} if kpi.change else value
    answers["perf.1"] = {
        "indicator": "全员劳动生产率（万元/人）",
        "own": str(dice.randint(46, 62)),
        "reference": "41",
        "year": "2025",
        "source": "省统计年鉴（演示数据）",
    }
    return answers


def conditions_met(
    edition: standard.Standard, tier: Tier, stated: Collection[str], how: str
) -> dict[str, Any]:
    """What a factory says that meets a tier's own conditions in these dimensions."""
    return {
        condition.id: {"met": "yes", "how": how}
        for condition in edition.conditions
        if condition.tier == tier and condition.dimension in stated
    }
