"""An annual report as tables: what was sent in last, to its own firm what it is writing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from registry.access import Role, business_date
from registry.models import User
from registry.workbook.writing import Heading, Kind, Sheet
from reports import annual
from reports.annual.content import number as number_of
from reports.exports.sheets import facts
from reports.models import AnnualReport, AnnualStep


def annual_sheets(report: AnnualReport, user: User, at: datetime) -> list[Sheet]:
    sent = report.steps.filter(action=AnnualStep.Action.SUBMIT).last()
    content: dict[str, Any] = sent.content if sent else {}
    writing = report.state in AnnualReport.WITH_FIRM and user.role == Role.ENTERPRISE
    if writing and report.saved_at is not None:
        content = report.content
    return [facts("年度报告", _facts(report, business_date(at))), *_content(report, content)]


def _facts(report: AnnualReport, on: Any) -> list[tuple[str, Any]]:
    factory = report.factory
    return [
        ("报告年度", f"{report.year}年"),
        ("企业名称", factory.enterprise.name),
        ("统一社会信用代码", factory.enterprise.credit_code),
        ("工厂名称", factory.name),
        ("等级", report.get_tier_display()),
        ("受理部门", report.authority.name),
        ("状态", report.label_on(on)),
        ("截止日期", report.due_on),
        ("报送日期", business_date(report.submitted_at) if report.submitted_at else ""),
    ]


def _content(report: AnnualReport, content: dict[str, Any]) -> list[Sheet]:
    figures = content.get("figures", {})
    known = content.get("before") or annual.before(report)
    names = annual.scenarios_of(report)
    texts = [(label, content.get("texts", {}).get(key, "")) for key, label in annual.TEXTS.items()]
    for key, label in annual.CHANGES.items():
        said = content.get("changes", {}).get(key, {})
        happened = {"yes": "有", "no": "没有"}.get(said.get("happened", ""), "")
        texts.append((label, " ".join(filter(None, (happened, said.get("on"), said.get("text"))))))
    number = Heading("数值", Kind.NUMBER)
    return [
        Sheet(
            annual.PARTS["figures"],
            [Heading("项目"), number, Heading("单位")],
            [
                (label, number_of(figures.get(key)), unit)
                for key, (label, unit) in annual.FIGURES.items()
            ],
        ),
        Sheet(
            annual.PARTS["kpis"],
            [Heading("指标"), number, Heading("单位"), Heading("不适用"), Heading("与上次相比")],
            [
                (
                    line.kpi.name,
                    number_of(line.value),
                    line.unit,
                    "不适用" if line.na else "",
                    line.said,
                )
                for line in annual.lines(annual.kpis_of(report), content, known)
            ],
        ),
        Sheet(
            annual.PARTS["scenarios"],
            [Heading(text) for text in ("典型场景", "名称", "应用人工智能", "成效")],
            [
                (
                    names.get(one.get("no"), ""),
                    one.get("name", ""),
                    "是" if one.get("uses_ai") else "否",
                    one.get("effect", ""),
                )
                for one in content.get("scenarios", [])
            ],
        ),
        facts("推广、问题、计划和变化", texts),
    ]
