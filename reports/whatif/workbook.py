"""The outcome as a workbook: what was tried, the counts, and every factory with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from registry.access import SHANGHAI
from registry.workbook import writing
from reports.whatif.outcomes import Case, Outcome
from reports.whatif.tables import DECIDED, Picture
from reports.whatif.trial import Change, Trial

LISTED = (
    "工厂",
    "企业",
    "地区",
    "行业",
    "自评依据",
    "现有等级",
    "按试算规则",
    "结果",
    "现行规则下",
    "原因",
)


def workbook(
    trial: Trial,
    changed: Sequence[Change],
    found: Picture,
    cases: Iterable[Case],
    names: dict[str, dict[str, str]],
    at: datetime,
) -> bytes:
    """``names`` are the words for units and industries; ``at`` the time of the data."""
    out = BytesIO()
    sheets = [
        writing.Sheet(
            "试算内容", _heads(("项目", "现行", "试算")), _about(trial, changed, found, at)
        )
    ]
    rows = [
        (line.reason.text, line.reason.clause, *(c.count for c in line.cells), line.already.count)
        for line in found.conditions
    ]
    decided = tuple(one.label for one in DECIDED)
    heads = _heads(("条件", "条款"), (*decided, "现行规则下已达不到"))
    sheets.append(writing.Sheet("按条件", heads, rows))
    kinds = tuple(one.label for one in Outcome)
    for table in found.tables:
        lines = [
            (line.label, *(cell.count for cell in line.cells), line.total.count)
            for line in (*table.lines, table.total)
        ]
        heads = _heads((table.heading,), (*kinds, "合计"))
        sheets.append(writing.Sheet(f"按{table.heading}", heads, lines))
    sheets.append(writing.Sheet("工厂名单", _heads(LISTED), (_listed(c, names) for c in cases)))
    writing.write_sheets(out, sheets, None)
    return out.getvalue()


def _heads(texts: Sequence[str], numbers: Sequence[str] = ()) -> list[writing.Heading]:
    return [
        *(writing.Heading(text) for text in texts),
        *(writing.Heading(text, writing.Kind.NUMBER) for text in numbers),
    ]


def _about(
    trial: Trial, changed: Sequence[Change], found: Picture, at: datetime
) -> list[tuple[Any, ...]]:
    return [
        ("试算", "", trial.name),
        ("数据时间", "", f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        *((one.label, one.now, one.then) for one in changed),
        *((outcome.label, "", cell.count) for outcome, cell in found.outcomes),
        ("降级中，按现行规则自评也达不到所持等级", "", found.already.count),
        ("工厂合计", "", found.total.count),
    ]


def _listed(case: Case, names: dict[str, dict[str, str]]) -> tuple[Any, ...]:
    return (
        case.name,
        case.firm,
        names["unit"].get(case.unit, ""),
        names["industry"].get(case.industry, ""),
        case.edition,
        case.has_label,
        case.then_label,
        case.outcome.label,
        "已达不到" if case.already else "",
        "；".join(one.text for one in case.reasons),
    )
