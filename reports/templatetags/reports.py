"""Figures in templates: numbers without idle zeros, a factory's place among its peers."""

from __future__ import annotations

from decimal import Decimal

from django import template

from assessments.models import Assessment
from assessments.standard import Standard
from reports import kpis
from reports.annual import Line
from reports.models import AnnualReport

register = template.Library()


@register.filter
def figure(value: Decimal | None) -> str:
    """A number as people write it: 12.5 for 12.5000, 300 for 3E+2."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.inclusion_tag("reports/_own_place.html")
def own_place(assessment: Assessment, edition: Standard) -> dict[str, object]:
    """The indicators of a locked assessment beside the published quartiles of its peers."""
    return {"places": kpis.places(assessment, edition)}


@register.inclusion_tag("reports/_own_place.html")
def reported_place(report: AnnualReport, lines: list[Line]) -> dict[str, object]:
    """The same for what a firm has reported about a year."""
    return {"places": kpis.reported(report.factory, report.year, lines), "year": report.year}
