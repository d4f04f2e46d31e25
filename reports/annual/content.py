"""What an annual report says: its parts, what stood there before, and what has changed since.

The content is kept as it was typed, numbers as text:

    {"figures": {"revenue": "12000"},
     "kpis": {"cnc-rate": {"value": "85", "unit": "", "na": False}},
     "scenarios": [{"no": 1, "name": "", "uses_ai": False, "effect": ""}],
     "texts": {"plan": ""}, "changes": {"halt": {"happened": "no", "on": "", "text": ""}},
     "why": {"kpi.cnc-rate": "the firm's explanation"}}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from assessments import assessment as self_assessment
from assessments import standard
from assessments.models import Assessment
from assessments.standard import Kpi
from registry import policy
from registry.access import business_date
from reports.models import AnnualReport, AnnualStep

PARTS = {
    "figures": "经营情况和智能化投入",
    "kpis": "关键绩效指标",
    "scenarios": "新增场景",
    "texts": "推广、问题和计划",
    "changes": "重大变化",
    "files": "佐证材料",
}
#: Figures with their units; those of operation first, then what was invested.
FIGURES = {
    "revenue": ("主营业务收入", "万元"),
    "profit": ("利润总额", "万元"),
    "staff": ("年平均从业人数", "人"),
    "energy": ("综合能源消费量", "吨标准煤"),
    "investment": ("当年智能化改造投入", "万元"),
    "software": ("其中：软件和信息技术服务", "万元"),
}
TEXTS = {
    "promotion": "推广应用情况",
    "problems": "存在的问题",
    "plan": "下一年度计划",
}
CHANGES = {
    "rename": "企业或工厂更名",
    "move": "工厂搬迁",
    "halt": "停产或停业",
    "accident": "安全、环保、质量事故",
}
#: Per cent, or points where the figure itself is one, from which a change asks for a word.
WORSE, JUMP = 10, 50


@dataclass(frozen=True)
class Before:
    """A figure of last time, and where it was said."""

    value: str
    unit: str
    source: str


@dataclass(frozen=True)
class Line:
    """One indicator: this year beside last time. ``change`` is in per cent, or in points where the
    indicator is a percentage itself; ``better`` is None where nothing can be said.
    """

    kpi: Kpi
    before: Before | None
    value: str
    unit: str
    na: bool
    change: Decimal | None
    better: bool | None

    @property
    def in_points(self) -> bool:
        return not self.kpi.change and self.kpi.unit == "%"

    @property
    def same(self) -> bool:
        return self.change is not None and not self.change

    @property
    def said(self) -> str:
        """The change in words."""
        if self.change is None:
            return ""
        if not self.change:
            return "与上次相同"
        unit = "个百分点" if self.in_points else "%"
        return f"{'增加' if self.change > 0 else '减少'} {abs(self.change).normalize():f}{unit}"


def number(value: object) -> Decimal | None:
    """A figure that was typed, None where there is none."""
    try:
        found = Decimal(str(value or "").strip() or "x")
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def kpis_of(report: AnnualReport) -> tuple[Kpi, ...]:
    return standard.get(policy.get(report.policy).standard).kpis


def scenarios_of(report: AnnualReport) -> dict[int, str]:
    edition = standard.get(policy.get(report.policy).standard)
    return {one.no: one.name for one in edition.scenarios}


def before(report: AnnualReport) -> dict[str, Any]:
    """What is known from the report before this one, and for indicators that it does not have from
    the latest self-assessment: ``{"kpis": {id: {value, unit, source}}, "figures": {...}}``.
    """
    kpis, figures = _assessed(report), {}
    earlier = (
        AnnualStep.objects.filter(
            report__factory=report.factory_id,
            report__year__lt=report.year,
            action=AnnualStep.Action.SUBMIT,
        )
        .order_by("-report__year", "-at", "-pk")
        .select_related("report")
        .first()
    )
    if earlier is not None:
        source = f"{earlier.report.year}年度报告"
        for name, given in earlier.content.get("kpis", {}).items():
            if given.get("value"):
                kpis[name] = {
                    "value": given["value"],
                    "unit": given.get("unit", ""),
                    "source": source,
                }
        said = earlier.content.get("figures", {})
        figures = {name: {"value": said[name], "source": source} for name in said if said[name]}
    return {"kpis": kpis, "figures": figures}


def _assessed(report: AnnualReport) -> dict[str, dict[str, str]]:
    latest: Assessment | None = (
        Assessment.objects.filter(factory=report.factory_id, locked_at__isnull=False)
        .order_by("-locked_at")
        .first()
    )
    if latest is None or latest.locked_at is None:
        return {}
    source = f"{business_date(latest.locked_at):%Y-%m-%d} 自评"
    found = {}
    for item, value in self_assessment.answers_of(latest).items():
        head, _, name = item.partition(".")
        if head == "kpi" and isinstance(value, Mapping) and number(value.get("after")) is not None:
            unit = str(value.get("unit") or "")
            found[name] = {"value": str(value["after"]), "unit": unit, "source": source}
    return found


def start(report: AnnualReport) -> dict[str, Any]:
    """What the form begins with: what was saved, else last time's indicators to be brought up to
    date.
    """
    if report.saved_at is not None:
        return dict(report.content)
    known = before(report)["kpis"]
    filled = {
        name: {"value": one["value"], "unit": one["unit"], "na": False}
        for name, one in known.items()
    }
    return {"kpis": filled}


def lines(
    kpis: tuple[Kpi, ...], content: Mapping[str, Any], known: Mapping[str, Any]
) -> list[Line]:
    """Every indicator of this year beside last time."""
    given, earlier = content.get("kpis", {}), known.get("kpis", {})
    return [_line(kpi, given.get(kpi.id, {}), earlier.get(kpi.id)) for kpi in kpis]


def _line(kpi: Kpi, given: Mapping[str, Any], earlier: Mapping[str, str] | None) -> Line:
    was = Before(**earlier) if earlier else None
    unit = str(given.get("unit") or "") if kpi.change else kpi.unit
    line = Line(kpi, was, str(given.get("value") or ""), unit, bool(given.get("na")), None, None)
    now, then = number(line.value), number(was.value) if was else None
    comparable = was is not None and (not kpi.change or was.unit == unit)
    if now is None or then is None or line.na or not comparable:
        return line
    if line.in_points:
        change = now - then
    elif then:
        change = (now - then) / abs(then) * 100
    else:
        return line
    better = None if not change else (change > 0) == (kpi.better == "up")
    rounded = round(change, 2)
    return Line(kpi, was, line.value, unit, False, rounded, better)
